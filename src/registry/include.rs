//! `file://…`: a text of its own file in place of a value.

use std::{collections::BTreeMap, sync::Arc};

use super::document::RawEntry;
use crate::{
    diag::{Code, Diagnostic, Diagnostics, Suggestions, closest},
    source::{FileError, Files, SourceId, SourceMap, Span, clean},
    yaml::{Data, Node, Scalar, Style},
};

/// The most bytes of an included file.
const LIMIT: u64 = 4 * 1024 * 1024;

const SCHEME: &str = "file://";

/// Replaces values by the files they name.
pub(super) struct Includer<'a> {
    pub(super) files: &'a Files,
    pub(super) sources: &'a mut SourceMap,
    /// All paths of the project, to suggest one.
    pub(super) paths: &'a [String],
    pub(super) suggestions: Suggestions,
    /// Each file is read once.
    pub(super) read: BTreeMap<String, (SourceId, Arc<str>)>,
}

impl Includer<'_> {
    /// Fills in every `file://…` of an entry. `folder` is where its YAML file lies. False: something
    /// could not be included.
    pub(super) fn fill(&mut self, entry: &mut RawEntry, folder: &str, diagnostics: &mut Diagnostics) -> bool {
        let whose = if entry.is_named { format!(", which `{}` includes,", entry.id) } else { String::new() };
        let place = Place { folder, whose: &whose };
        let body = self.fill_node(&mut entry.body, place, diagnostics);
        let meta = self.fill_node(&mut entry.meta, place, diagnostics);
        let lifecycle = entry.lifecycle.as_mut().map(|pair| &mut pair.value);
        let lifecycle = lifecycle.is_none_or(|block| self.fill_node(block, place, diagnostics));
        body && meta && lifecycle
    }

    fn fill_node(&mut self, node: &mut Node, place: Place<'_>, diagnostics: &mut Diagnostics) -> bool {
        match &mut node.data {
            Data::List(items) => self.fill_all(items.iter_mut(), place, diagnostics),
            Data::Map(pairs) => self.fill_all(pairs.iter_mut().map(|pair| &mut pair.value), place, diagnostics),
            Data::Scalar(scalar) => {
                let Some(path) = scalar.text.strip_prefix(SCHEME) else { return true };
                match self.include(path, place, node.span) {
                    Ok((source, text)) => {
                        *scalar = Scalar { text, style: Style::File, file: Some(source) };
                        true
                    }
                    Err(diagnostic) => {
                        diagnostics.push(*diagnostic);
                        // Some text, so that nothing else is said of this value.
                        *scalar = Scalar::new("?", Style::File);
                        false
                    }
                }
            }
        }
    }

    /// Each one, whatever became of those before it.
    fn fill_all<'n>(
        &mut self,
        nodes: impl Iterator<Item = &'n mut Node>,
        place: Place<'_>,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let mut good = true;
        for node in nodes {
            good &= self.fill_node(node, place, diagnostics);
        }
        good
    }

    fn include(&mut self, path: &str, place: Place<'_>, span: Span) -> Result<(SourceId, Arc<str>), Box<Diagnostic>> {
        let from_root = path.strip_prefix('/');
        let (base, relative) = from_root.map_or((place.folder, path), |path| ("", path));
        if relative.is_empty() {
            let diagnostic = Diagnostic::error(Code::FileMissing, span, "`file://` names no file");
            return Err(Box::new(diagnostic.help("write `file://name.lua`")));
        }
        let joined = format!("{base}{}{relative}", if base.is_empty() { "" } else { "/" });
        let Some(full) = clean(&joined) else {
            return Err(Box::new(self.error(&FileError::Outside, &joined, place.whose, span)));
        };
        if let Some(read) = self.read.get(&full) {
            return Ok(read.clone());
        }
        let text: Arc<str> = self
            .files
            .read(&full, LIMIT)
            .map_err(|error| Box::new(self.error(&error, &full, place.whose, span)))?
            .into();
        let source = self.sources.add(&full, Arc::clone(&text));
        self.read.insert(full, (source, Arc::clone(&text)));
        Ok((source, text))
    }

    fn error(&mut self, error: &FileError, path: &str, whose: &str, span: Span) -> Diagnostic {
        match error {
            FileError::Missing => {
                let headline = format!("the file `{path}`{whose} is not there");
                let diagnostic = Diagnostic::error(Code::FileMissing, span, headline);
                let paths = || self.paths.iter().map(String::as_str);
                match self.suggestions.of(|| closest(path, paths())) {
                    Some(close) => diagnostic.did_you_mean(close),
                    None => diagnostic.help("the path is relative to this file, or with `file:///` to the project"),
                }
            }
            FileError::Outside => {
                let headline = format!("the file `{path}`{whose} lies outside the project");
                Diagnostic::error(Code::FileLeavesProject, span, headline)
                    .help("copy it into the project; only files below its folder can be included")
            }
            FileError::NotText { at } => {
                let headline = format!("the file `{path}`{whose} is not UTF-8: byte {at} is the first that is not");
                let head = self.files.head(path, LIMIT).unwrap_or_default();
                let length = head.get(*at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                let source = self.sources.add(path, head);
                Diagnostic::error(Code::BadEncoding, span, headline)
                    .also(Span::new(source, *at, *at + length), "not UTF-8 from here on")
                    .help("save it as UTF-8")
            }
            FileError::TooLarge { .. } | FileError::NoFile(_) | FileError::Io(_) => {
                let headline = format!("the file `{path}`{whose} cannot be read: {error}");
                Diagnostic::error(Code::FileUnreadable, span, headline)
            }
        }
    }
}

/// Where something is included.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The folder of the YAML file.
    folder: &'a str,
    /// Says in a headline which entry it is.
    whose: &'a str,
}
