//! A page of the web, read once, with bounds on all of it, from an address that was looked at.
//!
//! Names are looked up here and nowhere else, once a page: the connection goes to one of the addresses that came of it,
//! or to those that are given, whatever the name leads to by then. Redirects are followed to the same scheme, host and
//! port alone; any other is told. Where a proxy is used it looks the name up, and what lies behind it is its affair.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Proxy, Response, Url, redirect, retry};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::certificates::Certificates;
use super::failure::{Failure, Kind};
use super::mine::Mine;
use super::runtime;
use crate::policy::is_public;

/// Until there is a connection, of silence, and of all together.
const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(20);
const WHOLE: Duration = Duration::from_secs(60);
/// The same for a service that may ask a model first.
const WHOLE_SERVICE: Duration = Duration::from_secs(110);
const MOST_REDIRECTS: usize = 10;
const MOST_HEADERS: usize = 500;
/// Addresses of a name that are tried.
const MOST_ADDRESSES: usize = 8;
const MOST_LOCATION: usize = 2000;

/// What to read, and by which way.
pub struct Order {
    /// Without a fragment it is sent as it is.
    pub url: Url,
    /// Where to connect; empty: wherever the name leads, if that is the public internet.
    pub addresses: Vec<IpAddr>,
    /// As for a client of models.
    pub proxy: Option<String>,
    /// Whom to trust.
    pub trusted: Option<Certificates>,
    /// Who asks.
    pub agent: String,
    /// What a service is asked with that the user has named: it may lie anywhere, and is asked at no other place.
    pub service: Option<Service>,
    /// Bytes of the decompressed body that are read.
    pub limit: usize,
}

/// A question to a service instead of a page.
pub struct Service {
    /// Its keys among them.
    pub headers: Vec<(String, String)>,
    /// JSON that is posted; None: the URL says all.
    pub body: Option<Vec<u8>>,
}

/// What came of it.
pub enum Fetched {
    /// An answer.
    Page(Page),
    /// It lies elsewhere, at this URL.
    Elsewhere {
        /// As HTTP numbers it.
        status: u16,
        /// Of the other place.
        url: String,
    },
    /// The name leads to no address of the public internet, but to this one.
    Local(IpAddr),
    /// There is no answer.
    Failed(Failure),
    /// Nobody wants it any more.
    Cancelled,
}

/// An answer, or its beginning.
pub struct Page {
    /// As HTTP numbers it.
    pub status: u16,
    /// After redirects.
    pub url: Url,
    /// As the server gave it.
    pub content_type: String,
    /// Decompressed.
    pub body: Vec<u8>,
    /// The body was longer than the limit, or ended too early for this reason.
    pub cut: Option<String>,
}

/// A page that is being read. Dropping it stops that.
pub struct Fetch(Mine<Running>);

struct Running {
    shared: Arc<Shared>,
    task: AbortHandle,
}

#[derive(Default)]
struct Shared {
    done: Mutex<Option<Fetched>>,
    told: Condvar,
}

impl Shared {
    fn tell(&self, fetched: Fetched) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fetched);
        self.told.notify_all();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// In a task that panics, nobody else would tell.
struct Told(Arc<Shared>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.tell(Fetched::Failed(Failure::new(Kind::Broken, "the reading of the page failed")));
    }
}

impl Fetch {
    /// Begins.
    pub fn begin(order: Order) -> Result<Self, Failure> {
        let runtime = runtime::handle().map_err(|error| Failure::new(Kind::Connection, error.to_string()))?;
        let shared = Arc::new(Shared::default());
        let told = Told(Arc::clone(&shared));
        let task = runtime.spawn(async move {
            let whole = order.whole();
            let fetched = match timeout(whole, fetch(order)).await {
                Ok(fetched) => fetched.unwrap_or_else(Fetched::Failed),
                Err(_) => Fetched::Failed(Failure::new(
                    Kind::Timeout,
                    format!("it was not read within {} s", whole.as_secs()),
                )),
            };
            told.0.tell(fetched);
        });
        Ok(Self(Mine::new(Running { shared, task: task.abort_handle() })))
    }

