//! What workflows are called among processes: `{client@worker|workflow id}`.
//!
//! A workflow id may hold any character, a bar and a brace too: it begins after the first bar and
//! ends before the last brace. In the parts before it these characters are written as `%7C` and so on.
//! Who sends an update is called `{update|its id}`, so that one answers it as one answers a process.

use std::fmt;

/// A process, or an update that waits for answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProcessId {
    Workflow {
        /// The id of the `temporal.client` entry.
        client: String,
        /// The id of the `temporal.worker` entry, or a task queue.
        host: String,
        workflow_id: String,
    },
    Update(String),
}

/// What stands before the bar of an update.
const UPDATE: &str = "update";

impl ProcessId {
    /// Nothing: the text is no process id.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (place, name) = text.strip_prefix('{')?.strip_suffix('}')?.split_once('|')?;
        if name.is_empty() {
            return None;
        }
        if place == UPDATE {
            return Some(Self::Update(name.to_owned()));
        }
        let (client, host) = place.split_once('@')?;
        Some(Self::Workflow { client: plain(client), host: plain(host), workflow_id: name.to_owned() })
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workflow { client, host, workflow_id } => {
                write!(f, "{{{}@{}|{workflow_id}}}", escaped(client), escaped(host))
            }
            Self::Update(id) => write!(f, "{{{UPDATE}|{id}}}"),
        }
    }
}

/// What would end a part too early, and how it is written instead; the percent sign comes first.
const ESCAPES: [(&str, &str); 4] = [("%", "%25"), ("@", "%40"), ("|", "%7C"), ("}", "%7D")];

fn escaped(part: &str) -> String {
    ESCAPES.iter().fold(part.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn plain(part: &str) -> String {
    ESCAPES.iter().rev().fold(part.to_owned(), |text, (from, to)| text.replace(to, from))
}

#[cfg(test)]
mod tests {
    use super::ProcessId;

    fn of(client: &str, host: &str, workflow_id: &str) -> ProcessId {
        ProcessId::Workflow { client: client.into(), host: host.into(), workflow_id: workflow_id.into() }
    }

    #[test]
    fn a_workflow_id_may_hold_any_character() {
        for id in ["order-1", "a|b", "}", "{x@y|z}", "a@b", "%7C", " ", "é|"] {
            let process = of("app:temporal", "app:worker", id);
            assert_eq!(ProcessId::parse(&process.to_string()), Some(process));
        }
    }

    #[test]
    fn a_queue_may_hold_any_character() {
        for host in ["orders", "a|b", "a@b", "%7C}", "%", "update"] {
            let process = of("app:temporal", host, "a|b@c");
            assert_eq!(ProcessId::parse(&process.to_string()), Some(process));
        }
    }

    #[test]
    fn an_update_is_a_process_of_its_own_sort() {
        assert_eq!(ProcessId::parse("{update|a|b}"), Some(ProcessId::Update("a|b".into())));
        assert_eq!(ProcessId::Update("a|b".into()).to_string(), "{update|a|b}");
    }

    #[test]
    fn what_is_no_process_id_is_none() {
        for text in ["", "name", "{a|", "a@b|c", "{a@b}", "{a@b|}", "{ab|c}"] {
            assert_eq!(ProcessId::parse(text), None, "{text}");
        }
    }
}
