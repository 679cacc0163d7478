//! `web_target`, `PageRequest` and `Page`.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use claw_macros::binding;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use reqwest::Url;

use super::errors::raise;
use super::wire::{Certificates, kind_of, unsendable};
use crate::page::{self, Content};
use crate::policy::Target;
use crate::wire::{Fetch, Fetched, Order, Service};

#[binding]
#[pyfunction]
fn web_target(py: Python<'_>, url: &str) -> PyResult<(String, String, bool)> {
    let target = Target::of(url).map_err(|why| raise(py, "ToolError", &format!("The URL {why}."), ""))?;
    Ok((target.url.to_string(), target.host, target.is_local))
}

/// What a page is, with its text.
#[pyclass(module = "claw._native", frozen)]
struct Page {
    #[pyo3(get)]
    outcome: &'static str,
    #[pyo3(get)]
    kind: &'static str,
    #[pyo3(get)]
    status: u16,
    #[pyo3(get)]
    url: String,
    #[pyo3(get)]
    reason: String,
    #[pyo3(get)]
    content_type: String,
    #[pyo3(get)]
    title: String,
    #[pyo3(get)]
    text: String,
    #[pyo3(get)]
    size: usize,
    #[pyo3(get)]
    is_cut: bool,
    body: Vec<u8>,
}

#[binding]
#[pymethods]
impl Page {
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.body)
    }
}

impl Page {
    fn without(outcome: &'static str, url: String, reason: String) -> Self {
        let (content_type, title, text) = Default::default();
        Self {
            outcome,
            kind: "",
            status: 0,
            url,
            reason,
            content_type,
            title,
            text,
            size: 0,
            is_cut: false,
            body: Vec::new(),
        }
    }
}

#[pyclass(module = "claw._native", frozen)]
struct PageRequest {
    fetch: Fetch,
    room: usize,
    is_cancelled: AtomicBool,
}

#[binding]
#[pymethods]
impl PageRequest {
    #[new]
    #[pyo3(signature = (url, addresses, proxy, trusted, *, agent, limit, room, headers = None, body = None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        url: &str,
        addresses: Vec<String>,
        proxy: Option<String>,
        trusted: Option<&Bound<'_, Certificates>>,
        agent: String,
        limit: usize,
        room: usize,
        headers: Option<Vec<(String, String)>>,
        body: Option<Vec<u8>>,
    ) -> PyResult<Self> {
        let service = headers.map(|headers| Service { headers, body });
        let url = match &service {
            Some(_) => Url::parse(url).map_err(|error| PyValueError::new_err(error.to_string()))?,
            None => Target::of(url).map_err(PyValueError::new_err)?.url,
        };
        let addresses: Result<Vec<IpAddr>, _> = addresses.iter().map(|address| address.parse()).collect();
        let addresses = addresses.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let trusted = trusted.map(|certificates| certificates.get().inner().clone());
        let order = Order { url, addresses, proxy, trusted, agent, service, limit };
        let fetch = py.detach(|| Fetch::begin(order)).map_err(|failure| unsendable(&failure))?;
        Ok(Self { fetch, room, is_cancelled: AtomicBool::new(false) })
    }

    fn wait(&self, py: Python<'_>) -> PyResult<Page> {
        py.detach(|| {
            let fetched = self.fetch.wait().map_err(|failure| unsendable(&failure))?;
            Ok(self.page(fetched))
        })
    }

    fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        self.fetch.cancel();
    }
}

impl PageRequest {
    fn page(&self, fetched: Fetched) -> Page {
        let page = match fetched {
            Fetched::Page(page) => page,
            Fetched::Elsewhere { status, url } => {
                return Page { status, ..Page::without("elsewhere", url, String::new()) };
            }
            Fetched::Local(address) => return Page::without("local", String::new(), address.to_string()),
            Fetched::Failed(failure) => {
                let kind = kind_of(failure.kind);
                return Page { kind, ..Page::without("failed", String::new(), failure.reason) };
            }
            Fetched::Cancelled => return Page::without("cancelled", String::new(), String::new()),
        };
        let mut made = Page {
            status: page.status,
            size: page.body.len(),
            is_cut: page.cut.is_some(),
            ..Page::without("binary", page.url.to_string(), page.cut.unwrap_or_default())
        };
        match page::content(&page.body, &page.content_type) {
            Content::Html(html) => {
                let cancelled = || self.is_cancelled.load(Ordering::Relaxed);
                let Some(converted) = page::markdown(&html, Some(&page.url), self.room, &cancelled) else {
                    return Page::without("cancelled", String::new(), String::new());
                };
                made.outcome = "text";
                (made.title, made.text) = (converted.title, converted.text);
                made.is_cut |= converted.is_cut;
            }
            Content::Text(mut text) => {
                made.outcome = "text";
                let mut end = text.len().min(self.room);
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                made.is_cut |= end < text.len();
                text.truncate(end);
                made.text = text;
            }
            Content::Pdf => (made.outcome, made.body) = ("pdf", page.body),
            Content::Binary => {}
        }
        made.content_type = page.content_type;
        made
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(web_target, m)?)?;
    m.add_class::<Page>()?;
    m.add_class::<PageRequest>()
}
