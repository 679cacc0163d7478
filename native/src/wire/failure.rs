//! Why an exchange has no end, without anything of the request in its words.

use std::error::Error;
use std::io;

use rustls::CertificateError;

/// What a failure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It took too long.
    Timeout,
    /// The server's certificate, or the proxy's.
    Untrusted,
    /// There is none, or it broke.
    Connection,
    /// What came is not what the protocol says.
    Broken,
    /// The request is none that can be sent.
    Unsendable,
}

/// Why an exchange failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What it is of.
    pub kind: Kind,
    /// Without what the request held.
    pub reason: String,
}

impl Failure {
    pub(super) fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }

    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let causes = causes(error);
        let find = |is: &dyn Fn(&rustls::Error) -> Option<String>| {
            causes.iter().find_map(|cause| is(cause.downcast_ref::<rustls::Error>()?))
        };
        if let Some(why) = find(&|error| match error {
            rustls::Error::InvalidCertificate(why) => Some(untrusted(why)),
            _ => None,
        }) {
            return Self::new(Kind::Untrusted, why);
        }
        let is_timeout = |cause: &&(dyn Error + 'static)| {
            cause.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout)
                || cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
        };
        let kind = if causes.iter().any(is_timeout) { Kind::Timeout } else { Kind::Connection };
        let last = causes.last().map(ToString::to_string).unwrap_or_default();
        Self::new(kind, last.split(" (os error").next().unwrap_or_default())
    }
}

/// From the outermost to the first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut found = vec![error];
    let mut next = cause(error);
    while let Some(error) = next {
        found.push(error);
        next = cause(error);
    }
    found
}

/// What an `io::Error` holds is not its source but says the same.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    held.map(|held| held as &(dyn Error + 'static)).or_else(|| error.source())
}

fn untrusted(why: &CertificateError) -> String {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".into(),
        CertificateError::UnknownIssuer => "nobody who is trusted has signed it".into(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is not made out to this name".into()
        }
        CertificateError::Revoked => "it was revoked".into(),
        other => other.to_string(),
    }
}
