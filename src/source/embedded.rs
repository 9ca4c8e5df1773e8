//! The texts inside the binary: Lua preludes and stubs, manual pages, error pages.
//!
//! Each module that owns such a text includes it with `include_str!`; this table is for the texts
//! that are looked up by path.

/// Path below the repository, and text.
pub(crate) type Embedded = (&'static str, &'static str);

/// Every embedded text that is looked up by its path.
pub(crate) fn embedded() -> &'static [Embedded] {
    &[]
}
