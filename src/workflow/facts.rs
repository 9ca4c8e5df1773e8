//! What a run knows of itself and never changes, in little room.
//!
//! Thousands of runs wait in memory, and most know the same: their type, namespace and queue; that no
//! run was before them and none stands above them. What runs share is kept once for all of them on a
//! lane, and what only some have takes eight bytes in the others.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    entry::EntryId,
    value::{Failure, Map, Value},
    workflow::{FailurePolicy, Priority, Relative, RetryPolicy, SearchAttributes, Start, StartInfo},
};

/// What a run knows of itself and never changes.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) entry: EntryId,
    pub(super) failure_policy: FailurePolicy,
    pub(super) run_id: Arc<str>,
    pub(super) workflow_id: Box<str>,
    pub(super) names: Rc<Names>,
    pub(super) attempt: u32,
    start_time: SystemTime,
    task_timeout: Option<Duration>,
    rare: Option<Box<Rare>>,
}

/// What many runs have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) workflow_type: String,
    pub(super) namespace: String,
    pub(super) task_queue: String,
}

/// What most runs do not have.
#[derive(Debug, Default, PartialEq)]
struct Rare {
    /// Nothing: the run itself.
    first_run_id: Option<String>,
    original_run_id: Option<String>,
    continued_run_id: Option<String>,
    cron: Option<String>,
    cron_schedule_to_schedule_interval: Option<Duration>,
    execution_timeout: Option<Duration>,
    execution_expiration_time: Option<SystemTime>,
    run_timeout: Option<Duration>,
    parent: Option<Box<Relative>>,
    root: Option<Root>,
    memo: Map,
    search_attributes: SearchAttributes,
    retry_policy: Option<Box<RetryPolicy>>,
    priority: Option<Box<Priority>>,
    last_failure: Option<Box<Failure>>,
    last_result: Option<Box<Value>>,
    context: Map,
    input: Vec<Value>,
}

/// The run at the top of a family.
#[derive(Debug, PartialEq)]
enum Root {
    Itself,
    Other(Box<Relative>),
}

impl Names {
    pub(super) fn of(start: &Start) -> Self {
        Self {
            workflow_type: start.workflow_type.clone(),
            namespace: start.info.namespace.clone(),
            task_queue: start.info.task_queue.clone(),
        }
    }
}

impl Facts {
    pub(super) fn new(
        entry: EntryId,
        failure_policy: FailurePolicy,
        run_id: &Arc<str>,
        names: Rc<Names>,
        info: StartInfo,
        context: Map,
        input: Vec<Value>,
    ) -> Self {
        let other = |id: String| Some(id).filter(|id| **id != **run_id);
        let root = info.root.map(|root| {
            let is_itself =
                *root.run_id == **run_id && root.workflow_id == info.workflow_id && root.namespace == names.namespace;
            if is_itself { Root::Itself } else { Root::Other(root) }
        });
        let rare = Rare {
            first_run_id: other(info.first_run_id),
            original_run_id: other(info.original_run_id),
            continued_run_id: info.continued_run_id,
            cron: info.cron,
            cron_schedule_to_schedule_interval: info.cron_schedule_to_schedule_interval,
            execution_timeout: info.execution_timeout,
            execution_expiration_time: info.execution_expiration_time,
            run_timeout: info.run_timeout,
            parent: info.parent,
            root,
            memo: info.memo,
            search_attributes: info.search_attributes,
            retry_policy: info.retry_policy,
            priority: info.priority,
            last_failure: info.last_failure,
            last_result: info.last_result,
            context,
            input,
        };
        Self {
            entry,
            failure_policy,
            run_id: Arc::clone(run_id),
            workflow_id: info.workflow_id.into_boxed_str(),
            names,
            attempt: info.attempt,
            start_time: info.start_time,
            task_timeout: info.task_timeout,
            rare: Some(rare).filter(|rare| *rare != Rare::default()).map(Box::new),
        }
    }

    /// What the starter gave in the header `wippy-context`.
    pub(super) fn context(&self) -> Option<&Map> {
        self.rare.as_ref().map(|rare| &rare.context)
    }

    /// Its id before any reset.
    pub(super) fn original_run_id(&self) -> &str {
        let other = self.rare.as_ref().and_then(|rare| rare.original_run_id.as_deref());
        other.unwrap_or(&self.run_id)
    }

    /// What it was called with, where that may be shown.
    pub(super) fn input(&self) -> &[Value] {
        self.rare.as_ref().map_or(&[], |rare| &rare.input)
    }

