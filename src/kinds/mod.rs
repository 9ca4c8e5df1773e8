//! One file per kind of entry, and the table of all.
