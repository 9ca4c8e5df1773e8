//! `-- metonic: allow(code)`, and `#` in YAML: a finding that its author has thought of.

use std::ops::Range;

use super::{CODES, Finding};
use crate::{
    diag::{Code, closest},
    lua::comments,
};

/// What a comment says.
struct Allow {
    /// The line whose findings are silenced, from 0.
    line: usize,
    codes: Vec<Range<usize>>,
}

/// The findings that nothing silences, and what is wrong with the comments that silence.
pub(super) fn apply(text: &str, mut found: Vec<Finding>) -> Vec<Finding> {
    let mut about_comments = Vec::new();
    for comment in comments(text).unwrap_or_default() {
        let Some(body) = addressed(text, &comment) else { continue };
        let Some(allow) = read(text, &comment, body.clone()) else {
            about_comments.push(not_understood(text, body));
            continue;
        };
        for code in allow.codes {
            let Some(known) = Code::from_slug(&text[code.clone()]).filter(|known| CODES.contains(known)) else {
                about_comments.push(unknown(text, code));
                continue;
            };
            let before = found.len();
            found.retain(|finding| finding.code != known || line_of(text, finding.span.start) != allow.line);
            if found.len() == before {
                about_comments.push(silences_nothing(text, code, allow.line));
            }
        }
    }
    found.extend(about_comments);
    found.sort_by_key(|finding| (finding.span.start, finding.span.end));
    found
}

/// What a comment tells metonic, if it tells metonic anything.
fn addressed(text: &str, comment: &Range<usize>) -> Option<Range<usize>> {
    let body = text[comment.clone()].strip_prefix("--")?.trim_start();
    let rest = body.strip_prefix("metonic:")?;
    let start = comment.end - rest.len();
    Some(start + (rest.len() - rest.trim_start().len())..comment.end)
}

fn read(text: &str, comment: &Range<usize>, body: Range<usize>) -> Option<Allow> {
    Some(Allow { line: silenced_line(text, comment), codes: codes(text, body)? })
}

/// The codes in `allow(code, code) reason`.
fn codes(text: &str, body: Range<usize>) -> Option<Vec<Range<usize>>> {
    let rest = text[body.clone()].strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let (inside, _reason) = rest.split_once(')')?;
    let mut at = body.end - rest.len();
    let mut codes = Vec::new();
    for word in inside.split(',') {
        let start = at + (word.len() - word.trim_start().len());
        codes.push(start..start + word.trim().len());
        at += word.len() + 1;
    }
    Some(codes)
}

/// Whether a comment of a YAML file allows a finding: `# metonic: allow(code)` on its line, or on lines
/// of comments above it.
pub(crate) fn is_allowed_in_yaml(text: &str, place: Range<usize>, code: Code) -> bool {
    let rest = text[place.end..].lines().next().unwrap_or_default();
    let beside = comment_of_yaml(rest);
    let above = text[..place.start].lines().rev().skip(1).map(str::trim).take_while(|line| line.starts_with('#'));
    beside.into_iter().chain(above).any(|comment| {
        let body = comment.trim_start_matches('#').trim_start().strip_prefix("metonic:").map(str::trim_start);
        body.and_then(|body| Some((body, codes(body, 0..body.len())?)))
            .is_some_and(|(body, codes)| codes.into_iter().any(|word| Code::from_slug(&body[word]) == Some(code)))
    })
}

/// The comment at the end of a line of YAML; a `#` in quotes begins none.
fn comment_of_yaml(line: &str) -> Option<&str> {
    let mut quote = None;
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        let is_escaped = before == '\\' && quote == Some('"');
        match quote {
            Some(open) if letter == open && !is_escaped => quote = None,
            Some(_) => {}
            None if letter == '#' && before.is_whitespace() => return Some(&line[at..]),
            None if matches!(letter, '"' | '\'') && (before.is_whitespace() || "[{,:".contains(before)) => {
                quote = Some(letter);
            }
            None => {}
        }
        before = if is_escaped { ' ' } else { letter };
    }
    None
}

/// The line of a comment that code stands before; else the next line that has more than a comment.
fn silenced_line(text: &str, comment: &Range<usize>) -> usize {
    let own = line_of(text, comment.start);
    let begins = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
    if !text[begins..comment.start].trim().is_empty() {
        return own;
    }
    let lines_below = text[comment.end..].lines().skip(1);
    let comments = lines_below.take_while(|line| line.trim_start().starts_with("--")).count();
    line_of(text, comment.end) + 1 + comments
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count()
}

fn finding(span: Range<usize>, headline: String, label: &str, help: String) -> Finding {
    Finding { code: Code::UnusedAllow, span, headline, label: label.to_owned(), help, note: None }
}

fn not_understood(text: &str, body: Range<usize>) -> Finding {
    let headline = format!("`{}` says nothing to metonic", text[body.clone()].trim_end());
    finding(body, headline, "not understood", "write `-- metonic: allow(code)`, and why after it".to_owned())
}

fn unknown(text: &str, code: Range<usize>) -> Finding {
    let word = text[code.clone()].to_owned();
    let headline = match Code::from_slug(&word) {
        Some(_) => format!("`{word}` cannot be allowed"),
        None => format!("there is no warning called `{word}`"),
    };
    let help = match closest(&word, CODES.iter().map(|code| code.slug())) {
        Some(close) => format!("did you mean `{close}`?"),
        None => {
            let all: Vec<String> = CODES.iter().map(|code| format!("`{code}`")).collect();
            format!("what can be allowed is {}", all.join(", "))
        }
    };
    finding(code, headline, "not known", help)
}

fn silences_nothing(text: &str, code: Range<usize>, line: usize) -> Finding {
    let headline = format!("there is no `{}` here to allow", &text[code.clone()]);
    let help = match text.lines().nth(line).map(str::trim).filter(|line| !line.is_empty()) {
        Some(_) => "remove the comment, or put it on the line it is about, or on the line above",
        None => "put the comment on the line it is about, or on the line above",
    };
    finding(code, headline, "silences nothing", help.to_owned())
}
