//! `env.storage.file`: a `.env` file.

use serde_json::json;

use crate::{
    entry::EntryId,
    env::{Env, FileStorage, Storage},
    registry::Kind,
    source::Modes,
    yaml::{DecodeCx, Field, Node, Rule, Schema, Style, record},
};

/// The kind.
pub(crate) struct EnvStorageFile;

const NOT_EMPTY: Rule<String> = Rule {
    test: |path| if path.is_empty() { Err("cannot be empty".to_owned()) } else { Ok(()) },
    schema: &[("minLength", 1.0)],
};

/// The permissions of a file or folder, in octal as `chmod` takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode(u32);

impl Field for Mode {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let text = node.as_scalar().map_or("", |scalar| &scalar.text);
        let digits = text.strip_prefix("0o").unwrap_or(text);
        let is_bare = node.as_scalar().is_some_and(|scalar| scalar.style == Style::Plain);
        // What YAML makes a number of has lost its zeros for whoever reads it as one.
        let shown = if is_bare { digits.trim_start_matches('0') } else { digits };
        let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o777 && shown.len() >= 3);
        if mode.is_none() {
            cx.bad_value(node.span, format!("`{}` is a mode in octal, as `0644`", cx.subject));
        }
        mode.map(Self)
    }

    fn schema() -> Schema {
        // An integer's digits are those that are written, `644` and `0644`, and none is above 7; or it is what
        // YAML makes of `0o644`.
        let tens = (51..=77).filter(|tens| tens % 10 < 8).map(|tens| tens * 10);
        let written = tens.map(|low| json!({"minimum": low, "maximum": low + 7}));
        let ranges: Vec<_> = std::iter::once(json!({"minimum": 0o100, "maximum": 0o777})).chain(written).collect();
        Schema::new(json!({"anyOf": [
            {"type": "string", "pattern": "^(0o)?0*[0-7]{3}$"},
            {"type": "integer", "anyOf": ranges},
        ]}))
    }

    fn type_name() -> String {
        "mode in octal".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(format!("{:04o}", self.0))
    }
}

record! {
    /// A `.env` file.
    pub(crate) struct FileFields {
        /// The file; a path that is not absolute is relative to the project.
        file_path: String where NOT_EMPTY;
        /// Make the file when a value is first written; without it, a missing file is an error.
        auto_create: bool = false;
        /// The permissions of a new file.
        file_mode: Mode = Mode(0o644);
        /// The permissions of a new folder.
        dir_mode: Mode = Mode(0o755);
    }
}

impl Kind for EnvStorageFile {
    const NAME: &'static str = "env.storage.file";
    const MANUAL: &'static str = include_str!("../../../registry/kinds/env.storage.file.md");
    const FEEDS_ENV: bool = true;
    type Fields = FileFields;
    type Spec = FileFields;

    fn build(fields: Option<FileFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<FileFields> {
        fields
    }

    fn feed(id: &EntryId, spec: &FileFields, env: &mut Env) -> Result<(), EntryId> {
        let storage = FileStorage {
            path: spec.file_path.clone(),
            auto_create: spec.auto_create,
            modes: Modes { file: spec.file_mode.0, folder: spec.dir_mode.0 },
        };
        env.add_storage(id.clone(), Storage::File(storage));
        Ok(())
    }
}
