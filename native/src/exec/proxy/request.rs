//! The first lines of a request to the proxy (RFC 9110, RFC 9112), strictly.

use super::rules::{Host, split};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) kind: Kind,
}

/// How it goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Bytes in both directions.
    Tunnel,
    /// This head, and so many bytes of body, go to the server; its answer comes back.
    Plain { head: String, body: u64 },
}

/// Headers that are for the next hop only, or that the proxy says itself.
const OWN: [&str; 9] = [
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

/// The status that is answered if it is not understood.
pub(super) fn parse(head: &[u8]) -> Result<Request, &'static str> {
    const BAD: &str = "400 Bad Request";
    let text = std::str::from_utf8(head).map_err(|_| BAD)?;
    let text = text.strip_suffix("\r\n\r\n").ok_or(BAD)?;
    let mut lines = text.split("\r\n");
    let first = lines.next().ok_or(BAD)?;
    let headers: Vec<&str> = lines.collect();
    if std::iter::once(&first)
        .chain(&headers)
        .any(|line| line.bytes().any(|byte| byte < b' ' && byte != b'\t' || byte == 127))
    {
        return Err(BAD);
    }
    let [method, target, version] = first.split(' ').collect::<Vec<_>>()[..] else { return Err(BAD) };
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") || method.is_empty() {
        return Err(BAD);
    }
    if method == "CONNECT" {
        let (host, port) = split(target).ok_or(BAD)?;
        let host = Host::parse(host).ok_or(BAD)?;
        return Ok(Request { host, port: port.ok_or(BAD)?, kind: Kind::Tunnel });
    }
    if !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(BAD);
    }
    let rest = target.strip_prefix("http://").ok_or(BAD)?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = split(authority).ok_or(BAD)?;
    // A name before an `@` is no host: `Host::parse` takes no such character.
    let host = Host::parse(host).ok_or(BAD)?;
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let mut plain = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    let body = copy_headers(&headers, &mut plain)?;
    plain.push_str("\r\n");
    Ok(Request { host, port: port.unwrap_or(80), kind: Kind::Plain { head: plain, body } })
}

/// The headers that go on; the length of the body.
fn copy_headers(headers: &[&str], plain: &mut String) -> Result<u64, &'static str> {
    const BAD: &str = "400 Bad Request";
    let mut body = None;
    for line in headers {
        let (name, value) = line.split_once(':').ok_or(BAD)?;
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(BAD);
        }
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "transfer-encoding" => return Err("411 Length Required"),
            "content-length" => {
                let length = value.trim().parse().map_err(|_| BAD)?;
                if body.replace(length).is_some() {
                    return Err(BAD);
                }
            }
            own if OWN.contains(&own) => continue,
            _ => {}
        }
        plain.push_str(line);
        plain.push_str("\r\n");
    }
    Ok(body.unwrap_or(0))
}
