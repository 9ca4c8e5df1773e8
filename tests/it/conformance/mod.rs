//! What workflows can do, row by row, on a real server: each in every way that a run can be kept in
//! memory, and each replayed from its history. `docs/conformance.md` is the table of the rows.

mod attributes;
mod basics;
mod cancellation;
mod children;
mod children_elsewhere;
mod concurrency;
mod messages;
mod priorities;
mod processes;
mod queries;
mod recorded;
mod renewal;
mod requests;
mod saga;
mod table;
mod times;
mod updates;
mod versions;
