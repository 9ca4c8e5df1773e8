//! `file://…`: a text of its own file in place of a value.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    diag::{Code, Diagnostic, Diagnostics, closest},
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
    /// Each file is read once.
    pub(super) read: BTreeMap<String, (SourceId, Arc<str>)>,
}

impl Includer<'_> {
    /// Fills in every `file://…` of `node`. `folder` is where the YAML file lies. False: something
    /// could not be included.
    pub(super) fn fill(&mut self, node: &mut Node, folder: &str, diagnostics: &mut Diagnostics) -> bool {
        match &mut node.data {
            Data::List(items) => self.fill_all(items.iter_mut(), folder, diagnostics),
            Data::Map(pairs) => self.fill_all(pairs.iter_mut().map(|pair| &mut pair.value), folder, diagnostics),
            Data::Scalar(scalar) => {
                let Some(path) = scalar.text.strip_prefix(SCHEME) else { return true };
                match self.include(path, folder, node.span) {
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
        folder: &str,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let mut good = true;
        for node in nodes {
            good &= self.fill(node, folder, diagnostics);
        }
        good
    }

    fn include(&mut self, path: &str, folder: &str, span: Span) -> Result<(SourceId, Arc<str>), Box<Diagnostic>> {
        let from_root = path.strip_prefix('/');
        let (base, relative) = from_root.map_or((folder, path), |path| ("", path));
        if relative.is_empty() {
            let diagnostic = Diagnostic::error(Code::FileMissing, span, "`file://` names no file");
            return Err(Box::new(diagnostic.help("write `file://name.lua`")));
        }
        let joined = format!("{base}{}{relative}", if base.is_empty() { "" } else { "/" });
        let Some(full) = clean(&joined) else { return Err(Box::new(self.error(&FileError::Outside, &joined, span))) };
        if let Some(read) = self.read.get(&full) {
            return Ok(read.clone());
        }
        let text: Arc<str> =
            self.files.read(&full, LIMIT).map_err(|error| Box::new(self.error(&error, &full, span)))?.into();
        let source = self.sources.add(&full, Arc::clone(&text));
        self.read.insert(full, (source, Arc::clone(&text)));
        Ok((source, text))
    }

    fn error(&self, error: &FileError, path: &str, span: Span) -> Diagnostic {
        match error {
            FileError::Missing => {
                let diagnostic = Diagnostic::error(Code::FileMissing, span, format!("there is no file `{path}`"));
                match closest(path, self.paths.iter().map(String::as_str)) {
                    Some(close) => diagnostic.help(format!("a file with a similar name exists: `{close}`")),
                    None => diagnostic.help("the path is relative to this file, or with `file:///` to the project"),
                }
            }
            FileError::Outside => {
                Diagnostic::error(Code::FileLeavesProject, span, format!("the file `{path}` lies outside the project"))
                    .help("copy it into the project; only files below its folder can be included")
            }
            FileError::NotText { at } => {
                let headline = format!("the file `{path}` is not UTF-8");
                Diagnostic::error(Code::BadEncoding, span, headline).note(format!("byte {at} is the first that is not"))
            }
            FileError::TooLarge { .. } | FileError::NoFile | FileError::Io(_) => {
                Diagnostic::error(Code::FileUnreadable, span, format!("`{path}` cannot be included: {error}"))
            }
        }
    }
}
