//! The way out of a sandbox whose network is a list of names.
//!
//! The sandbox's first process listens on its own loopback and hands the listener to claw, which serves it: HTTP `CONNECT`
//! and plain HTTP in absolute form, to names on the list and to nowhere else. Names are resolved here, outside, once,
//! and the connection goes to an address that was looked at: a name that leads to this machine or a private network
//! is refused, unless the list names that very address or `localhost`. A plain request is forwarded with the host
//! that was judged, and nothing behind it. A tunnel that begins with TLS may ask for a name on the list only, in plain
//! ([`hello`]), and to port 443 there is no other.
//!
//! *Not covered*: what is said under encryption, a request for another host of the same server's included; plain
//! protocols in a tunnel to another port than 443.

mod hello;
mod request;
mod rules;
mod serve;

use std::ffi::OsString;

pub use rules::{Rule, Rules};
pub(super) use serve::Proxy;
pub use serve::{Decision, PORT};

/// Tell a command by its environment where the proxy is; whatever was said about one before is gone.
pub(super) fn tell(env: &mut Vec<(OsString, OsString)>) {
    let here = OsString::from(format!("http://127.0.0.1:{PORT}"));
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        for name in [name.to_owned(), name.to_uppercase()] {
            env.retain(|(known, _)| known.to_str() != Some(&name));
            let value = if name.eq_ignore_ascii_case("no_proxy") { OsString::new() } else { here.clone() };
            env.push((name.into(), value));
        }
    }
}

#[cfg(test)]
mod tests;
