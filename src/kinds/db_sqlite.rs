//! `db.sql.sqlite`: a database in a file of the project, or in memory.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::json;

use super::worker_functions::missing;
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics},
    function::{Databases, PoolConfig, SqliteService},
    registry::{BuildCx, Entry, Kind},
    service::BoxService,
    source::{FileError, Spanned, clean},
    value::Value,
    yaml::{DecodeCx, Field, Node, Rule, Schema, record},
};

/// The kind.
pub(crate) struct DbSqlite;

/// What is written for a database that no file keeps.
const IN_MEMORY: &str = ":memory:";

const A_FEW: Rule<u32> = Rule {
    test: |count| if (1..=64).contains(count) { Ok(()) } else { Err("has to be 1 to 64".to_owned()) },
    schema: &[("minimum", 1.0), ("maximum", 64.0)],
};

/// A path below the project's folder, or [`IN_MEMORY`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DatabaseFile(Spanned<String>);

impl Field for DatabaseFile {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let text = String::decode(node, cx)?;
        if cx.later {
            return Some(Self(Spanned::new(IN_MEMORY.to_owned(), node.span)));
        }
        if text.is_empty() {
            cx.bad_value(node.span, format!("`{}` cannot be empty", cx.subject));
            return None;
        }
        if text != IN_MEMORY && clean(&text).is_none_or(|path| path.is_empty()) {
            let headline = format!("the database `{text}` lies outside the project");
            let diagnostic = Diagnostic::error(Code::FileLeavesProject, node.span, headline);
            cx.report(diagnostic.help("write a path below the project's folder, as `data/shop.db`"));
            return None;
        }
        Some(Self(Spanned::new(text, node.span)))
    }

    fn schema() -> Schema {
        Schema::new(json!({"type": "string", "minLength": 1}))
    }

    fn type_name() -> String {
        "path".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0.value)
    }
}

record! {
    /// A SQLite database, in a file of the project or in memory.
    pub(crate) struct SqliteFields {
        /// The file, relative to the project; it is made when it is not there. `:memory:` is kept by no file: it is empty after each start of the entry.
        file: DatabaseFile;
        /// The connections that are kept.
        pool: PoolFields = PoolFields::default();
        /// Settings of the driver.
        options: Option<Value> = None, only "metonic sets each connection up itself";
    }
}

record! {
    /// The connections that are kept.
    pub(crate) struct PoolFields with defaults {
        /// So many at once: one of them writes, the others read. In memory there is one.
        max_open: u32 where A_FEW = 4;
        /// So many are kept while nobody uses them.
        max_idle: u32 = 4;
        /// One that is older is closed when nobody uses it; `0s`: never.
        max_lifetime: Duration = Duration::from_secs(3600);
    }
}

impl Kind for DbSqlite {
    const NAME: &'static str = "db.sql.sqlite";
    const MANUAL: &'static str = include_str!("../../registry/kinds/db.sql.sqlite.md");
    const RUNS: bool = true;
    type Fields = SqliteFields;
    type Spec = SqliteFields;

    fn build(fields: Option<SqliteFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<SqliteFields> {
        fields
    }

    fn service(entry: &Arc<Entry>, cx: &BuildCx) -> Result<Option<BoxService>, Diagnostics> {
        let databases = cx.process.root::<Databases>().ok_or_else(|| missing("databases"))?;
        Ok(Some(BoxService::new(SqliteService::new(databases, config(entry, cx)?))))
    }
}

/// How the database of `entry` is opened. Makes the folder of its file.
pub(crate) fn config(entry: &Entry, cx: &BuildCx) -> Result<PoolConfig, Diagnostics> {
    let SqliteFields { file, pool, options: _ } = cx.spec::<DbSqlite>(entry)?;
    let lifetime = pool.max_lifetime;
    Ok(PoolConfig {
        id: entry.id.clone(),
        file: if file.0.value == IN_MEMORY { None } else { Some(place(entry, &file.0, cx)?) },
        max_open: pool.max_open,
        max_idle: pool.max_idle,
        max_lifetime: (!lifetime.is_zero()).then_some(lifetime),
    })
}

fn place(entry: &Entry, file: &Spanned<String>, cx: &BuildCx) -> Result<PathBuf, Diagnostics> {
    cx.env.files().place(file).map_err(|error| {
        let (id, path) = (&entry.id, &file.value);
        let (code, headline) = match error {
            FileError::Outside => {
                (Code::FileLeavesProject, format!("the file `{path}` of `{id}` is a link out of the project"))
            }
            error => (Code::FileUnreadable, format!("the file `{path}` of `{id}` cannot be opened: {error}")),
        };
        Diagnostic::error(code, file.span, headline).blame(Blame::Environment).into()
    })
}
