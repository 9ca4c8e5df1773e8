//! Search attributes and memo.
