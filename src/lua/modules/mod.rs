//! Modules of effect `Pure`, the same in every profile.
