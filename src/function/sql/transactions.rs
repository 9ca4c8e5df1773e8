//! Where statements run: on any connection of a database, or on the one that a transaction has.
//!
//! The transactions of a call belong to it. When it ends, what was not committed is taken back.

use std::{cell::RefCell, collections::BTreeMap, rc::Weak, sync::Arc};

use super::{Executed, Pool, Statement, connection::Connected, failure::SqlError, pool::Lease};
use crate::value::{Failure, Value};

/// The open transactions of one call.
#[derive(Default)]
pub(in crate::function) struct Transactions(RefCell<Held>);

#[derive(Default)]
struct Held {
    last: u32,
    /// Nothing: a statement of the transaction has its connection, or was stopped with it.
    open: BTreeMap<u32, Option<Lease>>,
}

/// Where a statement runs.
#[derive(Clone)]
pub(in crate::function) enum Place {
    Database(Arc<Pool>),
    /// Whose call may have ended while Lua still holds it.
    Transaction(Weak<Transactions>, u32),
}

impl Transactions {
    /// Begins a transaction; its number.
    pub(in crate::function) async fn begin(&self, pool: Arc<Pool>, is_read_only: bool) -> Result<u32, Failure> {
        let (lease, begun) = pool.lease().await?.run(move |connected| connected.begin(is_read_only)).await?;
        begun?;
        let mut held = self.0.borrow_mut();
        held.last += 1;
        let number = held.last;
        held.open.insert(number, Some(lease));
        Ok(number)
    }

    fn take(&self, number: u32) -> Result<Lease, Failure> {
        let mut held = self.0.borrow_mut();
        let Some(lease) = held.open.get_mut(&number) else {
            return Err(ended());
        };
        lease.take().ok_or_else(|| {
            Failure::invalid("another statement of the transaction is running, or was stopped; run one at a time")
        })
    }

    /// SQLite itself ends a transaction that it cannot keep.
    fn put_back(&self, number: u32, lease: Lease) {
        let mut held = self.0.borrow_mut();
        if lease.is_in_transaction() {
            held.open.insert(number, Some(lease));
        } else {
            held.open.remove(&number);
        }
    }
}

impl Place {
    pub(in crate::function) async fn query(self, statement: Statement) -> Result<Value, Failure> {
        self.run(move |connected| connected.query(&statement)).await
    }

    pub(in crate::function) async fn execute(self, statement: Statement) -> Result<Executed, Failure> {
        self.run(move |connected| connected.execute(&statement)).await
    }

    /// Whether a statement can be prepared.
    pub(in crate::function) async fn check(self, sql: Arc<str>) -> Result<(), Failure> {
        self.run(move |connected| connected.check(&sql)).await
    }

    pub(in crate::function) async fn commit(self) -> Result<(), Failure> {
        self.run(Connected::commit).await
    }

    pub(in crate::function) async fn roll_back(self) -> Result<(), Failure> {
        self.run(Connected::settle).await
    }

    /// `verb` is what becomes of the savepoint.
    pub(in crate::function) async fn savepoint(self, verb: &'static str, name: String) -> Result<(), Failure> {
        self.run(move |connected| connected.savepoint(verb, &name)).await
    }

    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Connected) -> Result<T, SqlError> + Send + 'static,
    ) -> Result<T, Failure> {
        match self {
            Self::Database(pool) => pool.lease().await?.run(work).await?.1,
            Self::Transaction(transactions, number) => {
                let transactions = transactions.upgrade().ok_or_else(ended)?;
                let (lease, result) = transactions.take(number)?.run(work).await?;
                transactions.put_back(number, lease);
                result
            }
        }
    }
}

fn ended() -> Failure {
    Failure::invalid("the transaction has ended")
}
