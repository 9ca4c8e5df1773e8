//! Round trips over many generated values and failures, and what must be refused.

use std::{collections::HashMap, time::Duration};

use metonic_bridge::protos::{
    coresdk::workflow_activation::{
        InitializeWorkflow, WorkflowActivation, WorkflowActivationJob, workflow_activation_job::Variant,
    },
    temporal::api::{
        common::v1::{ActivityType, Payload, Payloads, WorkflowExecution, WorkflowType},
        failure::v1::{
            ActivityFailureInfo, ApplicationFailureInfo, CanceledFailureInfo, ChildWorkflowExecutionFailureInfo,
            Failure as ProtoFailure, NexusHandlerFailureInfo, ServerFailureInfo, TerminatedFailureInfo,
            TimeoutFailureInfo, failure::FailureInfo as ProtoInfo,
        },
    },
};

use super::{
    failure::NOT_FOUND_TYPES,
    from_activation, from_failure,
    payload::from_payload,
    time::{from_duration, from_timestamp, to_duration, to_timestamp},
    to_failure, to_payload,
};
use crate::value::{Failure, FailureInfo, Map, Value};

const ROUNDS: u64 = 2_000;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn is_lucky(&mut self) -> bool {
        self.next(2) == 0
    }

    fn text(&mut self) -> String {
        const LETTERS: [&str; 8] = ["a", "é", "\"", "\\", "\u{0}", "🌕", "\n", "z"];
        let length = self.next(6);
        (0..length).map(|_| LETTERS[usize::try_from(self.next(8)).unwrap()]).collect()
    }

    fn value(&mut self, depth: u64) -> Value {
        match self.next(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => Value::Bool(self.is_lucky()),
            2 => Value::Int(self.next(u64::MAX).cast_signed()),
            3 => Value::UInt(u64::MAX - self.next(1 << 60)),
            4 => Value::Float(f64::from_bits(self.next(u64::MAX)).clamp(-1e300, 1e300)).finite(),
            5 => Value::Text(self.text()),
            6 => Value::List((0..self.next(4)).map(|_| self.value(depth - 1)).collect()),
            _ => Value::Map((0..self.next(4)).map(|_| (self.text(), self.value(depth - 1))).collect::<Map>()),
        }
    }

    /// A failure as code of ours makes it.
    fn failure(&mut self, depth: u64) -> Failure {
        let kinds = ["", "Invalid", "PaymentDeclined", "NotFound"];
        let retryable = match self.next(3) {
            0 => None,
            other => Some(other == 1),
        };
        let delay = self.is_lucky().then(|| Duration::from_millis(self.next(100_000)));
        Failure {
            kind: kinds[usize::try_from(self.next(4)).unwrap()].to_owned(),
            foreign_type: String::new(),
            message: self.text(),
            retryable,
            details: self.is_lucky().then(|| self.value(2)).filter(|details| *details != Value::Null),
            stack: self.text(),
            source: "metonic".to_owned(),
            info: FailureInfo::Application { next_retry_delay: delay, foreign_details: Vec::new() },
            original: Vec::new(),
            cause: (depth > 0 && self.is_lucky()).then(|| Box::new(self.failure(depth - 1))),
        }
    }

    fn payload(&mut self) -> Payload {
        if self.next(4) == 0 {
            let metadata = HashMap::from([("encoding".to_owned(), b"binary/encrypted".to_vec())]);
            return Payload { metadata, data: vec![1, 2, 3], ..Payload::default() };
        }
        to_payload(&self.value(2)).unwrap()
    }

    fn payloads(&mut self) -> Option<Payloads> {
        self.is_lucky().then(|| Payloads { payloads: (0..self.next(3)).map(|_| self.payload()).collect() })
    }

    /// A failure as any SDK or the server makes it.
    fn foreign(&mut self, depth: u64) -> ProtoFailure {
        let number = i64::try_from(self.next(1000)).unwrap();
        let state = i32::try_from(self.next(8)).unwrap();
        let info = match self.next(10) {
            0 | 1 => Some(ProtoInfo::ApplicationFailureInfo(ApplicationFailureInfo {
                r#type: ["", "ActivityNotRegisteredError", "ValueError"][usize::try_from(self.next(3)).unwrap()]
                    .to_owned(),
                non_retryable: self.is_lucky(),
                details: self.payloads(),
                next_retry_delay: self.is_lucky().then(|| to_duration(Duration::from_secs(1))),
                category: i32::try_from(self.next(2)).unwrap(),
            })),
            2 => Some(ProtoInfo::TimeoutFailureInfo(TimeoutFailureInfo {
                timeout_type: i32::try_from(self.next(5)).unwrap(),
                last_heartbeat_details: self.payloads(),
            })),
            3 => Some(ProtoInfo::CanceledFailureInfo(CanceledFailureInfo {
                details: self.payloads(),
                identity: self.text(),
            })),
            4 => Some(ProtoInfo::TerminatedFailureInfo(TerminatedFailureInfo { identity: self.text() })),
            5 => Some(ProtoInfo::ServerFailureInfo(ServerFailureInfo { non_retryable: self.is_lucky() })),
            6 => Some(ProtoInfo::ActivityFailureInfo(ActivityFailureInfo {
                scheduled_event_id: number,
                started_event_id: number,
                identity: self.text(),
                activity_type: self.is_lucky().then(|| ActivityType { name: self.text() }),
                activity_id: self.text(),
                retry_state: state,
            })),
            7 => Some(ProtoInfo::ChildWorkflowExecutionFailureInfo(ChildWorkflowExecutionFailureInfo {
                namespace: self.text(),
                workflow_execution: Some(WorkflowExecution { workflow_id: self.text(), run_id: self.text() }),
                workflow_type: self.is_lucky().then(|| WorkflowType { name: self.text() }),
                initiated_event_id: number,
                started_event_id: number,
                retry_state: state,
            })),
            8 => Some(ProtoInfo::NexusHandlerFailureInfo(NexusHandlerFailureInfo {
                r#type: self.text(),
                retry_behavior: 1,
            })),
            _ => None,
        };
        ProtoFailure {
            message: self.text(),
            source: ["GoSDK", "WippySDK", "metonic"][usize::try_from(self.next(3)).unwrap()].to_owned(),
            stack_trace: self.text(),
            encoded_attributes: self.is_lucky().then(|| self.payload()),
            cause: (depth > 0 && self.is_lucky()).then(|| Box::new(self.foreign(depth - 1))),
            failure_info: info,
        }
    }
}

