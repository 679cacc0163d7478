//! A pool of connections to one server, by one way.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Proxy, Url, redirect, retry};

use super::body::{Body, Progress};
use super::certificates::Certificates;
use super::exchange::Exchange;
use super::failure::{Failure, Kind};
use super::mine::Mine;
use super::runtime;

/// A connection that waits for a slow model is kept, and one whose other end is gone is noticed.
const ALIVE: Duration = Duration::from_secs(60);
/// Of an answer; what stands before servers likes to add some.
const MOST_HEADERS: usize = 500;
/// How long a connection is kept that nothing uses; servers and what stands before them keep it for a minute or more.
const IDLE: Duration = Duration::from_secs(50);

/// How long something may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// The longest silence, before the answer and in it.
    pub read: Duration,
    /// The longest time that no more of a request is taken.
    pub write: Duration,
}

/// Safe to use from any thread of the process that made it.
pub struct Client {
    inner: Mine<Mutex<Option<reqwest::Client>>>,
    write: Duration,
}

impl Client {
    /// Opens no connection. `proxy` is a URL with `http`, `https` or `socks5`, whose proxy looks the name up as well;
    /// without `trusted` nothing can be encrypted. Fails for a proxy that cannot be used.
    pub fn new(proxy: Option<&str>, trusted: Option<&Certificates>, limits: Limits) -> Result<Self, Failure> {
        let unusable =
            |error: &(dyn std::error::Error + 'static)| Failure::new(Kind::Unsendable, Failure::of(error).reason);
        let tls = trusted.unwrap_or(&Certificates::default()).config().map_err(|error| unusable(&error))?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(limits.connect)
            .read_timeout(limits.read)
            .pool_idle_timeout(IDLE)
            .http1_max_headers(MOST_HEADERS)
            .tcp_keepalive(ALIVE)
            .tcp_keepalive_interval(ALIVE);
        if let Some(url) = proxy {
            let url = url.replacen("socks5://", "socks5h://", 1);
            builder = builder.proxy(Proxy::all(url).map_err(|error| unusable(&error.without_url()))?);
        }
        let client = builder.build().map_err(|error| unusable(&error.without_url()))?;
        Ok(Self { inner: Mine::new(Mutex::new(Some(client))), write: limits.write })
    }

    /// Begins to send it. Fails for what cannot be sent.
    pub fn post(&self, url: &str, headers: &[(String, String)], body: Vec<u8>) -> Result<Exchange, Failure> {
        let unsendable = |reason: &str| Failure::new(Kind::Unsendable, reason);
        let client = self.inner.get()?.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let client = client.ok_or_else(|| unsendable("the transport is closed"))?;
        let url = Url::parse(url).map_err(|error| unsendable(&format!("its address is none: {error}")))?;
        let request = client.post(url).build();
        let mut request = request.map_err(|error| unsendable(&Failure::of(&error.without_url()).reason))?;
        // A name and a password in the address are already in its headers, and go before what else would say who asks.
        let known = request.headers().contains_key(AUTHORIZATION);
        for (name, value) in headers {
            let cannot = || unsendable(&format!("the header {name} cannot be sent"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| cannot())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| cannot())?;
            value.set_sensitive(true);
            if !(known && name == AUTHORIZATION) {
                request.headers_mut().insert(name, value);
            }
        }
        let progress = Progress::default();
        *request.body_mut() = Some(reqwest::Body::wrap(Body { rest: Bytes::from(body), progress: progress.clone() }));
        let runtime = runtime::handle().map_err(|error| Failure::new(Kind::Connection, error.to_string()))?;
        Exchange::begin(&runtime, client, request, progress, self.write)
    }

    /// Idle connections are closed; an exchange that runs goes on to its end.
    pub fn close(&self) {
        if let Ok(client) = self.inner.get() {
            client.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}