    /// Waits for it; once.
    pub fn wait(&self) -> Result<Fetched, Failure> {
        let shared = &self.0.get()?.shared;
        let mut done = shared.done.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match done.take() {
                Some(fetched) => return Ok(fetched),
                None => done = shared.told.wait(done).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Whoever waits is told at once, and the connection is closed.
    pub fn cancel(&self) {
        if let Ok(running) = self.0.get() {
            running.shared.tell(Fetched::Cancelled);
            running.task.abort();
        }
    }
}

impl Order {
    fn whole(&self) -> Duration {
        if self.service.is_some() { WHOLE_SERVICE } else { WHOLE }
    }
}

async fn fetch(order: Order) -> Result<Fetched, Failure> {
    let mut addresses: Vec<SocketAddr> = Vec::new();
    let port = order.url.port_or_known_default().unwrap_or(443);
    if order.proxy.is_none() {
        addresses = order.addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
        if addresses.is_empty() {
            let found = look_up(&order.url, port).await?;
            let anywhere = order.service.is_some();
            addresses =
                found.iter().copied().filter(|to| anywhere || is_public(to.ip())).take(MOST_ADDRESSES).collect();
            if addresses.is_empty() {
                return Ok(Fetched::Local(found[0].ip()));
            }
        }
    }
    let client = client(&order, &addresses)?;
    let mut url = order.url.clone();
    for _ in 0..=MOST_REDIRECTS {
        let request = match order.service.as_ref().and_then(|service| service.body.clone()) {
            Some(body) => client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body),
            None => client.get(url.clone()),
        };
        let response = request.send().await.map_err(|error| Failure::of(&error.without_url()))?;
        let Some(next) = redirected(&response, &url) else { return Ok(read(response, url, order.limit).await) };
        let same = |one: &Url, other: &Url| one.origin() == other.origin() && other.username().is_empty();
        if !same(&url, &next) || next.password().is_some() || order.service.is_some() {
            let told: String = next.as_str().chars().take(MOST_LOCATION).collect();
            return Ok(Fetched::Elsewhere { status: response.status().as_u16(), url: told });
        }
        url = next;
    }
    Err(Failure::new(Kind::Broken, "it redirects in a circle"))
}

/// Not empty.
async fn look_up(url: &Url, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let Some(host) = url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()) else {
        return Err(Failure::new(Kind::Unsendable, "it names no host"));
    };
    let found =
        tokio::task::spawn_blocking(move || Some((host.as_str(), port).to_socket_addrs().ok()?.collect::<Vec<_>>()));
    let found = found.await.ok().flatten().unwrap_or_default();
    if found.is_empty() { Err(Failure::new(Kind::Connection, "its name was not found")) } else { Ok(found) }
}

/// Looks nothing up that was not looked at.
struct NoNames;

impl reqwest::dns::Resolve for NoNames {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("another name than the page's".into()) })
    }
}

fn client(order: &Order, addresses: &[SocketAddr]) -> Result<Client, Failure> {
    let unusable =
        |error: &(dyn std::error::Error + 'static)| Failure::new(Kind::Unsendable, Failure::of(error).reason);
    let tls = order.trusted.clone().unwrap_or_default().config().map_err(|error| unusable(&error))?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/markdown, text/html;q=0.9, */*;q=0.8"));
    for (name, value) in order.service.iter().flat_map(|service| &service.headers) {
        let cannot = || Failure::new(Kind::Unsendable, format!("the header {name} cannot be sent"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| cannot())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| cannot())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(CONNECT)
        .read_timeout(if order.service.is_some() { WHOLE_SERVICE } else { SILENCE })
        .http1_max_headers(MOST_HEADERS)
        .default_headers(headers);
    if let Ok(agent) = HeaderValue::from_str(&order.agent) {
        builder = builder.user_agent(agent);
    }
    builder = match &order.proxy {
        Some(url) => {
            let url = url.replacen("socks5://", "socks5h://", 1);
            builder.proxy(Proxy::all(url).map_err(|error| unusable(&error.without_url()))?)
        }
        None => {
            let host = order.url.host_str().unwrap_or_default();
            builder.dns_resolver(NoNames).resolve_to_addrs(host, addresses)
        }
    };
    builder.build().map_err(|error| unusable(&error.without_url()))
}

/// Where it says that the page is.
fn redirected(response: &Response, url: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    url.join(&String::from_utf8_lossy(location.as_bytes())).ok()
}

async fn read(mut response: Response, url: Url, limit: usize) -> Fetched {
    let content_type =
        response.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let mut page = Page {
        status: response.status().as_u16(),
        url,
        content_type: content_type.unwrap_or_default(),
        body: Vec::new(),
        cut: None,
    };
    loop {
        match response.chunk().await {
            Ok(None) => break,
            Ok(Some(piece)) if page.body.len() + piece.len() > limit => {
                page.body.extend_from_slice(&piece[..limit - page.body.len()]);
                page.cut = Some(format!("it is longer than {} MB", limit / 1_000_000));
                break;
            }
            Ok(Some(piece)) => page.body.extend_from_slice(&piece),
            Err(error) => {
                let failure = Failure::of(&error.without_url());
                if page.body.is_empty() {
                    return Fetched::Failed(failure);
                }
                page.cut = Some(format!("it broke off ({})", failure.reason));
                break;
            }
        }
    }
    Fetched::Page(page)
}