impl Value {
    /// The value, or zero for what JSON cannot hold.
    fn finite(self) -> Self {
        match self {
            Self::Float(number) if !number.is_finite() => Self::Float(0.0),
            other => other,
        }
    }
}

/// What our fields tell; the kept bytes are another way to tell the same.
fn told(failure: &Failure) -> Failure {
    let cause = failure.cause.as_deref().map(|cause| Box::new(told(cause)));
    Failure { original: Vec::new(), cause, ..failure.clone() }
}

#[test]
fn values_come_back_as_they_were() {
    let mut dice = Dice(88_172_645_463_325_252);
    for _ in 0..ROUNDS {
        let value = dice.value(3);
        assert_eq!(from_payload(&to_payload(&value).unwrap()), Ok(value));
    }
    let bytes = Value::Bytes(vec![0, 255, 128]);
    assert_eq!(from_payload(&to_payload(&bytes).unwrap()), Ok(bytes));
}

#[test]
fn our_failures_come_back_as_they_were() {
    let mut dice = Dice(4_101_842_887_655_102_017);
    for _ in 0..ROUNDS {
        let failure = dice.failure(3);
        assert_eq!(told(&from_failure(&to_failure(&failure))), failure);
    }
}

#[test]
fn the_failures_of_others_go_on_as_they_came() {
    let mut dice = Dice(2_685_821_657_736_338_717);
    for _ in 0..ROUNDS {
        let foreign = dice.foreign(3);
        assert_eq!(to_failure(&from_failure(&foreign)), foreign);
    }
}

