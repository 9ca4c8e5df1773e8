//! Whose bytes are whose, in a Lua state that several share.
//!
//! The engine counts what it allocates by category, of which it has 256. Each who wants to know takes one, and
//! all that its coroutines make is counted there, to the byte and at no price. The first is the state's own.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use metonic_doors::{bytes_of, set_category};
use mlua::Lua;

/// What is made outside of all shares.
const OF_NOBODY: u8 = 0;

/// What one has left behind is little if it is less than this.
const LITTLE: usize = 256 * 1024;

/// The categories of one state that nobody has. The one that was given back last is taken last: what was left
/// in it is collected meanwhile.
#[derive(Clone)]
struct Free(Rc<RefCell<VecDeque<u8>>>);

impl Free {
    fn of(lua: &Lua) -> Self {
        let known = lua.app_data_ref::<Self>().map(|free| free.clone());
        known.unwrap_or_else(|| {
            let free = Self(Rc::new(RefCell::new((OF_NOBODY + 1..=u8::MAX).collect())));
            lua.set_app_data(free.clone());
            free
        })
    }
}

/// What one has of a state's memory.
pub(crate) struct Share {
    category: u8,
    /// What others had left in it, garbage and all.
    left: usize,
    free: Free,
}

impl Share {
    /// Whether a state has a share for one more.
    pub(crate) fn is_free(lua: &Lua) -> bool {
        !Free::of(lua).0.borrow().is_empty()
    }

    /// A share that nobody has; nothing if there is none.
    pub(crate) fn take(lua: &Lua) -> Option<Self> {
        let free = Free::of(lua);
        let (at, left) = {
            let free = free.0.borrow();
            let left = free.iter().enumerate().map(|(at, category)| (at, bytes(lua, *category)));
            least(left)?
        };
        let category = free.0.borrow_mut().remove(at)?;
        Some(Self { category, left, free })
    }

    /// From now on it is this one that makes things, until [`Share::rest`].
    pub(crate) fn begin(&self, lua: &Lua) {
        // It allocates nothing, so it cannot fail.
        let _ = set_category(lua, self.category);
    }

    pub(crate) fn rest(lua: &Lua) {
        let _ = set_category(lua, OF_NOBODY);
    }

    /// Its bytes, garbage and all; never what others made.
    pub(crate) fn bytes(&self, lua: &Lua) -> usize {
        bytes(lua, self.category).saturating_sub(self.left)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.free.0.borrow_mut().push_back(self.category);
    }
}

/// The first with little, or else the one with the least.
fn least(mut all: impl Iterator<Item = (usize, usize)>) -> Option<(usize, usize)> {
    let first = all.next()?;
    if first.1 < LITTLE {
        return Some(first);
    }
    let mut least = first;
    for (at, bytes) in all {
        if bytes < least.1 {
            least = (at, bytes);
        }
        if bytes < LITTLE {
            break;
        }
    }
    Some(least)
}

fn bytes(lua: &Lua, category: u8) -> usize {
    // It allocates nothing, so it cannot fail.
    bytes_of(lua, category).unwrap_or_default()
}
