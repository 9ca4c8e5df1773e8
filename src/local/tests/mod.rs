//! The steps of a run as they are told, and how a run is followed from page to page.

mod following;
mod story;
