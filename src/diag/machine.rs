//! Diagnostics as JSON lines and as GitHub annotations.

use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics, Label, Severity};
use crate::{source::SourceMap, value::redact};

/// One JSON object a line.
pub(crate) fn json_lines(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| redact(&json(diagnostic, sources).to_string()).into_owned() + "\n").collect()
}

/// One workflow command of GitHub a line.
pub(crate) fn github(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| redact(&annotation(diagnostic, sources)).into_owned() + "\n").collect()
}

/// One diagnostic. Lines and columns begin at 1; an end is the first place that is not meant.
pub(crate) fn json(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let mut object = json!({
        "code": diagnostic.code.slug(),
        "severity": severity(diagnostic),
        "message": diagnostic.headline,
    });
    if let Some(primary) = &diagnostic.primary
        && let (Some(object), Value::Object(place)) = (object.as_object_mut(), place(primary, sources))
    {
        object.extend(place);
    }
    if !diagnostic.others.is_empty() {
        object["related"] = diagnostic.others.iter().map(|other| place(other, sources)).collect();
    }
    if !diagnostic.notes.is_empty() {
        object["notes"] = json!(diagnostic.notes);
    }
    if let Some(help) = &diagnostic.help {
        object["help"] = json!(help);
    }
    if let Some(patch) = diagnostic.patch.as_ref().filter(|patch| !sources.is_concealed(patch.span)) {
        let label = Label { span: patch.span, text: String::new() };
        object["fix"] = place(&label, sources);
        object["fix"]["replacement"] = json!(patch.replacement);
    }
    object
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn place(label: &Label, sources: &SourceMap) -> Value {
    let source = sources.get(label.span.source);
    let (start, end) = (source.place(label.span.start as usize), source.place(label.span.end as usize));
    let mut place = json!({
        "file": &*source.path,
        "line": start.line,
        "column": start.column,
        "end": {"line": end.line, "column": end.column},
    });
    if !label.text.is_empty() {
        place["label"] = json!(label.text);
    }
    place
}

fn annotation(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let mut properties = Vec::new();
    if let Some(primary) = &diagnostic.primary {
        let source = sources.get(primary.span.source);
        let (start, end) = (source.place(primary.span.start as usize), source.place(primary.span.end as usize));
        properties.push(format!("file={}", property(&source.path)));
        properties.push(format!("line={},col={}", start.line, start.column));
        if end.line == start.line && end.column > start.column {
            properties.push(format!("endLine={},endColumn={}", end.line, end.column));
        }
    }
    properties.push(format!("title={}", diagnostic.code.slug()));
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let text = format!("{}{help}", diagnostic.headline);
    format!("::{} {}::{}", severity(diagnostic), properties.join(","), message(&text))
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Code, source::Span};

    fn example() -> (SourceMap, Diagnostics) {
        let mut sources = SourceMap::default();
        let id = sources.add("a,b.yaml", "x: 1\nkind: temporal.clint\n");
        let diagnostic = Diagnostic::error(Code::UnknownKind, Span::new(id, 11, 25), "no kind: 100%")
            .label("unknown kind")
            .also(Span::new(id, 0, 1), "first")
            .note("a note")
            .help("a similar one exists")
            .patch(Span::new(id, 11, 25), "temporal.client");
        (sources, diagnostic.into())
    }

    #[test]
    fn a_json_line_says_everything() {
        let (sources, diagnostics) = example();
        assert_eq!(
            json_lines(&diagnostics, &sources),
            concat!(
                r#"{"code":"unknown-kind","severity":"error","message":"no kind: 100%","#,
                r#""file":"a,b.yaml","line":2,"column":7,"end":{"line":2,"column":21},"label":"unknown kind","#,
                r#""related":[{"file":"a,b.yaml","line":1,"column":1,"end":{"line":1,"column":2},"label":"first"}],"#,
                r#""notes":["a note"],"help":"a similar one exists","#,
                r#""fix":{"file":"a,b.yaml","line":2,"column":7,"end":{"line":2,"column":21},"#,
                r#""replacement":"temporal.client"}}"#,
                "\n",
            )
        );
    }

    #[test]
    fn an_annotation_escapes_what_github_reads() {
        let (sources, diagnostics) = example();
        assert_eq!(
            github(&diagnostics, &sources),
            "::error file=a%2Cb.yaml,line=2,col=7,endLine=2,endColumn=21,title=unknown-kind::no kind: 100%25%0Ahelp: a similar one exists\n"
        );
    }
}
