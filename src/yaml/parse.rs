//! Texts to trees, within limits: a file that would fill the memory is refused with a place.
//!
//! Syntax errors end the reading of a file, since what follows them is guesswork; duplicate keys
//! and foreign tags are noted and the reading goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, StrInput, Tag};

use super::{Data, Node, Pair, Scalar, Style, syntax};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    source::{SourceId, Span, Spanned},
};

/// The most bytes of a file of entries.
pub(crate) const MAX_BYTES: u64 = 4 * 1024 * 1024;
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 100_000;
const MAX_ALIASES: usize = 1_000;

/// What became of a text.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// Nothing for a text without content, or one that cannot be read.
    pub(crate) root: Option<Node>,
    /// What the tree has not: keys that are there twice.
    pub(crate) dropped: Vec<Dropped>,
    /// Where each alias stands, and what it names.
    pub(crate) aliases: Vec<(Span, Span)>,
    pub(crate) diagnostics: Diagnostics,
}

/// A pair whose key its map has already.
#[derive(Debug)]
pub(crate) struct Dropped {
    /// Where the value stands that is kept.
    pub(crate) first: Span,
    pub(crate) pair: Pair,
}

/// Reads one YAML document; JSON is YAML too.
pub(crate) fn parse(source: SourceId, text: &str) -> Parsed {
    if let Some(diagnostic) = syntax::zero_byte(source, text) {
        let (dropped, aliases) = (Vec::new(), Vec::new());
        return Parsed { root: None, dropped, aliases, diagnostics: diagnostic.into() };
    }
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut builder = Builder {
        events: Parser::new_from_str(&text[skipped..]),
        text,
        skipped,
        source,
        anchors: BTreeMap::new(),
        nodes: 0,
        aliases: Vec::new(),
        dropped: Vec::new(),
        diagnostics: Diagnostics::default(),
    };
    let root = builder.document().unwrap_or_else(|diagnostic| {
        builder.diagnostics.push(*diagnostic);
        None
    });
    Parsed { root, dropped: builder.dropped, aliases: builder.aliases, diagnostics: builder.diagnostics }
}

/// What ends the reading of a file. Boxed: it is large and rare.
type Fatal = Box<Diagnostic>;

