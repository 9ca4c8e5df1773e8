//! Two doors to Luau that mlua does not have, and the only unsafe code of metonic: see
//! `docs/adr/0023-two-unsafe-doors.md`. `make test-sanitized` runs its tests under a sanitizer of
//! memory.

pub use captures::{capture_name, captured, put_back};
pub use interrupt::{count_interrupts, let_pass};

mod captures;
mod interrupt;
