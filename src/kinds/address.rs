//! `host:port`.

use serde_json::json;

use crate::{
    diag::{Code, Diagnostic},
    temporal::is_loopback,
    yaml::{DecodeCx, Field, Given, Node, Schema},
};

/// Where a server listens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address(pub(crate) String);

impl Address {
    /// Whether nothing that is sent there leaves the machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether both lead to one server, as far as they tell: this machine has several names.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let port = |address: &Self| address.0.rsplit_once(':').map(|(_, port)| port.to_owned());
        self.0.eq_ignore_ascii_case(&other.0)
            || (self.is_loopback() && other.is_loopback() && port(self) == port(other))
    }

    /// Whether the server is Temporal Cloud, which takes no connection without TLS.
    pub(crate) fn is_cloud(&self) -> bool {
        let host = self.0.rsplit_once(':').map_or(&*self.0, |(host, _)| host);
        host.ends_with(".tmprl.cloud") || host.ends_with(".api.temporal.io")
    }
}

impl Field for Address {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let text = match cx.scalar(node, "an address")? {
            Given::Later => return Some(Self("localhost:7233".to_owned())),
            Given::Now { text, .. } => text,
        };
        let Err(reason) = check(&text) else { return Some(Self((*text).to_owned())) };
        let diagnostic = Diagnostic::error(Code::BadValue, node.span, format!("`{text}` is no address: {reason}"));
        cx.report(match suggestion(&text) {
            Some(better) => diagnostic.help(format!("write `{better}`")).patch_text(node.span, better),
            None => diagnostic.help("write `host:port`, as `localhost:7233`"),
        });
        None
    }

    fn schema() -> Schema {
        const PORT: &str = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]";
        let pattern = format!(r"^(\[[0-9A-Fa-f:.]+\]|[^:/ \t\r\n]+):0*({PORT})$");
        Schema::or_placeholder(json!({"type": "string", "pattern": pattern}))
    }

    fn type_name() -> String {
        "`host:port`".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

fn check(text: &str) -> Result<(), &'static str> {
    if text.contains("://") {
        return Err("it has a scheme");
    }
    if text.contains(|c: char| c.is_whitespace() || c == '/') {
        return Err("it has a space or a slash");
    }
    let (host, port) = text.rsplit_once(':').ok_or("it has no port")?;
    if host.is_empty() {
        return Err("it has no host");
    }
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_ipv6 =
        |host: &str| !host.is_empty() && host.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'));
    if host.contains(':') && !bracketed.is_some_and(is_ipv6) {
        return Err("an IPv6 address stands in brackets, as `[::1]:7233`");
    }
    match port.parse::<u16>() {
        Ok(number) if number > 0 && !port.starts_with('+') => Ok(()),
        _ => Err("its port is not a number from 1 to 65535"),
    }
}

/// What was most likely meant.
fn suggestion(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/');
    let port_only = rest.parse::<u16>().is_ok();
    let with_port = if port_only { format!("localhost:{rest}") } else { format!("{rest}:7233") };
    [rest.to_owned(), with_port].into_iter().find(|better| better != text && check(better).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for good in ["localhost:7233", "127.0.0.1:1", "[::1]:7233", "a.b-c.tmprl.cloud:7233"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "localhost",
            ":7233",
            "a:0",
            "a:65536",
            "a:b",
            "::1:7233",
            "http://a:1",
            "a b:1",
            "a/b:1",
            "a:+1",
            "[x:y]:1",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_likely_address_is_suggested() {
        assert_eq!(suggestion("http://temporal:7233/").as_deref(), Some("temporal:7233"));
        assert_eq!(suggestion("temporal").as_deref(), Some("temporal:7233"));
        assert_eq!(suggestion("a:b"), None);
    }

    #[test]
    fn what_stays_on_the_machine_is_known() {
        assert!(Address("localhost:1".into()).is_loopback() && Address("[::1]:1".into()).is_loopback());
        assert!(!Address("10.0.0.1:1".into()).is_loopback());
        assert!(Address("LocalHost:1".into()).is_same(&Address("127.0.0.1:1".into())));
        assert!(Address("Temporal.Prod:1".into()).is_same(&Address("temporal.prod:1".into())));
        assert!(!Address("localhost:1".into()).is_same(&Address("localhost:2".into())));
        assert!(Address("eu.a1b2.tmprl.cloud:7233".into()).is_cloud());
    }
}