    pub(super) fn memo(&self) -> Map {
        self.rare.as_ref().map(|rare| rare.memo.clone()).unwrap_or_default()
    }

    pub(super) fn search_attributes(&self) -> SearchAttributes {
        self.rare.as_ref().map(|rare| rare.search_attributes.clone()).unwrap_or_default()
    }

    /// Everything, as the run was told at its start.
    pub(super) fn info(&self) -> StartInfo {
        let none = Rare::default();
        let rare = self.rare.as_deref().unwrap_or(&none);
        let or_own = |id: &Option<String>| id.clone().unwrap_or_else(|| self.run_id.to_string());
        StartInfo {
            workflow_id: self.workflow_id.to_string(),
            namespace: self.names.namespace.clone(),
            task_queue: self.names.task_queue.clone(),
            attempt: self.attempt,
            first_run_id: or_own(&rare.first_run_id),
            continued_run_id: rare.continued_run_id.clone(),
            cron: rare.cron.clone(),
            cron_schedule_to_schedule_interval: rare.cron_schedule_to_schedule_interval,
            start_time: self.start_time,
            execution_timeout: rare.execution_timeout,
            execution_expiration_time: rare.execution_expiration_time,
            run_timeout: rare.run_timeout,
            task_timeout: self.task_timeout,
            parent: rare.parent.clone(),
            root: rare.root.as_ref().map(|root| match root {
                Root::Itself => Box::new(self.relative()),
                Root::Other(root) => root.clone(),
            }),
            memo: rare.memo.clone(),
            search_attributes: rare.search_attributes.clone(),
            retry_policy: rare.retry_policy.clone(),
            priority: rare.priority.clone(),
            last_failure: rare.last_failure.clone(),
            last_result: rare.last_result.clone(),
            original_run_id: or_own(&rare.original_run_id),
        }
    }

    /// The run as another one's relative.
    fn relative(&self) -> Relative {
        Relative {
            namespace: self.names.namespace.clone(),
            workflow_id: self.workflow_id.to_string(),
            run_id: self.run_id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn info() -> StartInfo {
        StartInfo {
            workflow_id: "order-1".to_owned(),
            namespace: "default".to_owned(),
            task_queue: "orders".to_owned(),
            attempt: 2,
            first_run_id: "run".to_owned(),
            continued_run_id: None,
            cron: None,
            cron_schedule_to_schedule_interval: None,
            start_time: SystemTime::UNIX_EPOCH,
            execution_timeout: None,
            execution_expiration_time: None,
            run_timeout: None,
            task_timeout: Some(Duration::from_secs(10)),
            parent: None,
            root: None,
            memo: Map::default(),
            search_attributes: SearchAttributes::default(),
            retry_policy: None,
            priority: None,
            last_failure: None,
            last_result: None,
            original_run_id: "run".to_owned(),
        }
    }

    fn facts(info: StartInfo) -> Facts {
        let names = Names {
            workflow_type: "orders".to_owned(),
            namespace: info.namespace.clone(),
            task_queue: info.task_queue.clone(),
        };
        let entry = EntryId::parse("app:orders", None).unwrap();
        Facts::new(entry, FailurePolicy::default(), &"run".into(), Rc::new(names), info, Map::default(), Vec::new())
    }

    fn relative(run_id: &str) -> Option<Box<Relative>> {
        Some(Box::new(Relative {
            namespace: "default".to_owned(),
            workflow_id: "order-1".to_owned(),
            run_id: run_id.to_owned(),
        }))
    }

    #[test]
    fn gives_back_what_the_run_was_told() {
        let rare = StartInfo {
            first_run_id: "first".to_owned(),
            original_run_id: "original".to_owned(),
            continued_run_id: Some("before".to_owned()),
            cron: Some("@daily".to_owned()),
            cron_schedule_to_schedule_interval: Some(Duration::from_hours(24)),
            execution_expiration_time: Some(SystemTime::UNIX_EPOCH + Duration::from_hours(24)),
            run_timeout: Some(Duration::from_secs(60)),
            parent: relative("parent"),
            root: relative("root"),
            memo: Map::from_iter([("note".to_owned(), Value::Int(1))]),
            last_result: Some(Box::new(Value::Bool(true))),
            ..info()
        };
        for told in [info(), StartInfo { root: relative("run"), ..info() }, rare] {
            assert_eq!(facts(told.clone()).info(), told);
        }
    }

    #[test]
    fn a_run_like_most_has_nothing_rare() {
        assert!(facts(info()).rare.is_none());
    }
}
