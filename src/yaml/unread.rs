//! What is not known of a record while its fields are checked together: fields whose value is wrong,
//! fields that were written with a slip, and fields whose variables only a start can read.
//!
//! A field inside another is `tls.enabled`, so that what is known of the rest of `tls` can be checked.

use super::DecodeCx;

/// The fields that are not known.
#[derive(Default)]
pub(crate) struct Unread {
    /// Of the record that is being checked.
    checked: Vec<String>,
    /// Of the records that were read in the field at hand.
    inside: Vec<String>,
}

/// What was learnt about one field.
pub(super) struct FieldRead<T> {
    pub(super) value: T,
    /// Something in it is only known at a start.
    pub(super) later: bool,
    /// The fields in it that are not known.
    pub(super) unread: Vec<String>,
}

impl DecodeCx<'_> {
    /// Whether something of these fields is there and was not understood, or is only known at a start:
    /// what follows from it is not known.
    pub(crate) fn is_unread(&self, keys: &[&str]) -> bool {
        let is_part = |part: &str, whole: &str| part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'));
        let concerns = |unread: &str, key: &str| unread == key || is_part(unread, key) || is_part(key, unread);
        keys.iter().any(|key| self.unread.checked.iter().any(|unread| concerns(unread, key)))
    }

    /// Checks the fields of a record together, where `unread` and what was written with a slip are not
    /// known. Whoever checks the record around it is told the same.
    pub(crate) fn checking(
        &mut self,
        mut unread: Vec<String>,
        check: impl FnOnce(&mut Self) -> Option<()>,
    ) -> Option<()> {
        unread.extend(self.misspelt.iter().map(|key| (*key).to_owned()));
        let outer = std::mem::replace(&mut self.unread.checked, unread);
        let checked = check(self);
        let unread = std::mem::replace(&mut self.unread.checked, outer);
        self.unread.inside.extend(unread);
        checked
    }

    /// Reads one field.
    pub(super) fn reading<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> FieldRead<T> {
        let outer_later = std::mem::replace(&mut self.later, false);
        let outer_inside = std::mem::take(&mut self.unread.inside);
        let value = read(self);
        let later = self.later;
        self.later |= outer_later;
        FieldRead { value, later, unread: std::mem::replace(&mut self.unread.inside, outer_inside) }
    }
}