#[test]
fn a_foreign_failure_that_was_changed_goes_on_changed() {
    let foreign = ProtoFailure {
        message: "no".to_owned(),
        failure_info: Some(ProtoInfo::ApplicationFailureInfo(ApplicationFailureInfo {
            r#type: "ValueError".to_owned(),
            category: 1,
            ..ApplicationFailureInfo::default()
        })),
        ..ProtoFailure::default()
    };
    let mut failure = from_failure(&foreign);
    failure.message = "no, and why".to_owned();
    assert_eq!(to_failure(&failure).message, "no, and why");
}

#[test]
fn details_that_are_bytes_go_and_come_with_their_chain() {
    let details = |bytes: &[u8]| Some(Value::Bytes(bytes.to_vec()));
    let cause = Failure { details: details(b"\xfe"), retryable: Some(true), ..Failure::new("Inner", "inner") };
    let cause = Failure { source: "metonic".to_owned(), ..cause };
    let failure = Failure { details: details(b"\xff\xfe"), retryable: Some(false), ..Failure::new("K", "m") };
    let failure = failure.caused_by(cause);
    assert_eq!(without_info(from_failure(&to_failure(&failure))), without_info(failure));
}

/// What a failure says, wherever it has been.
fn without_info(failure: Failure) -> Failure {
    let cause = failure.cause.map(|cause| Box::new(without_info(*cause)));
    Failure { info: FailureInfo::None, source: String::new(), cause, ..failure }
}

