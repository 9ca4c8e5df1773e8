//! The Lua states of one lane, one for each program, and the calls that run in them.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use crate::{
    diag::Teller,
    function::{
        call::{Call, CallSetup},
        catalog::{Catalog, FunctionEntry},
        context::FunctionContext,
        drive::{Ended, drive},
        held::Held,
        outcome::{broken, outcome},
        problems,
        task::{FunctionOutcome, FunctionTask},
        world::World,
    },
    lua::{Program, Vm},
    source::Digest,
    value::Value,
};

/// How many states of programs that nobody calls just now are kept.
const MOST_IDLE: usize = 64;

/// The Lua states of one lane.
#[derive(Default)]
pub(crate) struct Vms(RefCell<HashMap<Digest, Rc<Vm>>>);

impl Vms {
    fn open(&self, program: &Arc<Program>) -> mlua::Result<Rc<Vm>> {
        let mut open = self.0.borrow_mut();
        if let Some(vm) = open.get(&program.hash()).filter(|vm| Held::has_room(vm)) {
            return Ok(Rc::clone(vm));
        }
        if open.len() >= MOST_IDLE {
            // A call keeps its own state alive.
            open.clear();
        }
        let vm = Rc::new(Vm::open(program)?);
        open.insert(program.hash(), Rc::clone(&vm));
        Ok(vm)
    }

    /// Calls that come later get a new state; those that run keep theirs.
    fn forget(&self, program: &Program) {
        self.0.borrow_mut().remove(&program.hash());
    }

    /// Runs one attempt to its end, on the lane that owns these states.
    pub(super) async fn run(
        self: Rc<Self>,
        task: FunctionTask,
        entry: Arc<FunctionEntry>,
        context: FunctionContext,
        catalog: Arc<Catalog>,
        world: Arc<World>,
        teller: Option<Arc<Teller>>,
    ) -> FunctionOutcome {
        let task = Arc::new(task);
        let arguments = task.arguments.clone();
        let setup = CallSetup { task: Arc::clone(&task), entry, context, catalog, world, teller, vms: self };
        let outcome = run(&Call::new(setup), &arguments).await;
        problems::log(&task, &outcome);
        outcome
    }
}

/// Runs a call to its end: in a realm of its own, of which nothing is left afterwards.
pub(super) async fn run(call: &Rc<Call>, arguments: &[Value]) -> FunctionOutcome {
    let program = &call.entry.program;
    let vm = match call.vms.open(program) {
        Ok(vm) => vm,
        Err(error) => return FunctionOutcome::Failed(broken(&error.to_string())),
    };
    let limit = call.task.start_to_close.into_iter().chain(call.task.schedule_to_close).min();
    let ended = drive(&vm, call, arguments, limit).await;
    problems::tell(&ended, call);
    if matches!(ended, Ended::Broken(_) | Ended::Tripped(..) | Ended::Laden(..)) {
        call.vms.forget(program);
    }
    outcome(ended, vm.lua(), &program.profile().limits, &call.context)
}
