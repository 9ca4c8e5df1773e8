//! What SQL may not do: leave its file, end a transaction that `sql` keeps, or change how a
//! connection works that the next call will get. Asked by SQLite while it prepares a statement.

use rusqlite::hooks::{AuthAction, AuthContext};

/// Pragmas that tell something, and change nothing, whatever they are given.
const ASKED: &[&str] = &[
    "application_id",
    "compile_options",
    "data_version",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "page_count",
    "page_size",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
];

/// Pragmas that change only the file, or only the transaction.
const SET: &[&str] = &["application_id", "defer_foreign_keys", "optimize", "user_version"];

/// Pragmas whose value is a question.
const ASKED_WITH_VALUE: &[&str] = &[
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Why a statement may not do this, if it may not.
pub(super) fn refusal(context: &AuthContext<'_>) -> Option<String> {
    match context.action {
        AuthAction::Attach { .. } => Some("a statement reaches its own database only: no `ATTACH`, no `VACUUM`".into()),
        AuthAction::Detach { .. } => Some("a statement reaches its own database only: no `DETACH`".into()),
        AuthAction::Transaction { .. } => {
            Some("a transaction is begun with `db:begin()` and ended with its methods".into())
        }
        AuthAction::Savepoint { .. } => Some("a savepoint is made with `tx:savepoint(name)`".into()),
        AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. } => Some(
            "a temporary table or view would be left for whoever gets the connection next; make a usual one".into(),
        ),
        AuthAction::Function { function_name } if is_one_of(function_name, &["load_extension", "fts3_tokenizer"]) => {
            Some(format!("the function `{function_name}` brings in code from outside"))
        }
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let allowed = match pragma_value {
                None => is_one_of(pragma_name, ASKED) || is_one_of(pragma_name, SET),
                Some(_) => is_one_of(pragma_name, ASKED_WITH_VALUE) || is_one_of(pragma_name, SET),
            };
            (!allowed).then(|| {
                format!("`PRAGMA {pragma_name}` changes how connections work, or tells what is not the code's business")
            })
        }
        // What SQLite learns after this was written.
        AuthAction::Unknown { .. } => Some("the statement does what metonic does not know".into()),
        _ => None,
    }
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
