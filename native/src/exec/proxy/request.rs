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

const BAD: &str = "400 Bad Request";
const TOO_MANY: &str = "431 Request Header Fields Too Large";
/// Clients send some ten.
const MOST_HEADERS: usize = 100;

/// The status that is answered if it is not understood.
pub(super) fn parse(head: &[u8]) -> Result<Request, &'static str> {
    // The library takes a line feed alone for a line's end, as some servers do and others do not.
    if head.iter().zip(head.iter().skip(1)).any(|(before, byte)| *byte == b'\n' && *before != b'\r') {
        return Err(BAD);
    }
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(TOO_MANY),
        _ => return Err(BAD),
    }
    let (Some(method), Some(target)) = (request.method, request.path) else { return Err(BAD) };
    if method == "CONNECT" {
        let (host, port) = split(target).ok_or(BAD)?;
        let host = Host::parse(host).ok_or(BAD)?;
        return Ok(Request { host, port: port.ok_or(BAD)?, kind: Kind::Tunnel });
    }
    let rest = target.strip_prefix("http://").ok_or(BAD)?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = split(authority).ok_or(BAD)?;
    // A name before an `@` is no host: `Host::parse` takes no such character.
    let host = Host::parse(host).ok_or(BAD)?;
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let mut plain = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    let body = copy_headers(request.headers, &mut plain)?;
    plain.push_str("\r\n");
    Ok(Request { host, port: port.unwrap_or(80), kind: Kind::Plain { head: plain, body } })
}

/// The headers that go on; the length of the body.
fn copy_headers(headers: &[httparse::Header<'_>], plain: &mut String) -> Result<u64, &'static str> {
    let mut body = None;
    for httparse::Header { name, value } in headers {
        let value = std::str::from_utf8(value).map_err(|_| BAD)?;
        match name.to_ascii_lowercase().as_str() {
            "transfer-encoding" => return Err("411 Length Required"),
            "content-length" => {
                let length = value.parse().map_err(|_| BAD)?;
                // A sign is none of the digits that a length has.
                if value.starts_with('+') || body.replace(length).is_some() {
                    return Err(BAD);
                }
            }
            own if OWN.contains(&own) => continue,
            _ => {}
        }
        plain.extend([name, ": ", value, "\r\n"]);
    }
    Ok(body.unwrap_or(0))
}
