//! One statement: its parameters go in, its rows or its effect come out, within limits.

use std::sync::Arc;

use rusqlite::{
    Batch,
    fallible_iterator::FallibleIterator as _,
    types::{ToSqlOutput, ValueRef},
};

use super::{MOST_BYTES, MOST_ROWS, connection::Connected, failure::SqlError};
use crate::value::{Map, Value};

/// What each value counts beside its bytes.
const VALUE_OVERHEAD: usize = 16;

/// SQL, and what goes into it.
#[derive(Clone, Debug)]
pub(in crate::function) struct Statement {
    pub(in crate::function) sql: Arc<str>,
    pub(in crate::function) parameters: Parameters,
}

/// Values for the places that a statement leaves open.
#[derive(Clone, Debug)]
pub(in crate::function) enum Parameters {
    /// For `?`, in order.
    List(Vec<Value>),
    /// For `:name`, `@name` and `$name`.
    Named(Map),
}

/// What a statement changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::function) struct Executed {
    /// 0 if the statement itself inserted no row that has an id.
    pub(in crate::function) last_insert_id: i64,
    pub(in crate::function) rows_affected: u64,
}

struct Column {
    name: String,
    is_boolean: bool,
}

impl Connected {
    /// Whether SQL can be prepared, and does nothing that it may not.
    pub(super) fn check(&mut self, sql: &str) -> Result<(), SqlError> {
        self.prepare(sql).map(drop).map_err(|error| self.explained(error))
    }

    /// The rows that a statement gives, as a list of maps.
    pub(super) fn query(&mut self, statement: &Statement) -> Result<Value, SqlError> {
        self.rows(statement).map_err(|error| self.explained(error))
    }

    /// Runs a statement for what it changes. Rows that it gives are passed over.
    pub(super) fn execute(&mut self, statement: &Statement) -> Result<Executed, SqlError> {
        self.effect(statement).map_err(|error| self.explained(error))
    }

    fn rows(&self, statement: &Statement) -> Result<Value, SqlError> {
        let mut prepared = self.prepare(&statement.sql)?;
        let columns = columns(&prepared)?;
        bind(&mut prepared, &statement.parameters)?;
        let (mut list, mut bytes) = (Vec::new(), 0);
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next()? {
            if list.len() == MOST_ROWS {
                return Err(SqlError::TooManyRows);
            }
            let mut map = Map::with_capacity(columns.len());
            for (at, column) in columns.iter().enumerate() {
                let (value, length) = read(row.get_ref(at)?, column.is_boolean);
                bytes += column.name.len() + length + VALUE_OVERHEAD;
                if bytes > MOST_BYTES {
                    return Err(SqlError::TooManyBytes);
                }
                map.insert(column.name.clone(), value);
            }
            list.push(Value::Map(map));
        }
        Ok(Value::List(list))
    }

    fn effect(&self, statement: &Statement) -> Result<Executed, SqlError> {
        let before = self.sqlite.total_changes();
        let mut prepared = self.prepare(&statement.sql)?;
        let table = self.take_seen().inserts_into;
        bind(&mut prepared, &statement.parameters)?;
        let inserted = self.last_inserted(table, || {
            let mut rows = prepared.raw_query();
            while rows.next()?.is_some() {}
            Ok(())
        })?;
        // SQLite tells of the last change, also if it was another statement's.
        let is_changed = self.sqlite.total_changes() != before;
        let rows_affected = if is_changed { self.sqlite.changes() } else { 0 };
        Ok(Executed { last_insert_id: inserted.unwrap_or(0), rows_affected })
    }

    fn prepare(&self, sql: &str) -> Result<rusqlite::Statement<'_>, SqlError> {
        self.take_seen();
        if sql.contains('\0') {
            // SQLite would not read on.
            return Err(SqlError::ZeroByte);
        }
        let mut batch = Batch::new(&self.sqlite, sql);
        let first = batch.next()?.ok_or(SqlError::Empty)?;
        match batch.next() {
            Ok(None) => Ok(first),
            _ => Err(SqlError::Several),
        }
    }

    /// A refusal in our words. Most are met while a statement is prepared, some while it runs.
    fn explained(&self, error: SqlError) -> SqlError {
        match (error, self.take_seen().refusal) {
            (SqlError::Sqlite(_), Some(refusal)) => SqlError::Refused(refusal),
            (error, _) => error,
        }
    }
}

fn columns(prepared: &rusqlite::Statement<'_>) -> Result<Vec<Column>, SqlError> {
    let mut columns: Vec<Column> = Vec::new();
    for column in prepared.columns() {
        let name = column.name().to_owned();
        if columns.iter().any(|other| other.name == name) {
            return Err(SqlError::SameName(name));
        }
        let is = |word: &str| column.decl_type().is_some_and(|declared| declared.eq_ignore_ascii_case(word));
        columns.push(Column { name, is_boolean: is("boolean") || is("bool") });
    }
    Ok(columns)
}

fn bind(prepared: &mut rusqlite::Statement<'_>, parameters: &Parameters) -> Result<(), SqlError> {
    let wanted = prepared.parameter_count();
    match parameters {
        Parameters::List(values) => {
            if values.len() != wanted {
                return Err(SqlError::Parameters { wanted, given: values.len() });
            }
            for (at, value) in (1..).zip(values) {
                prepared.raw_bind_parameter(at, written(value)?)?;
            }
        }
        Parameters::Named(values) => {
            let mut used = 0;
            for at in 1..=wanted {
                let name = prepared.parameter_name(at).ok_or(SqlError::Nameless(at))?;
                let name = name.trim_start_matches([':', '@', '$']).to_owned();
                let value = values.get(&name).ok_or_else(|| SqlError::NoValue(name))?;
                prepared.raw_bind_parameter(at, written(value)?)?;
                used += 1;
            }
            if used < values.len() {
                let is_parameter = |name: &String| {
                    (1..=wanted).filter_map(|at| prepared.parameter_name(at)).any(|known| known[1..] == **name)
                };
                if let Some(name) = values.keys().find(|name| !is_parameter(name)) {
                    return Err(SqlError::NoParameter(name.clone()));
                }
            }
        }
    }
    Ok(())
}

fn written(value: &Value) -> Result<ToSqlOutput<'_>, SqlError> {
    let value = match value {
        Value::Null => ValueRef::Null,
        Value::Bool(value) => ValueRef::Integer(i64::from(*value)),
        Value::Int(value) => ValueRef::Integer(*value),
        Value::UInt(value) => return Err(SqlError::TooLarge(*value)),
        Value::Float(value) => ValueRef::Real(*value),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
        Value::Bytes(bytes) => ValueRef::Blob(bytes),
        Value::List(_) => return Err(SqlError::NoScalar("a list")),
        Value::Map(_) => return Err(SqlError::NoScalar("a table")),
    };
    Ok(ToSqlOutput::Borrowed(value))
}

/// A value of a row, and how many bytes it has.
fn read(value: ValueRef<'_>, is_boolean: bool) -> (Value, usize) {
    match value {
        ValueRef::Null => (Value::Null, 0),
        ValueRef::Integer(value @ (0 | 1)) if is_boolean => (Value::Bool(value == 1), 0),
        ValueRef::Integer(value) => (Value::Int(value), 0),
        ValueRef::Real(value) => (Value::Float(value), 0),
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) => (Value::Text(text.to_owned()), bytes.len()),
            Err(_) => (Value::Bytes(bytes.to_vec()), bytes.len()),
        },
        ValueRef::Blob(bytes) => (Value::Bytes(bytes.to_vec()), bytes.len()),
    }
}
