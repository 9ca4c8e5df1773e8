//! `{ 1, nil, 2 }`: nobody can say how long such a list is.

use super::Finding;
use crate::{
    diag::Code,
    lua::tree::{Block, ExpressionKind, Item, Key, Next, Part},
};

pub(super) fn look(tree: &Block, found: &mut Vec<Finding>) {
    tree.walk(&mut |part| {
        if let Part::Expression(expression) = part
            && let ExpressionKind::Table(items) = &expression.kind
        {
            found.extend(hole(items));
        }
        Next::Inside
    });
}

/// A `nil` that something of the list comes after.
fn hole(items: &[Item]) -> Option<Finding> {
    let in_line: Vec<&Item> = items.iter().filter(|item| matches!(item.key, Key::Next)).collect();
    let (_, before_last) = in_line.split_last()?;
    let hole = before_last.iter().find(|item| matches!(item.value.kind, ExpressionKind::Nil))?;
    Some(Finding {
        code: Code::NilInList,
        span: hole.value.span.clone(),
        headline: "a list with `nil` in it has no certain length".to_owned(),
        label: "a hole".to_owned(),
        help: "leave the element out, write `false`, or give each element a name".to_owned(),
        note: Some("`#` and `ipairs` may stop here, and the list cannot be an argument or a result".to_owned()),
    })
}
