//! What the standard library takes from the run: chance, time, names for things, and where
//! `print` goes.
//!
//! One Lua state serves many runs, so none of this may live in the state itself. Whoever runs Lua
//! code keeps one [`Ambient`] for each run and enters it before each step. A workflow's is seeded
//! from its history and shows the workflow's clock, so a replay sees what the first run saw.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use mlua::{Lua, Table, Value};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::{
    lua::{random::Random, sandbox::weak_keys},
    value::{Failure, failure_kind},
};

/// Tells the time since 1970.
pub(crate) type Clock = Rc<dyn Fn() -> Duration>;

/// Takes one line of `print`.
pub(crate) type Printer = Rc<dyn Fn(&Lua, &str)>;

/// What one run gives to the standard library.
pub(crate) struct Ambient {
    random: RefCell<Random>,
    /// Chance for `math.random` once the author has given it a seed: what is made of the run's own
    /// must not repeat because of that.
    of_author: RefCell<Option<Random>>,
    /// How many seeds were made while the author's chance was the one to draw from.
    seeds: Cell<u64>,
    /// Whether a replay sees the same chance.
    repeatable: bool,
    clock: Option<Clock>,
    /// What the clock showed when it was first asked how long ago that was.
    begun: Cell<Option<Duration>>,
    printer: Option<Printer>,
    names: RefCell<Option<Names>>,
}

/// Which number each table, function and thread was given when it was first turned into text.
struct Names {
    /// Weak: a name keeps nothing alive.
    numbers: Table,
    last: u32,
}

impl Ambient {
    /// Chance from `seed`; no clock, and `print` says nothing.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: RefCell::new(Random::new(seed)),
            of_author: RefCell::new(None),
            seeds: Cell::new(0),
            repeatable: true,
            clock: None,
            begun: Cell::new(None),
            printer: None,
            names: RefCell::new(None),
        }
    }

    /// Chance from the operating system: for code that runs once.
    pub(crate) fn by_chance() -> Self {
        Self { repeatable: false, ..Self::new(uuid::Uuid::new_v4().as_u64_pair().0) }
    }

    pub(crate) fn with_clock(self, clock: Clock) -> Self {
        Self { clock: Some(clock), ..self }
    }

    pub(crate) fn with_printer(self, printer: Printer) -> Self {
        Self { printer: Some(printer), ..self }
    }

    /// Chance begins anew, as after a reset of the run.
    pub(crate) fn reseed(&self, seed: u64) {
        *self.random.borrow_mut() = Random::new(seed);
    }

    /// A copy for code that must leave no trace: what it draws and names is not drawn or named here.
    pub(crate) fn aside(&self, lua: &Lua) -> mlua::Result<Self> {
        let names = match &*self.names.borrow() {
            Some(names) => {
                let numbers = weak_keys(lua)?;
                names.numbers.for_each(|value: Value, number: u32| numbers.raw_set(value, number))?;
                Some(Names { numbers, last: names.last })
            }
            None => None,
        };
        Ok(Self {
            random: self.random.clone(),
            of_author: self.of_author.clone(),
            seeds: self.seeds.clone(),
            repeatable: self.repeatable,
            clock: self.clock.clone(),
            begun: self.begun.clone(),
            printer: self.printer.clone(),
            names: RefCell::new(names),
        })
    }

    /// The author seeds `math.random`.
    pub(crate) fn seed_of_author(&self, seed: u64) {
        *self.of_author.borrow_mut() = Some(Random::new(seed));
    }

    /// Makes this what the library takes from until another is entered; gives back the one before.
    pub(crate) fn enter(lua: &Lua, ambient: &Rc<Self>) -> Option<Rc<Self>> {
        lua.set_app_data(Current(ambient.clone())).map(|current| current.0)
    }

    /// The one that was entered last.
    pub(crate) fn current(lua: &Lua) -> Rc<Self> {
        lua.app_data_ref::<Current>().expect("`sandbox::open` enters an ambient").0.clone()
    }

    /// Draws from the author's chance, if there is one, else from this run's.
    pub(crate) fn draw<R>(&self, draw: impl FnOnce(&mut Random) -> R) -> R {
        match &mut *self.of_author.borrow_mut() {
            Some(random) => draw(random),
            None => draw(&mut self.random.borrow_mut()),
        }
    }

    /// A seed for chance of another's own, whatever `math.randomseed` was told. What is drawn after it
    /// does not depend on how it is made: runs have drawn one word for it since the first release.
    pub(crate) fn new_seed(&self) -> u64 {
        let drawn = self.draw(Random::word);
        if self.of_author.borrow().is_none() {
            return drawn;
        }
        self.seeds.set(self.seeds.get() + 1);
        let own = self.random.borrow().clone().word();
        Random::new(own.wrapping_add(self.seeds.get())).word()
    }

    /// Whether chance comes from a seed, so that a replay sees the same, and whoever knows the seed
    /// can tell what it gave.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Fills `bytes` with chance that nobody can guess, or, in a run that is replayed, with the
    /// run's own.
    pub(crate) fn fill(&self, bytes: &mut [u8]) -> Result<(), Failure> {
        if self.repeatable {
            self.random.borrow_mut().fill(bytes);
            return Ok(());
        }
        SystemRandom::new()
            .fill(bytes)
            .map_err(|_| Failure::new(failure_kind::INTERNAL, "the operating system gives no randomness"))
    }

    /// A UUID of this run's chance, whatever `math.randomseed` was told.
    pub(crate) fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.random.borrow_mut().fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// The time since 1970, if this run has a clock.
    pub(crate) fn now(&self) -> Option<Duration> {
        self.clock.as_ref().map(|clock| clock())
    }

    /// The time since this was first asked, if this run has a clock.
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        let now = self.now()?;
        let begun = self.begun.get().unwrap_or(now);
        self.begun.set(Some(begun));
        Some(now.saturating_sub(begun))
    }

    pub(crate) fn print(&self, lua: &Lua, line: &str) {
        if let Some(printer) = &self.printer {
            printer(lua, line);
        }
    }

    /// The number of a table, function, thread or userdata: 1 for the first that was asked about.
    pub(crate) fn number_of(&self, lua: &Lua, value: &Value) -> mlua::Result<u32> {
        let mut names = self.names.borrow_mut();
        if names.is_none() {
            *names = Some(Names { numbers: weak_keys(lua)?, last: 0 });
        }
        let names = names.as_mut().expect("it was made above");
        if let Some(number) = names.numbers.raw_get(value)? {
            return Ok(number);
        }
        names.last += 1;
        names.numbers.raw_set(value, names.last)?;
        Ok(names.last)
    }
}

/// The entered ambient, as the Lua state keeps it.
struct Current(Rc<Ambient>);
