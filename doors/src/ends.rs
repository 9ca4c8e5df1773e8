//! Where the engine found the end of a list last: read, and put back.
//!
//! Luau notes in each table where `#`, or what else asks for its length, found a border, and looks there
//! first. Of a list with holes, which has more than one, the note decides what the next `#` gives.
//! It is written in tables that are read-only, too, and nothing of the engine's interface shows it.

use std::{
    ffi::{c_int, c_void},
    sync::OnceLock,
};

use mlua::{Error, Lua, Result, Table, Value};

/// How a table begins, as Luau 0.740 lays it out.
#[repr(C)]
struct Head {
    /// Kind, colour and category; the methods that are absent, read-only, safe.
    flags: [u8; 6],
    /// Of the hash part, as a power of two.
    hash_size: u8,
    hash_mask: u8,
    array_size: c_int,
    /// Above zero, what of the hash part may be free. Else that is nothing, and this is the end that was
    /// found last, negated; or zero: none was looked for.
    end: c_int,
    metatable: *const c_void,
    array: *const c_void,
    /// One place that is the same for all tables without a hash part.
    hash: *const c_void,
}

/// Says that tables are laid out as this file has it: all else asks for it.
#[derive(Clone, Copy, Debug)]
pub struct Ends(());

/// What a table has noted of its end, and for which array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    array_size: c_int,
    end: c_int,
}

impl Ends {
    /// An error if the engine lays its tables out in another way; it is looked at once per process.
    pub fn new(lua: &Lua) -> Result<Self> {
        static FITS: OnceLock<()> = OnceLock::new();
        if FITS.get().is_none() {
            check(lua)?;
            FITS.get_or_init(|| ());
        }
        Ok(Self(()))
    }

    /// What a table has noted; nothing for one whose length `#` finds without a note.
    #[must_use]
    pub fn of(self, table: &Table) -> Option<End> {
        let Head { array_size, end, .. } = head(table);
        (array_size > 0 && end <= 0).then_some(End { array_size, end })
    }

    /// Puts back what [`of`](Self::of) gave, if the table has still the same array and has noted an end.
    pub fn put_back(self, table: &Table, end: End) {
        if self.of(table).is_some_and(|now| now.array_size == end.array_size && now != end) {
            let head = table.to_pointer().cast::<Head>().cast_mut();
            // SAFETY: as in `head`. Both what was there and what is written is not above zero: that says
            // nothing of the hash part but that it has no free place, and an end is looked at only after it
            // was compared with the size of the array.
            unsafe { (&raw mut (*head).end).write(end.end) };
        }
    }
}

fn head(table: &Table) -> Head {
    // SAFETY: the address of a table is that of the engine's own object, which is longer than what is read,
    // stays where it is, and lives at least as long as `table`. A state and its tables belong to one
    // thread, and the engine does not run meanwhile. Every pattern of bits is a `Head`.
    unsafe { table.to_pointer().cast::<Head>().read() }
}

fn check(lua: &Lua) -> Result<()> {
    let (list, empty) = (lua.create_table_with_capacity(7, 0)?, lua.create_table()?);
    let records = lua.create_table_with_capacity(0, 5)?;
    let hash = head(&empty).hash;
    let is = |table: &Table, array_size, hash_size, end, has_hash| {
        let head = head(table);
        let same = (head.array_size, head.hash_size, head.hash_mask, head.end)
            == (array_size, hash_size, if has_hash { (1 << hash_size) - 1 } else { 0 }, end);
        same && (head.hash != hash) == has_hash && head.array.is_null() == (array_size == 0) && head.metatable.is_null()
    };
    let mut fits = is(&list, 7, 0, 0, false) && is(&empty, 0, 0, 0, false) && is(&records, 0, 3, 8, true);
    for at in 1..=7 {
        list.raw_set(at, at)?;
    }
    fits &= list.raw_len() == 7 && is(&list, 7, 0, 0, false);
    for at in 3..=7 {
        list.raw_set(at, Value::Nil)?;
    }
    fits &= list.raw_len() == 2 && is(&list, 7, 0, -2, false);
    if fits { Ok(()) } else { Err(Error::runtime("Luau lays its tables out in a way that metonic does not know")) }
}

