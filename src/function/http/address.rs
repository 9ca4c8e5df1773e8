//! Which addresses of the network are public, and what the others are.
//!
//! A list of what is known to be public would age well and break early; this is the list of what
//! is known not to be, for IPv4, and the other way round for IPv6, where only `2000::/3` is global.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a non-public address is for; nothing for a public one.
pub(super) fn private_use(address: IpAddr) -> Option<&'static str> {
    match plain(address) {
        IpAddr::V4(address) => private_v4(address),
        IpAddr::V6(address) => private_v6(address),
    }
}

/// The address itself: an IPv4 address that is written as an IPv6 one, or that a translator at
/// the network's edge turns into one, is that IPv4 address.
pub(super) fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return IpAddr::V4(v4);
    }
    let octets = v6.octets();
    // The well-known prefix of NAT64, 64:ff9b::/96.
    if octets[..12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] {
        return IpAddr::V4(Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]));
    }
    address
}

fn private_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    let name = match (a, b, c) {
        (0, ..) => "unspecified",
        (127, ..) => "loopback",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "private",
        (100, 64..=127, _) => "carrier-grade NAT",
        (169, 254, _) => "link-local",
        (192, 0, 0) | (192, 88, 99) => "protocol assignment",
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => "documentation",
        (198, 18 | 19, _) => "benchmarking",
        (224..=239, ..) => "multicast",
        (240..=255, ..) => "reserved",
        _ => return None,
    };
    Some(name)
}

fn private_v6(address: Ipv6Addr) -> Option<&'static str> {
    let [first, second, ..] = address.segments();
    let name = match (first, second) {
        _ if address.is_loopback() => "loopback",
        _ if address.is_unspecified() => "unspecified",
        (0xfc00..=0xfdff, _) => "unique local",
        (0xfe80..=0xfebf, _) => "link-local",
        (0xff00..=0xffff, _) => "multicast",
        (0x2001, 0x0db8) | (0x3fff, 0..=0x0fff) => "documentation",
        // Teredo and 6to4 carry an IPv4 address of the sender's choice.
        (0x2001, 0x0000..=0x01ff) => "protocol assignment",
        (0x2002, _) => "6to4",
        (0x2000..=0x3fff, _) => return None,
        _ => "reserved",
    };
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_private_range_is_known() {
        for (address, use_) in [
            ("0.0.0.0", "unspecified"),
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("10.1.2.3", "private"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("100.64.0.1", "carrier-grade NAT"),
            ("100.127.255.255", "carrier-grade NAT"),
            ("169.254.169.254", "link-local"),
            ("192.0.0.8", "protocol assignment"),
            ("198.18.0.1", "benchmarking"),
            ("203.0.113.9", "documentation"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "reserved"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::7f00:1", "reserved"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:169.254.169.254", "link-local"),
            ("64:ff9b::7f00:1", "loopback"),
            ("64:ff9b::a00:1", "private"),
            ("64:ff9b:1::1", "reserved"),
            ("fd00:ec2::254", "unique local"),
            ("fe80::1", "link-local"),
            ("fec0::1", "reserved"),
            ("ff02::1", "multicast"),
            ("2001:db8::1", "documentation"),
            ("2001::1", "protocol assignment"),
            ("2002:7f00:1::", "6to4"),
        ] {
            assert_eq!(private_use(address.parse().unwrap()), Some(use_), "{address}");
        }
    }

    #[test]
    fn public_addresses_are_public() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert_eq!(private_use(address.parse().unwrap()), None, "{address}");
        }
    }
}
