//! `WebFetch(domain:example.com)`.

use std::net::Ipv6Addr;

use super::target::normal;

/// Stands for every host, in deny and ask rules.
pub(super) const EVERY: &str = "*";

/// An allow rule takes only URLs whose host no two parsers read differently: `http(s)://host[:port]` then the end or
/// `/`, `?`, `#`, and neither user, backslash, white space nor control characters anywhere.
pub(super) fn allows(domain: &str, url: &str) -> bool {
    if url.chars().any(|c| c == '\\' || c == '@' || c == ' ' || super::visible::is_invisible(c)) {
        return false;
    }
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = authority.find(']').map_or(0, |end| end + 1);
    let (host, port) = match authority[name..].split_once(':') {
        Some((rest, port)) => (&authority[..name + rest.len()], port),
        None => (authority, "0"),
    };
    port.bytes().all(|b| b.is_ascii_digit()) && (within(domain, host) || normal(host) == domain)
}

/// A deny rule takes every URL in which the domain stands where a host could.
pub(super) fn denies(domain: &str, url: &str) -> bool {
    if domain == EVERY {
        return true;
    }
    let host_like = |c: char| c.is_alphanumeric() || c == '-' || c == '.' || c == '_';
    let url = plain(url);
    url.split(|c| !host_like(c)).any(|word| {
        let word = word.trim_end_matches('.');
        within(domain, word) || word.strip_suffix(domain).is_some_and(|before| before.ends_with('.'))
    })
}

/// As clients read it: percent signs decoded, wide letters and stops made plain, in lower case.
fn plain(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => (bytes.push(byte), rest = &behind[2..]).1,
            None => (bytes.push(*first), rest = behind).1,
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let narrow = |c: char| match c {
        '\u{3002}' | '\u{ff0e}' | '\u{ff61}' => '.',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    text.chars().map(narrow).collect::<String>().to_lowercase()
}

/// `*.example.com` is every host below it, `example.com` that host alone.
fn within(domain: &str, host: &str) -> bool {
    match domain.strip_prefix("*.") {
        Some(parent) => host
            .len()
            .checked_sub(parent.len())
            .and_then(|cut| host.get(cut..).zip(host.get(..cut)))
            .is_some_and(|(tail, head)| tail.eq_ignore_ascii_case(parent) && head.len() > 1 && head.ends_with('.')),
        None => host.eq_ignore_ascii_case(domain),
    }
}

/// A host name as a rule may give it.
pub(super) fn is_valid(domain: &str) -> bool {
    if domain.starts_with('[') {
        let inner = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        return inner.is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok());
    }
    let host = domain.strip_prefix("*.").unwrap_or(domain);
    !host.is_empty()
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}
