//! Zones: UTC, and fixed distances from it.
//!
//! There are no named zones and no machine zone: their rules come from files that differ between
//! machines, so a replay could see another hour than the first run.

use std::sync::Arc;

use mlua::{UserData, UserDataMethods};

use crate::value::Failure;

/// The furthest a zone may be from UTC: a day.
const FURTHEST: i64 = 24 * 60 * 60;

/// A distance from UTC, with the name it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    name: Arc<str>,
    offset: i32,
}

impl Zone {
    pub(crate) fn utc() -> Self {
        Self { name: "UTC".into(), offset: 0 }
    }

    /// `offset` counts seconds to the east.
    pub(crate) fn fixed(name: &str, offset: i64) -> Result<Self, Failure> {
        match i32::try_from(offset) {
            Ok(seconds) if offset.abs() < FURTHEST => Ok(Self { name: name.into(), offset: seconds }),
            _ => Err(Failure::invalid(format!("a zone lies less than a day from UTC, not {offset} seconds"))),
        }
    }

    /// `UTC` and its other names.
    pub(crate) fn load(name: &str) -> Result<Self, Failure> {
        match name {
            "" | "UTC" | "Local" | "Etc/UTC" => Ok(Self::utc()),
            _ => Err(Failure {
                retryable: Some(false),
                ..Failure::new(
                    crate::value::failure_kind::NOT_FOUND,
                    format!("there is no location `{name}`; metonic knows `UTC`, and `time.fixed_zone(name, seconds)`"),
                )
            }),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Seconds to the east of UTC.
    pub(super) fn offset(&self) -> i32 {
        self.offset
    }
}

impl UserData for Zone {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("string", |_, this, ()| Ok(this.name.to_string()));
        methods.add_meta_method("__tostring", |_, this, ()| Ok(this.name.to_string()));
        methods.add_meta_method("__eq", |_, this, other: mlua::UserDataRef<Self>| Ok(*this == *other));
    }
}
