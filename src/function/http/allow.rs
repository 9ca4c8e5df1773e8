//! What a function may reach beyond the public network: the `http.allow` list of its entry.
//!
//! | Written | Allows |
//! |---|---|
//! | `10.0.0.0/8`, `fd00::/8` | every address of the range |
//! | `127.0.0.1`, `[::1]` | one address |
//! | `stock.internal` | this host, wherever its name leads |
//! | `*.internal` | every host below this name |
//!
//! Each may end in `:PORT`; without one, every port is allowed.

use std::{net::IpAddr, str::FromStr};

use super::address::{plain, private_use};

/// The rules of one entry. Empty: the public network only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Allow {
    rules: Vec<Rule>,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rule {
    target: Target,
    port: Option<u16>,
}

/// Where a rule lets a request go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// The addresses that share their first `bits` with `base`.
    Range {
        base: IpAddr,
        bits: u8,
    },
    Host(String),
    /// Every host whose name ends in this; it begins with a dot.
    Below(String),
}

/// Why a text is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {reason}")]
pub(crate) struct RuleError {
    text: String,
    reason: &'static str,
}

impl Allow {
    pub(crate) fn new(rules: Vec<Rule>) -> Self {
        Self { rules }
    }

    /// What the rules allow at one port. Requests to ports of the same rules share connections.
    pub(super) fn at(&self, port: u16) -> Targets {
        let applies = |rule: &&Rule| rule.port.is_none_or(|only| only == port);
        Targets(self.rules.iter().filter(applies).map(|rule| rule.target.clone()).collect())
    }
}

/// What may be reached at one port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Targets(Vec<Target>);

impl Targets {
    /// What the address is for, if `host` may not lead there.
    pub(super) fn forbidden(&self, host: &str, address: IpAddr) -> Option<&'static str> {
        let allowed = self.0.iter().any(|target| target.allows(host, address));
        if allowed { None } else { private_use(address) }
    }
}

impl Target {
    fn allows(&self, host: &str, address: IpAddr) -> bool {
        match self {
            Self::Range { base, bits } => in_range(plain(address), *base, *bits),
            Self::Host(name) => host == name,
            Self::Below(end) => host.len() > end.len() && host.ends_with(end.as_str()),
        }
    }
}

fn in_range(address: IpAddr, base: IpAddr, bits: u8) -> bool {
    fn shared<T: Eq + std::ops::Shr<u32, Output = T>>(a: T, b: T, width: u32, bits: u8) -> bool {
        bits == 0 || a >> (width - u32::from(bits)) == b >> (width - u32::from(bits))
    }
    match (address, base) {
        (IpAddr::V4(a), IpAddr::V4(b)) => shared(a.to_bits(), b.to_bits(), 32, bits),
        (IpAddr::V6(a), IpAddr::V6(b)) => shared(a.to_bits(), b.to_bits(), 128, bits),
        _ => false,
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let wrong = |reason| RuleError { text: text.to_owned(), reason };
        if text.contains("://") {
            return Err(wrong("is a URL; write only the host, or `HOST:PORT`"));
        }
        let (target, port) = split_port(text).ok_or_else(|| wrong("has no port after the colon"))?;
        let target = parse_target(target).map_err(wrong)?;
        Ok(Self { target, port })
    }
}

/// `target:port`, `[v6]:port`, or either without its port; a bare IPv6 address has none.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    match text.rsplit_once(':') {
        Some((target, port)) if target.ends_with(']') || !target.contains(':') => {
            Some((target, Some(port.parse().ok().filter(|port| *port != 0)?)))
        }
        _ => Some((text, None)),
    }
}

fn parse_target(text: &str) -> Result<Target, &'static str> {
    let address_of =
        |text: &str| text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text).parse::<IpAddr>();
    if let Some((base, bits)) = text.split_once('/') {
        let base = plain(address_of(base).map_err(|_| "is no range of addresses; write one as `10.0.0.0/8`")?);
        let width = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.parse().ok().filter(|bits| *bits <= width);
        return Ok(Target::Range { base, bits: bits.ok_or("has no number of bits that fits its address")? });
    }
    if let Ok(address) = address_of(text) {
        let base = plain(address);
        return Ok(Target::Range { base, bits: if base.is_ipv4() { 32 } else { 128 } });
    }
    let (below, name) = text.strip_prefix("*.").map_or((false, text), |name| (true, name));
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if name.is_empty() || name.contains("..") || name.starts_with('.') {
        return Err("is no host name");
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err("is no host name; a `*` can only stand for the first part, as in `*.internal`");
    }
    Ok(if below { Target::Below(format!(".{name}")) } else { Target::Host(name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rule: &str, host: &str, address: &str, port: u16) -> bool {
        let allow = Allow::new(vec![rule.parse().unwrap()]);
        allow.at(port).forbidden(host, address.parse().unwrap()).is_none()
    }

    #[test]
    fn an_empty_list_allows_the_public_network_only() {
        let targets = Allow::default().at(80);
        assert_eq!(targets.forbidden("example.com", "1.1.1.1".parse().unwrap()), None);
        assert_eq!(targets.forbidden("example.com", "10.0.0.1".parse().unwrap()), Some("private"));
    }

    #[test]
    fn a_rule_allows_what_it_names_and_nothing_else() {
        for (rule, host, address, port, expected) in [
            ("127.0.0.1:8080", "127.0.0.1", "127.0.0.1", 8080, true),
            ("127.0.0.1:8080", "127.0.0.1", "127.0.0.1", 8081, false),
            ("127.0.0.1:8080", "localhost", "127.0.0.1", 8080, true),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2", 80, false),
            ("127.0.0.1", "x", "::ffff:127.0.0.1", 80, true),
            ("10.0.0.0/8", "x", "10.255.0.1", 443, true),
            ("10.0.0.0/8", "x", "11.0.0.1", 443, true),
            ("10.0.0.0/8", "x", "192.168.0.1", 443, false),
            ("0.0.0.0/0", "x", "192.168.0.1", 443, true),
            ("fd00::/8", "x", "fd12::1", 80, true),
            ("fd00::/8", "x", "fe80::1", 80, false),
            ("[::1]:80", "x", "::1", 80, true),
            ("::1", "x", "::1", 9, true),
            ("*.internal", "stock.internal", "10.0.0.1", 80, true),
            ("*.internal", "internal", "10.0.0.1", 80, false),
            ("*.internal", "evilinternal", "10.0.0.1", 80, false),
            ("Stock.Internal", "stock.internal", "10.0.0.1", 80, true),
            ("stock.internal:80", "stock.internal", "10.0.0.1", 81, false),
        ] {
            assert_eq!(allows(rule, host, address, port), expected, "{rule} {host} {address}:{port}");
        }
    }

    #[test]
    fn what_is_no_rule_is_told() {
        for (text, message) in [
            ("http://a", "`http://a` is a URL; write only the host, or `HOST:PORT`"),
            ("a:b", "`a:b` has no port after the colon"),
            ("a:0", "`a:0` has no port after the colon"),
            ("10.0.0.0/40", "`10.0.0.0/40` has no number of bits that fits its address"),
            ("x/8", "`x/8` is no range of addresses; write one as `10.0.0.0/8`"),
            ("*", "`*` is no host name; a `*` can only stand for the first part, as in `*.internal`"),
            ("", "`` is no host name"),
        ] {
            assert_eq!(text.parse::<Rule>().unwrap_err().to_string(), message);
        }
    }
}
