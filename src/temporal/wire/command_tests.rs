//! What commands say to the core.

use metonic_bridge::protos::coresdk::{
    common::VersioningIntent as ProtoIntent,
    workflow_commands::{WorkflowCommand, workflow_command::Variant},
    workflow_completion::workflow_activation_completion::Status,
};

use super::{CommandCx, to_completion};
use crate::workflow::{
    Command, Completion, ContinueAsNew, Emitted, Headers, Queue, RunTimeouts, ScheduleActivity, VersioningIntent,
};

const INTENTS: [(Option<VersioningIntent>, ProtoIntent); 3] = [
    (None, ProtoIntent::Unspecified),
    (Some(VersioningIntent::Compatible), ProtoIntent::Compatible),
    (Some(VersioningIntent::Default), ProtoIntent::Default),
];

fn written(command: Command) -> WorkflowCommand {
    let cx = CommandCx { queue_prefix: "p-".to_owned(), task_queue: "p-own".to_owned(), namespace: "n".to_owned() };
    let completion = Completion::Commands(vec![Emitted { command, site: Vec::new() }]);
    let Some(Status::Successful(success)) = to_completion("run", &completion, &cx).unwrap().status else {
        panic!("commands are a success")
    };
    success.commands.into_iter().next().unwrap()
}

fn activity() -> ScheduleActivity {
    ScheduleActivity::plain(1, "app:charge")
}

fn next_run() -> ContinueAsNew {
    ContinueAsNew {
        workflow_type: None,
        queue: Queue::Own,
        arguments: Vec::new(),
        headers: Headers::default(),
        timeouts: RunTimeouts::default(),
        memo: None,
        search_attributes: None,
        retry: None,
        intent: None,
        delay: None,
        upgrades: false,
    }
}

#[test]
fn the_intent_of_an_activity_is_told() {
    for (intent, expected) in INTENTS {
        let command = Command::ScheduleActivity(Box::new(ScheduleActivity { intent, ..activity() }));
        let Some(Variant::ScheduleActivity(told)) = written(command).variant else { panic!("it is an activity") };
        assert_eq!(told.versioning_intent(), expected);
    }
}

#[test]
fn the_intent_of_the_next_run_is_told() {
    for (intent, expected) in INTENTS {
        let command = Command::ContinueAsNew(Box::new(ContinueAsNew { intent, ..next_run() }));
        let Some(Variant::ContinueAsNewWorkflowExecution(told)) = written(command).variant else {
            panic!("it is the next run")
        };
        assert_eq!(told.versioning_intent(), expected);
    }
}

#[test]
fn an_activity_goes_to_the_queue_that_is_meant() {
    let queues = [
        (Queue::Own, "p-own"),
        (Queue::Named("other".to_owned()), "p-other"),
        (Queue::Full("far-other".to_owned()), "far-other"),
    ];
    for (queue, expected) in queues {
        let command = Command::ScheduleActivity(Box::new(ScheduleActivity { queue, ..activity() }));
        let Some(Variant::ScheduleActivity(told)) = written(command).variant else { panic!("it is an activity") };
        assert_eq!(told.task_queue, expected);
    }
}
