//! What a piece of code does to the coroutine that runs it: whether it waits, and how it is left.

use super::{calls::Effects, names::Names};
use crate::lua::{
    Profile,
    tree::{Block, Expression, ExpressionKind, Function, Next, Part, Statement, StatementKind},
};

/// Judges pieces of one text.
pub(super) struct Flow<'t, 'p> {
    pub(super) names: &'p Names<'t>,
    pub(super) profile: &'p Profile,
}

impl Flow<'_, '_> {
    /// What a body may do at worst. Functions that are handed to a call count as called.
    pub(super) fn effects(&self, body: &Block) -> Effects {
        self.of_block(body, &mut Vec::new())
    }

    fn of_block(&self, body: &Block, open: &mut Vec<*const Function>) -> Effects {
        let mut worst = Effects::Computes;
        body.walk(&mut |part| self.see(part, &mut worst, open));
        worst
    }

    fn see(&self, part: Part<'_>, worst: &mut Effects, open: &mut Vec<*const Function>) -> Next {
        match part {
            Part::Statement(Statement {
                kind: StatementKind::LocalFunction { .. } | StatementKind::Function { .. },
                ..
            })
            | Part::Expression(Expression { kind: ExpressionKind::Function(_), .. }) => return Next::Beside,
            Part::Statement(_) => {}
            Part::Expression(expression) => {
                for call in self.names.calls(expression) {
                    let by_itself =
                        call.effects(self.names, self.profile, &mut |function| self.of_function(function, open));
                    *worst = (*worst).max(by_itself);
                    for handed in call.arguments.iter().filter_map(|argument| self.names.function(argument)) {
                        *worst = (*worst).max(self.of_function(handed, open));
                    }
                }
            }
        }
        Next::Inside
    }

    /// A function that calls itself does what else it does.
    fn of_function(&self, function: &Function, open: &mut Vec<*const Function>) -> Effects {
        let address: *const Function = function;
        if open.contains(&address) {
            return Effects::Computes;
        }
        open.push(address);
        let effects = self.of_block(&function.body, open);
        open.pop();
        effects
    }
}

/// Whether a loop with this body can be left by `break` or `return`.
pub(super) fn can_be_left(body: &Block) -> bool {
    leaves(body, true)
}

fn leaves(body: &Block, own_breaks: bool) -> bool {
    body.0.iter().any(|statement| match &statement.kind {
        StatementKind::Return(_) => true,
        StatementKind::Break => own_breaks,
        StatementKind::Do(body) => leaves(body, own_breaks),
        StatementKind::If { arms, otherwise } => {
            arms.iter().any(|(_, body)| leaves(body, own_breaks))
                || otherwise.as_ref().is_some_and(|body| leaves(body, own_breaks))
        }
        StatementKind::While { body, .. }
        | StatementKind::Repeat { body, .. }
        | StatementKind::Count { body, .. }
        | StatementKind::Each { body, .. } => leaves(body, false),
        _ => false,
    })
}