#[cfg(test)]
mod tests {
    use mlua::{Lua, Table};

    use super::Ends;

    const NEW: &str = "local list = {} for at = 1, 40 do list[at] = at end return list";

    /// A list with holes whose last place is empty.
    fn holed(lua: &Lua) -> Table {
        let list: Table = lua.load(NEW).eval().expect("a list");
        lua.load("local list = ... for at = 3, 40, 4 do list[at] = nil end").call::<()>(&list).expect("holes");
        list
    }

    /// More holes, where the end was and elsewhere.
    fn change(lua: &Lua, list: &Table) {
        lua.load("local list = ... for at = 4, 40, 5 do list[at] = if list[at] then nil else at end")
            .call::<()>(list)
            .expect("a change");
    }

    #[test]
    fn what_is_put_back_is_as_if_nobody_had_asked() {
        let lua = Lua::new();
        let ends = Ends::new(&lua).expect("the layout");
        let mut differed = false;
        for round in 0..40 {
            let [asked, put_back, left] = [(); 3].map(|()| holed(&lua));
            for list in [&asked, &put_back, &left] {
                for at in 0..round {
                    list.raw_set(40 - at, mlua::Value::Nil).expect("a hole");
                }
            }
            let before = ends.of(&put_back).expect("a list");
            assert_eq!(asked.raw_len(), put_back.raw_len());
            ends.put_back(&put_back, before);
            for list in [&asked, &put_back, &left] {
                change(&lua, list);
            }
            assert_eq!(put_back.raw_len(), left.raw_len(), "after {round}");
            differed |= asked.raw_len() != left.raw_len();
        }
        assert!(differed, "no list minds whether its length was asked for");
    }

    #[test]
    fn a_table_that_is_read_only_notes_its_end() {
        let lua = Lua::new();
        let ends = Ends::new(&lua).expect("the layout");
        let list = holed(&lua);
        let before = ends.of(&list);
        list.set_readonly(true);
        let _ = list.raw_len();
        assert_ne!(ends.of(&list), before);
        ends.put_back(&list, before.expect("a list"));
        assert_eq!(ends.of(&list), before);
    }

    #[test]
    fn records_note_no_end() {
        let lua = Lua::new();
        let ends = Ends::new(&lua).expect("the layout");
        for code in ["return {}", "return {a = 1, b = 2}", "local t = {1, 2, x = 1} t.y = 2 t.z = 3 return t"] {
            let table: Table = lua.load(code).eval().expect("a table");
            assert_eq!(ends.of(&table), None, "{code}");
        }
    }

    /// Whatever happens to a table between, a note of its past does it no harm.
    #[test]
    fn what_is_put_back_too_late_does_no_harm() {
        let lua = Lua::new();
        let ends = Ends::new(&lua).expect("the layout");
        let notes: Vec<_> = (0..40)
            .filter_map(|round| {
                let list = holed(&lua);
                for at in 0..round {
                    list.raw_set(40 - at, mlua::Value::Nil).expect("a hole");
                }
                let _ = list.raw_len();
                ends.of(&list)
            })
            .collect();
        let code = "local list, round = ...
            for n = 1, round do
                list[n * 7 % 61] = if n % 3 == 0 then nil else n
                list[`key {n % 23}`] = if n % 5 == 0 then nil else n
            end
            if round % 9 == 0 then table.clear(list) end
            list[#list + 1], list.last = 1, #table.clone(list)";
        for round in 0..120 {
            let list = holed(&lua);
            for note in &notes {
                ends.put_back(&list, *note);
                lua.load(code).call::<()>((&list, round)).expect("changes");
                let length = list.raw_len();
                assert!(length == 0 || list.raw_get::<Option<f64>>(length).expect("the last").is_some());
            }
        }
    }
}
