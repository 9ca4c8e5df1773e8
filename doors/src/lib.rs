//! What safe Rust has no door to: what a function of Luau has captured, interrupts that are counted before
//! anybody is asked, where the end of a list was found, what makes a table weak, whose memory is whose, and what
//! the allocator keeps. All unsafe code of metonic is here: see `docs/adr/0023-unsafe-doors.md`. `make test-sanitized`
//! runs its tests under a sanitizer of memory.

pub use captures::{capture_name, captured, put_back};
pub use categories::{bytes_of, set_category};
pub use ends::{End, Ends};
pub use heap::give_memory_back;
pub use interrupt::{Memory, count_interrupts, left_to_pass, let_pass};
pub use weakness::weaken_by;

mod captures;
mod categories;
mod ends;
mod heap;
mod interrupt;
mod weakness;
