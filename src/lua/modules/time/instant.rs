//! A point in time as Lua holds it, with the zone it is shown in.

use mlua::{MetaMethod, UserData, UserDataMethods, UserDataRef, Value};

use super::{LuaDuration, LuaLocation, integer, invalid, location, nanos_of};
use crate::value::time::{Civil, Date, Instant, NANOS, Zone, format};

const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// January 1 of year 1, UTC: Go's zero time.
const ZERO: i64 = -62_135_596_800;

/// An instant and the zone it is shown in.
#[derive(Clone, Debug)]
pub(crate) struct LuaTime {
    pub(crate) instant: Instant,
    pub(crate) zone: Zone,
}

impl LuaTime {
    fn civil(&self) -> Civil {
        Civil::of(self.instant, &self.zone)
    }

    fn shifted(&self, nanos: i128) -> Self {
        Self { instant: Instant(self.instant.0.saturating_add(nanos)), zone: self.zone.clone() }
    }

    fn shown_in(&self, zone: Zone) -> Self {
        Self { instant: self.instant, zone }
    }

    /// The time `years`, `months` and `days` later, at the same hour.
    fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let civil = self.civil();
        let date = Date {
            year: civil.year.saturating_add(years),
            month: i64::from(civil.month).saturating_add(months),
            day: i64::from(civil.day).saturating_add(days),
            hour: civil.hour.into(),
            minute: civil.minute.into(),
            second: civil.second.into(),
            nanosecond: civil.nanosecond.into(),
        };
        Self { instant: date.instant(&self.zone), zone: self.zone.clone() }
    }

    /// Nanoseconds since Go's zero time, of which rounding takes multiples.
    fn since_zero(&self) -> i128 {
        self.instant.0 - i128::from(ZERO) * NANOS
    }
}

impl UserData for LuaTime {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        arithmetic(methods);
        texts(methods);
        parts(methods);
        methods.add_method("utc", |_, this, ()| Ok(this.shown_in(Zone::utc())));
        methods.add_method("in_local", |_, this, ()| Ok(this.shown_in(Zone::utc())));
        methods.add_method("in_location", |_, this, place: Value| {
            let zone = location::optional("Time:in_location", &place)?;
            zone.map(|zone| this.shown_in(zone)).ok_or_else(|| mlua::Error::runtime("Time:in_location: expected a Location"))
        });
        methods.add_method("location", |_, this, ()| Ok(LuaLocation(this.zone.clone())));
    }
}

fn arithmetic<M: UserDataMethods<LuaTime>>(methods: &mut M) {
    methods.add_method("add", |_, this, by: Value| {
        Ok(nanos_of(&by).map(|nanos| this.shifted(nanos.into())).map_err(|what| invalid(format!("Time:add: {what}"))))
    });
    methods.add_method("sub", |_, this, other: UserDataRef<LuaTime>| {
        let nanos = this.instant.0 - other.instant.0;
        Ok(LuaDuration(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })))
    });
    methods.add_method("add_date", |_, this, (years, months, days): (i64, i64, i64)| Ok(this.add_date(years, months, days)));
    methods.add_method("after", |_, this, other: UserDataRef<LuaTime>| Ok(this.instant > other.instant));
    methods.add_method("before", |_, this, other: UserDataRef<LuaTime>| Ok(this.instant < other.instant));
    methods.add_method("equal", |_, this, other: UserDataRef<LuaTime>| Ok(this.instant == other.instant));
    methods.add_method("truncate", |_, this, to: UserDataRef<LuaDuration>| {
        let unit = i128::from(to.0);
        Ok(if unit <= 0 { this.clone() } else { this.shifted(-this.since_zero().rem_euclid(unit)) })
    });
    methods.add_method("round", |_, this, to: UserDataRef<LuaDuration>| {
        let unit = i128::from(to.0);
        if unit <= 0 {
            return Ok(this.clone());
        }
        let over = this.since_zero().rem_euclid(unit);
        Ok(this.shifted(if over * 2 < unit { -over } else { unit - over }))
    });
    methods.add_meta_method(MetaMethod::Eq, |_, this, other: UserDataRef<LuaTime>| Ok(this.instant == other.instant));
    methods.add_meta_method(MetaMethod::Lt, |_, this, other: UserDataRef<LuaTime>| Ok(this.instant < other.instant));
    methods.add_meta_method(MetaMethod::Le, |_, this, other: UserDataRef<LuaTime>| Ok(this.instant <= other.instant));
}

fn texts<M: UserDataMethods<LuaTime>>(methods: &mut M) {
    methods.add_method("format", |_, this, layout: String| Ok(format(&layout, this.instant, &this.zone)));
    methods.add_method("format_rfc3339", |_, this, ()| Ok(format(RFC3339, this.instant, &this.zone)));
    methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(format(RFC3339_NANO, this.instant, &this.zone)));
}

fn parts<M: UserDataMethods<LuaTime>>(methods: &mut M) {
    methods.add_method("unix", |lua, this, ()| integer(lua, this.instant.unix().into()));
    methods.add_method("unix_nano", |lua, this, ()| integer(lua, this.instant.0));
    methods.add_method("date", |_, this, ()| {
        let civil = this.civil();
        Ok((civil.year, civil.month, civil.day))
    });
    methods.add_method("clock", |_, this, ()| {
        let civil = this.civil();
        Ok((civil.hour, civil.minute, civil.second))
    });
    methods.add_method("year", |_, this, ()| Ok(this.civil().year));
    methods.add_method("month", |_, this, ()| Ok(this.civil().month));
    methods.add_method("day", |_, this, ()| Ok(this.civil().day));
    methods.add_method("hour", |_, this, ()| Ok(this.civil().hour));
    methods.add_method("minute", |_, this, ()| Ok(this.civil().minute));
    methods.add_method("second", |_, this, ()| Ok(this.civil().second));
    methods.add_method("nanosecond", |_, this, ()| Ok(this.civil().nanosecond));
    methods.add_method("weekday", |_, this, ()| Ok(this.civil().weekday));
    methods.add_method("year_day", |_, this, ()| Ok(this.civil().year_day));
    methods.add_method("is_zero", |_, this, ()| Ok(this.instant == Instant::from_unix(ZERO, 0)));
}
