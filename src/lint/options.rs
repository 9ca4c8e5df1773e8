//! Timeouts in `with_options({ … })`, where they are written out.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use super::{
    Finding, Timeout, Timeouts,
    calls::{Call, Callee},
    names::{BindingId, Names},
};
use crate::{
    lua::tree::{Block, Expression, ExpressionKind, Item, Key, Next, Part},
    value::parse_duration,
};

/// What may stand before a key.
const PREFIXES: [&str; 2] = ["temporal.activity.", "activity."];

/// Functions have heartbeat timeouts of their own, which such options do not take away: with
/// `has_heartbeats` a missing one is no finding.
pub(super) fn look<'t>(tree: &'t Block, names: &Names<'t>, has_heartbeats: bool, found: &mut Vec<Finding>) {
    let mut only: Vec<Call<'t>> = Vec::new();
    // How often a local is handed over as options.
    let mut handed: BTreeMap<BindingId, usize> = BTreeMap::new();
    tree.walk(&mut |part| {
        if let Part::Expression(expression) = part {
            let mut calls: Vec<Call<'t>> = names.calls(expression).into_iter().filter(sets_options).collect();
            for id in calls.iter().filter_map(|call| local(call, names)) {
                *handed.entry(id).or_default() += 1;
            }
            // Options on top of others are only a part of what holds.
            if calls.len() == 1 {
                only.append(&mut calls);
            }
        }
        Next::Inside
    });
    for call in only {
        let finding = options(&call, names, &handed).and_then(|items| of_options(items, names, has_heartbeats));
        found.extend(finding.filter(|finding| !found.contains(finding)));
    }
}

/// The local that a call is given.
fn local(call: &Call<'_>, names: &Names<'_>) -> Option<BindingId> {
    match call.arguments {
        [Expression { kind: ExpressionKind::Name, span }] => names.id(span),
        _ => None,
    }
}

/// The options of a call: written in it, or in a local that is set once and used for options only, so
/// that nobody adds to them.
fn options<'t>(call: &Call<'t>, names: &Names<'t>, handed: &BTreeMap<BindingId, usize>) -> Option<&'t [Item]> {
    match call.arguments {
        [Expression { kind: ExpressionKind::Table(items), .. }] => Some(items),
        [Expression { kind: ExpressionKind::Name, span }] => {
            let binding = names.binding(span)?;
            let is_only_options = handed.get(&names.id(span)?) == Some(&binding.reads);
            binding.table.filter(|_| is_only_options)
        }
        _ => None,
    }
}

fn sets_options(call: &Call<'_>) -> bool {
    match &call.callee {
        Callee::Module { made, name, .. } => {
            made.module == "funcs" && *name == "with_options" && made.by != Some("with_options")
        }
        _ => false,
    }
}

fn of_options(items: &[Item], names: &Names<'_>, has_heartbeats: bool) -> Option<Finding> {
    let key = |item: &Item| match &item.key {
        Key::Name(name) => Some(names.word(name)),
        Key::Expression(Expression { kind: ExpressionKind::Text, span }) => {
            let text = names.word(span).trim_matches(['"', '\'']);
            Some(PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text))
        }
        _ => None,
    };
    let keys: Vec<(Option<&str>, &Item)> = items.iter().map(|item| (key(item), item)).collect();
    let item = |wanted: &str| keys.iter().find(|(key, _)| *key == Some(wanted)).map(|(_, item)| *item);
    // A local activity has no heartbeat; and what cannot be read may be anything.
    if item("local").is_some() || keys.iter().any(|(key, _)| key.is_none()) {
        return None;
    }
    let timeout = |wanted: &str| timeout(item(wanted)?, names);
    let timeouts = Timeouts {
        start_to_close: timeout("start_to_close_timeout"),
        schedule_to_close: timeout("schedule_to_close_timeout"),
        heartbeat: timeout("heartbeat_timeout"),
    };
    let wrong = timeouts.wrong(has_heartbeats || item("heartbeat_timeout").is_some())?;
    Some(Finding {
        code: wrong.code,
        span: wrong.place,
        headline: wrong.headline,
        label: wrong.label.to_owned(),
        help: wrong.help.to_owned(),
        note: Some(wrong.note.to_owned()),
    })
}

/// A duration that is written out: a text, or a number of milliseconds.
fn timeout(item: &Item, names: &Names<'_>) -> Option<Timeout<Range<usize>>> {
    let text = names.word(&item.value.span);
    let value = match item.value.kind {
        ExpressionKind::Text => parse_duration(text.trim_matches(['"', '\''])).ok()?,
        ExpressionKind::Number => Duration::from_millis(text.parse().ok()?),
        _ => return None,
    };
    Some(Timeout { value, place: item.value.span.clone() })
}
