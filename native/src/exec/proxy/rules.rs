//! The list of what may be reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One entry: `example.com`, `*.example.com` (below it, not itself), an address, each with or without `:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    host: Host,
    below: bool,
    port: Option<u16>,
}

/// A host as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// Lower case, without a dot at its end.
    Name(String),
    Address(IpAddr),
}

/// All entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

/// Ports that an entry without one stands for.
const USUAL: [u16; 2] = [80, 443];

impl Rule {
    /// None if it is no such entry.
    pub fn parse(text: &str) -> Option<Self> {
        let (below, rest) = text.strip_prefix("*.").map_or((false, text), |rest| (true, rest));
        let (host, port) = split(rest)?;
        let host = Host::parse(host)?;
        (!below || matches!(host, Host::Name(_))).then_some(Self { host, below, port })
    }

    fn holds(&self, host: &Host, port: u16) -> bool {
        let same = match (&self.host, host) {
            (Host::Name(rule), Host::Name(name)) if self.below => {
                name.strip_suffix(rule.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            (rule, host) => rule == host,
        };
        same && self.port.map_or(USUAL.contains(&port), |own| own == port)
    }
}

impl Rules {
    /// Err is the entry that is none.
    pub fn parse(entries: &[String]) -> Result<Self, String> {
        let rules = entries.iter().map(|entry| Rule::parse(entry).ok_or_else(|| entry.clone()));
        Ok(Self(rules.collect::<Result<_, _>>()?))
    }

    pub(super) fn allow(&self, host: &Host, port: u16) -> bool {
        self.0.iter().any(|rule| rule.holds(host, port))
    }
}

impl Host {
    /// Strict, since what a resolver takes for an address is not: `127.1`, `0x7f000001` and `2130706433` are none here.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            return inner.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(|address| Host::Address(address.into()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Host::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let label_is_fine = |label: &str| {
            let usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            !label.is_empty() && label.len() <= 63 && label.bytes().all(usual)
        };
        let last = name.rsplit('.').next()?;
        let numeric = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
        (name.len() <= 253 && name.split('.').all(label_is_fine) && !numeric).then_some(Host::Name(name))
    }

    /// May it lead to this machine or its own networks, once it is on the list?
    pub(super) fn may_be_local(&self) -> bool {
        match self {
            Host::Address(_) => true,
            Host::Name(name) => name == "localhost",
        }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(address) => address.fmt(f),
        }
    }
}

/// `host` or `host:port`; the brackets of an address stay.
pub(super) fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let after = authority.rfind(']').map_or(0, |end| end + 1);
    match authority.get(after..)?.rfind(':') {
        None => Some((authority, None)),
        Some(colon) => {
            let (host, port) = authority.split_at(after + colon);
            let digits = port.get(1..).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            Some((host, Some(digits.parse().ok().filter(|port| *port != 0)?)))
        }
    }
}
