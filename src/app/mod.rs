//! Puts one program together and takes it apart.