#[test]
fn a_chain_that_wippy_wrote_is_read() {
    let chain = br#"{"errors":[{"message":"outer","kind":"Invalid","retryable":false,"details":{"a":1}},{"message":"inner","kind":"NotFound"}]}"#;
    let details = Payloads { payloads: vec![to_payload(&Value::from_json(chain).unwrap()).unwrap()] };
    let failure = from_failure(&ProtoFailure {
        message: "outer".to_owned(),
        source: "WippySDK".to_owned(),
        failure_info: Some(ProtoInfo::ApplicationFailureInfo(ApplicationFailureInfo {
            r#type: "Invalid".to_owned(),
            non_retryable: true,
            details: Some(details),
            ..ApplicationFailureInfo::default()
        })),
        ..ProtoFailure::default()
    });
    assert_eq!((failure.kind.as_str(), failure.retryable), ("Invalid", Some(false)));
    assert_eq!(failure.details, Some(Value::from_json(br#"{"a":1}"#).unwrap()));
    let inner = failure.cause.unwrap();
    assert_eq!((inner.kind.as_str(), inner.message.as_str(), inner.retryable), ("NotFound", "inner", None));
}

#[test]
fn an_unregistered_activity_of_another_sdk_is_not_found() {
    let info =
        ApplicationFailureInfo { r#type: "ActivityNotRegisteredError".to_owned(), ..ApplicationFailureInfo::default() };
    let foreign =
        ProtoFailure { failure_info: Some(ProtoInfo::ApplicationFailureInfo(info)), ..ProtoFailure::default() };
    assert_eq!(from_failure(&foreign).kind, "NotFound");
}

/// What another SDK says when nobody has `what`, below what the server says of the activity.
fn not_registered(what: &str) -> ProtoFailure {
    let info = ApplicationFailureInfo { r#type: what.to_owned(), ..ApplicationFailureInfo::default() };
    let failure_info = Some(ProtoInfo::ApplicationFailureInfo(info));
    let cause = ProtoFailure { message: "nobody has it".to_owned(), failure_info, ..ProtoFailure::default() };
    ProtoFailure {
        failure_info: Some(ProtoInfo::ActivityFailureInfo(ActivityFailureInfo::default())),
        cause: Some(Box::new(cause)),
        ..ProtoFailure::default()
    }
}

#[test]
fn a_foreign_type_stays_beside_the_kind_that_stands_for_it() {
    for name in NOT_FOUND_TYPES {
        let foreign = not_registered(name);
        let failure = from_failure(&foreign);
        let cause = failure.cause.as_deref().unwrap();
        assert_eq!((failure.kind.as_str(), failure.type_name()), ("NotFound", name));
        assert_eq!((cause.kind.as_str(), cause.type_name()), ("NotFound", name));
        assert_eq!(to_failure(&failure), foreign);
    }
}

#[test]
fn a_foreign_type_stays_when_our_code_puts_words_in_front() {
    for name in NOT_FOUND_TYPES {
        let inner = from_failure(not_registered(name).cause.as_deref().unwrap());
        let wrapped = Failure { message: "no: nobody has it".to_owned(), ..inner };
        let again = from_failure(&to_failure(&wrapped));
        assert_eq!((again.kind.as_str(), again.type_name()), ("NotFound", name));
        assert_eq!(told(&again), told(&wrapped));
    }
}

#[test]
fn a_kind_of_ours_that_is_called_like_a_foreign_type_is_that_kind() {
    let ours = Failure::new("NotFoundError", "no");
    let again = from_failure(&to_failure(&ours));
    assert_eq!((again.kind.as_str(), again.foreign_type.as_str()), ("NotFoundError", ""));
}

#[test]
fn other_encodings_are_refused_by_name() {
    let mut payload = Payload { metadata: HashMap::new(), data: b"{}".to_vec(), ..Payload::default() };
    let said = |payload: &Payload| from_payload(payload).unwrap_err().to_string();
    assert_eq!(said(&payload), "missing encoding metadata in payload");
    payload.metadata.insert("encoding".to_owned(), b"json/protobuf".to_vec());
    assert!(said(&payload).starts_with("unsupported temporal payload encoding: `json/protobuf`"));
    payload.metadata.insert("encoding".to_owned(), b"json/plain".to_vec());
    payload.data = b"18446744073709551616".to_vec();
    assert!(said(&payload).contains("`18446744073709551616` does not fit 64 bits"));
}

#[test]
fn what_json_cannot_hold_is_refused_with_its_place() {
    let said = |value: Value| to_payload(&value).unwrap_err().to_string();
    let inside = |value: Value| Value::Map(Map::from_iter([("a".to_owned(), Value::List(vec![Value::Null, value]))]));
    assert_eq!(said(inside(Value::Float(f64::NAN))), "`a[1]` is a number that JSON cannot hold: NaN");
    assert!(said(inside(Value::Bytes(vec![1]))).starts_with("`a[1]` is bytes inside a table"));
}

#[test]
fn times_and_spans_come_back_as_they_were() {
    let mut dice = Dice(1_181_783_497_276_652_981);
    for _ in 0..ROUNDS {
        let span = Duration::new(dice.next(1 << 40), u32::try_from(dice.next(1_000_000_000)).unwrap());
        assert_eq!(from_duration(to_duration(span)), span);
        let time = std::time::SystemTime::UNIX_EPOCH + span;
        assert_eq!(from_timestamp(&to_timestamp(time)), time);
    }
}

#[test]
fn an_input_that_cannot_be_read_is_told_with_its_run() {
    let metadata = HashMap::from([("encoding".to_owned(), b"json/protobuf".to_vec())]);
    let start = InitializeWorkflow {
        workflow_id: "order-1".to_owned(),
        workflow_type: "app:order".to_owned(),
        arguments: vec![Payload { metadata, ..Payload::default() }],
        attempt: 1,
        ..InitializeWorkflow::default()
    };
    let job = WorkflowActivationJob { variant: Some(Variant::InitializeWorkflow(start)) };
    let activation =
        WorkflowActivation { run_id: "run-1".to_owned(), jobs: vec![job], ..WorkflowActivation::default() };
    let undecodable = from_activation(activation, "default", "q").unwrap_err();
    assert_eq!(undecodable.subject.note(), "workflow app:order, id order-1, run run-1, attempt 1");
}
