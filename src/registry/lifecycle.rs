//! The `lifecycle` block: the same for every kind that is started.

use std::time::Duration;

use super::{Lifecycle, Ref, Startup, Target};
use crate::{
    entry::Relation,
    service::Restart,
    value::{Value, format_duration, parse_duration},
    yaml::{DecodeCx, Field, Node, Pair, Plain, Rule, choices, record},
};

/// Anything that is started.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Started;

impl Target for Started {
    const KINDS: &'static [&'static str] = &[];
    const RELATION: Relation = Relation::Needs;
}

const FRACTION: Rule<f64> = Rule {
    test: |number| {
        if (0.0..=1.0).contains(number) { Ok(()) } else { Err("is a part of the whole: 0 to 1".to_owned()) }
    },
    schema: &[("minimum", 0.0), ("maximum", 1.0)],
};

const AT_LEAST_ONE: Rule<f64> = Rule {
    // 0 means the default.
    test: |number| {
        if *number >= 1.0 || *number == 0.0 { Ok(()) } else { Err("cannot be below 1: waits never shrink".to_owned()) }
    },
    schema: &[("zeroOrMinimum", 1.0)],
};

choices! {
    /// Whether the process counts as started without the entry.
    pub(crate) enum StartupWord {
        /// The process waits for it.
        Required = "required",
        /// The process goes on while this retries.
        Optional = "optional",
    }
}

record! {
    /// How often, and with which waits, a service is started again after it failed.
    pub(crate) struct RestartFields with defaults checked by delays_fit {
        /// The first wait; `0s` means the default.
        initial_delay: Duration = Duration::from_secs(1);
        /// No wait is longer; `0s` means the default.
        max_delay: Duration = Duration::from_secs(90);
        /// Each wait is this much longer than the one before; 0 means the default.
        backoff_factor: f64 where AT_LEAST_ONE = 2.0;
        /// The part of a wait by which it may be shorter or longer; 0: none.
        jitter: f64 where FRACTION = 0.1;
        /// Give up after so many attempts; 0: never.
        max_attempts: u32 = 0;
    }
}

record! {
    /// How an entry is started and stopped.
    pub(crate) struct LifecycleFields {
        /// Start it with the process, or when it is added.
        auto_start: bool = false;
        /// Whether the process counts as started without it.
        startup: StartupWord = StartupWord::Required;
        /// Entries that have to run first.
        requires: Vec<Ref<Started>>;
        /// The older name of `requires`; both are added up.
        depends_on: Vec<Ref<Started>>;
        /// A start that takes longer has failed; `0s` means the default.
        start_timeout: Duration = Duration::from_secs(10);
        /// A stop that takes longer is ended by force; `0s` means the default.
        stop_timeout: Duration = Duration::from_secs(10);
        /// A service that ran this long begins again at the first wait; `0s` means the default.
        stable_threshold: Duration = Duration::from_secs(5);
        /// How it is started again.
        restart: RestartFields = RestartFields::default();
        /// The identity it runs under.
        security: Option<Value> = None, only "metonic has no security scopes yet";
    }
}

fn delays_fit(fields: &RestartFields, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    let RestartFields { initial_delay, max_delay, .. } = fields.without_zeros();
    if cx.is_unread(&["initial_delay", "max_delay"]) || initial_delay <= max_delay {
        return Some(());
    }
    let place = node.get("initial_delay").or_else(|| node.get("max_delay"))?;
    let [first, longest] = [initial_delay, max_delay].map(format_duration);
    cx.bad_value(place.span, format!("`initial_delay`, {first}, is longer than `max_delay`, {longest}"));
    None
}

impl RestartFields {
    /// What stands for its default: a zero that would make no sense.
    fn without_zeros(&self) -> Self {
        let usual = Self::default();
        Self {
            initial_delay: or_usual(self.initial_delay, usual.initial_delay),
            max_delay: or_usual(self.max_delay, usual.max_delay),
            backoff_factor: if self.backoff_factor == 0.0 { usual.backoff_factor } else { self.backoff_factor },
            ..self.clone()
        }
    }
}

/// The block as it is meant: without the zeros that mean a default.
pub(super) fn meant(block: &Node) -> Node {
    let is_zero = |node: &Node| {
        let number = |plain| matches!(plain, Plain::Int(0) | Plain::Float(0.0));
        let nothing = |text: &str| parse_duration(text).is_ok_and(|duration| duration.is_zero());
        node.as_scalar().is_some_and(|scalar| number(scalar.plain()) || nothing(&scalar.text))
    };
    let kept = |pair: &&Pair| matches!(pair.name(), "jitter" | "max_attempts") || !is_zero(&pair.value);
    let Some(pairs) = block.as_map() else { return block.clone() };
    let inner = |pair: &Pair| Pair { value: meant(&pair.value), ..pair.clone() };
    Node::map(block.span, pairs.iter().filter(kept).map(inner).collect())
}

/// Whether a field of the block has a value that no start reads from a variable.
pub(super) fn is_fixed(block: Option<&Node>, key: &str) -> bool {
    let field = block.and_then(|block| block.get(key)).and_then(Node::as_scalar);
    field.is_none_or(|scalar| !scalar.text.contains("${"))
}

fn or_usual(duration: Duration, usual: Duration) -> Duration {
    if duration.is_zero() { usual } else { duration }
}

impl Lifecycle {
    /// Reads the block at `node`.
    pub(super) fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let fields = LifecycleFields::decode(node, cx)?;
        let mut requires = Vec::new();
        for target in fields.requires.into_iter().chain(fields.depends_on) {
            if !requires.contains(&target.id) {
                requires.push(target.id);
            }
        }
        let RestartFields { initial_delay, max_delay, backoff_factor, jitter, max_attempts } =
            fields.restart.without_zeros();
        let usual = Self::default();
        Some(Self {
            auto_start: fields.auto_start,
            startup: match fields.startup {
                StartupWord::Required => Startup::Required,
                StartupWord::Optional => Startup::Optional,
            },
            requires,
            start_timeout: or_usual(fields.start_timeout, usual.start_timeout),
            stop_timeout: or_usual(fields.stop_timeout, usual.stop_timeout),
            restart: Restart {
                initial_delay,
                max_delay,
                backoff_factor,
                jitter,
                max_attempts: (max_attempts > 0).then_some(max_attempts),
                stable_threshold: or_usual(fields.stable_threshold, usual.restart.stable_threshold),
            },
        })
    }
}