struct Builder<'a> {
    events: Parser<'a, StrInput<'a>>,
    text: &'a str,
    /// The bytes before the text that the parser sees.
    skipped: usize,
    source: SourceId,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    aliases: Vec<(Span, Span)>,
    dropped: Vec<Dropped>,
    diagnostics: Diagnostics,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Option<Node>, Fatal> {
        let mut root = None;
        while let Some((event, marks)) = self.next()? {
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    let diagnostic = Diagnostic::error(
                        Code::YamlSyntax,
                        self.span(marks),
                        "a file holds one document, this is another",
                    )
                    .label("a second document begins here")
                    .help("move it to a file of its own");
                    return Err(Box::new(diagnostic));
                }
                Event::DocumentStart(..) => {
                    let Some((event, marks)) = self.next()? else { break };
                    root = Some(self.node(event, marks, 1)?);
                }
                Event::StreamEnd => break,
                _ => {}
            }
        }
        Ok(root)
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Marks)>, Fatal> {
        match self.events.next_event() {
            None => Ok(None),
            Some(Ok(next)) => Ok(Some(next)),
            Some(Err(error)) => Err(Box::new(self.syntax(&error))),
        }
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().byte_offset().map_or(0, |at| at + self.skipped).min(self.text.len());
        syntax::diagnose(self.source, self.text, at, error)
    }

    /// Reads the node that `event` begins.
    fn node(&mut self, event: Event<'a>, marks: Marks, depth: usize) -> Result<Node, Fatal> {
        let span = self.span(marks);
        self.limit(span, depth, 1)?;
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = self.scalar_style(style, tag.as_deref(), marks);
                (Node { span: self.scalar_span(span, style), data: Data::Scalar(Scalar::new(&*text, style)) }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["seq"], marks);
                (self.list(span, depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["map"], marks);
                (self.pairs(span, depth)?, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, span, depth),
            _ => {
                return Err(Box::new(Diagnostic::error(Code::YamlSyntax, span, "a value is missing here")));
            }
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, begin: Span, depth: usize) -> Result<Node, Fatal> {
        let mut items = Vec::new();
        let end = loop {
            let Some((event, marks)) = self.next()? else { break begin };
            if event == Event::SequenceEnd {
                break self.span(marks);
            }
            items.push(self.node(event, marks, depth + 1)?);
        };
        let span = self.covering(begin, end, items.first().map(|n| n.span), items.last().map(|n| n.span));
        Ok(Node { span, data: Data::List(items) })
    }

    fn pairs(&mut self, begin: Span, depth: usize) -> Result<Node, Fatal> {
        let mut pairs: Vec<Pair> = Vec::new();
        // Where the key stands, and its value.
        let mut seen: BTreeMap<Arc<str>, (Span, Span)> = BTreeMap::new();
        let mut merged: Option<Node> = None;
        let end = loop {
            let Some((event, marks)) = self.next()? else { break begin };
            if event == Event::MappingEnd {
                break self.span(marks);
            }
            let key_node = self.node(event, marks, depth + 1)?;
            let Data::Scalar(key) = &key_node.data else {
                let diagnostic = Diagnostic::error(Code::YamlSyntax, key_node.span, "a key has to be a text");
                return Err(Box::new(diagnostic));
            };
            let Some((event, marks)) = self.next()? else { break begin };
            let value = self.node(event, marks, depth + 1)?;
            let is_merge = &*key.text == "<<" && key.style == Style::Plain;
            if let Some((first, first_value)) = seen.get(&key.text) {
                self.diagnostics.push(
                    Diagnostic::error(
                        Code::DuplicateKey,
                        key_node.span,
                        format!("the key `{}` is there twice", key.text),
                    )
                    .label("the second one")
                    .also(*first, "the first one")
                    .help("remove one of the two"),
                );
                let pair = Pair { key: Spanned::new(Arc::clone(&key.text), key_node.span), value };
                self.dropped.push(Dropped { first: *first_value, pair });
                continue;
            }
            seen.insert(Arc::clone(&key.text), (key_node.span, value.span));
            if is_merge {
                merged = Some(value);
            } else {
                pairs.push(Pair { key: Spanned::new(Arc::clone(&key.text), key_node.span), value });
            }
        };
        let span = self.covering(begin, end, pairs.first().map(|p| p.key.span), pairs.last().map(|p| p.value.span));
        if let Some(merged) = merged {
            self.merge(&mut pairs, &merged);
        }
        Ok(Node::map(span, pairs))
    }

    /// Adds what `<<` names and the map itself does not have; of several maps the first wins.
    fn merge(&mut self, pairs: &mut Vec<Pair>, merged: &Node) {
        let maps = merged.as_list().unwrap_or(std::slice::from_ref(merged));
        let mut names: BTreeSet<Arc<str>> = pairs.iter().map(|pair| Arc::clone(&pair.key.value)).collect();
        for map in maps {
            let Some(others) = map.as_map() else {
                self.diagnostics.push(
                    Diagnostic::error(Code::YamlSyntax, map.span, "only a map can be merged with `<<`")
                        .help("write `<<: *name`, where `&name` stands before a map"),
                );
                continue;
            };
            for other in others {
                if names.insert(Arc::clone(&other.key.value)) {
                    pairs.push(other.clone());
                }
            }
        }
    }

    fn alias(&mut self, anchor: usize, span: Span, depth: usize) -> Result<Node, Fatal> {
        let Some(node) = self.anchors.get(&anchor) else {
            let diagnostic = Diagnostic::error(Code::YamlSyntax, span, "an alias cannot stand inside what it names");
            return Err(Box::new(diagnostic));
        };
        let (count, levels, data) = (node.count(), node.depth(), node.data.clone());
        self.aliases.push((span, node.span));
        if self.aliases.len() > MAX_ALIASES {
            return Err(limit(span, format!("more than {MAX_ALIASES} aliases")));
        }
        self.limit(span, depth + levels - 1, count)?;
        Ok(Node { span, data })
    }

    fn limit(&mut self, span: Span, depth: usize, nodes: usize) -> Result<(), Fatal> {
        self.nodes += nodes;
        if depth > MAX_DEPTH {
            return Err(limit(span, format!("values inside values, more than {MAX_DEPTH} levels deep")));
        }
        if self.nodes > MAX_NODES {
            return Err(limit(span, format!("more than {MAX_NODES} values in one file")));
        }
        Ok(())
    }

    fn scalar_style(&mut self, style: ScalarStyle, tag: Option<&Tag>, marks: Marks) -> Style {
        self.check_tag(tag, &["str", "int", "float", "bool", "null"], marks);
        if tag.and_then(Tag::core_suffix) == Some("str") && style == ScalarStyle::Plain {
            return Style::Double;
        }
        match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, known: &[&str], marks: Marks) {
        let Some(tag) = tag else { return };
        if tag.core_suffix().is_some_and(|suffix| known.contains(&suffix)) {
            return;
        }
        let span = self.span(marks.tag_span().unwrap_or(marks));
        self.diagnostics.push(
            Diagnostic::error(Code::YamlSyntax, span, format!("the tag `{}` means nothing here", tag.original()))
                .help("remove it; to include a file, write `file://path`"),
        );
    }

    fn span(&self, marks: Marks) -> Span {
        let range = marks.byte_range().unwrap_or(0..0);
        let clamp = |at: usize| (at + self.skipped).min(self.text.len());
        Span::new(self.source, clamp(range.start), clamp(range.end))
    }

    /// A block's span without the line breaks after it.
    fn scalar_span(&self, span: Span, style: Style) -> Span {
        if !matches!(style, Style::Literal | Style::Folded) {
            return span;
        }
        let text = self.text.get(span.range()).unwrap_or_default();
        Span::new(self.source, span.start as usize, span.start as usize + text.trim_end().len())
    }

    /// A list or map: from its bracket or first item to its bracket or last item.
    fn covering(&self, begin: Span, end: Span, first: Option<Span>, last: Option<Span>) -> Span {
        let in_brackets = self.text.get(begin.range()).is_some_and(|text| text.starts_with(['[', '{']));
        if in_brackets {
            return begin.to(end);
        }
        match (first, last) {
            (Some(first), Some(last)) => Span::new(self.source, first.start as usize, last.end as usize),
            _ => begin,
        }
    }
}

fn limit(span: Span, what: String) -> Fatal {
    Box::new(
        Diagnostic::error(Code::YamlLimit, span, what)
            .label("the limit is passed here")
            .help("split the file, or write less of it with aliases"),
    )
}
