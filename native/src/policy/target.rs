//! Where a URL leads, read as the client that gets it reads it (<https://url.spec.whatwg.org>).

use std::net::{IpAddr, Ipv6Addr};

use url::{Host, Url};

use super::address::is_public;
use super::question::{Facts, PathFact};
use super::visible::is_invisible;

/// The `parameter` of a fact about a name's address: no path, but where the name led when it was looked up.
pub(super) const ADDRESS: &str = "address";
/// Bytes of a URL.
const LONGEST: usize = 2000;
/// Where other programs than web servers listen (<https://fetch.spec.whatwg.org/#port-blocking>).
const NO_WEB: [u16; 81] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
];

/// A URL of the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As it is sent.
    pub url: Url,
    /// In lower case, IDNA in ASCII, without a dot at its end; an address in its usual form, IPv6 in brackets.
    pub host: String,
    /// It names this machine or a private network by itself.
    pub is_local: bool,
}

impl Target {
    /// Why it is none that is read from the web, as the end of a sentence about it.
    pub fn of(text: &str) -> Result<Self, &'static str> {
        if text.len() > LONGEST {
            return Err("is longer than 2000 bytes");
        }
        if text.chars().any(|c| c == ' ' || c == '\\' || is_invisible(c)) {
            return Err("holds a blank, a backslash or a character that nobody can see");
        }
        let url = Url::parse(text).map_err(|_| "is no URL; write it whole, as https://example.com/page")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("begins with neither https:// nor http://");
        }
        if !url.username().is_empty()
            || url.password().is_some()
            || text.split(['/', '?', '#']).nth(2).is_some_and(|at| at.contains('@'))
        {
            return Err("holds a user's name or password, which are sent to no web page");
        }
        if url.port_or_known_default().is_none_or(|port| NO_WEB.contains(&port) || port == 6697 || port == 10080) {
            return Err("names a port where no web pages are");
        }
        let (host, is_local) = match url.host() {
            Some(Host::Ipv4(address)) => (address.to_string(), !is_public(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => (format!("[{address}]"), !is_public(IpAddr::V6(address))),
            Some(Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
                let is_local = name == "localhost" || name.ends_with(".localhost");
                (name, is_local)
            }
            None => return Err("names no host"),
        };
        if host.is_empty() || host.ends_with('.') {
            return Err("names no host");
        }
        Ok(Self { url, host, is_local })
    }

    /// Where it leads, of this machine and private networks, as rules name it: by itself, or as it was looked up.
    pub(super) fn local_places(&self, facts: &Facts) -> Vec<String> {
        if self.is_local {
            return vec![if self.host.ends_with("localhost") { "localhost".to_owned() } else { self.host.clone() }];
        }
        let of_this = |fact: &&PathFact| fact.parameter == ADDRESS && fact.given == self.host;
        facts.paths.iter().filter(of_this).map(|fact| bracketed(&fact.canonical)).collect()
    }
}

/// An address as URLs and rules write it.
fn bracketed(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

/// A rule's host as it is compared; IPv6 addresses have many forms.
pub(super) fn normal(domain: &str) -> String {
    let inner = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner.and_then(|inner| inner.parse::<Ipv6Addr>().ok()) {
        Some(address) => format!("[{address}]"),
        None => domain.to_ascii_lowercase(),
    }
}
