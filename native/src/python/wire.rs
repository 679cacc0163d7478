//! `Certificates`, `WireClient`, `Exchange`, `RecordCutter`.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claw_macros::binding;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::wire::{self, Answer, Began, Failure, Form, Kind, Limits, Record, Taken};

pub(super) fn unsendable(failure: &Failure) -> PyErr {
    PyValueError::new_err(failure.reason.clone())
}

pub(super) fn kind_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Timeout => "timeout",
        Kind::Untrusted => "untrusted",
        Kind::Connection => "connection",
        Kind::Broken => "broken",
        Kind::Unsendable => "unsendable",
    }
}

fn form_of(form: Form) -> &'static str {
    match form {
        Form::Unknown => "",
        Form::Events => "events",
        Form::Json => "json",
        Form::Page => "page",
    }
}

/// `(name, text)`, or None for the server's word that it is done.
fn records_of<'py>(py: Python<'py>, records: Vec<Record>) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    let mut last = (String::new(), PyString::new(py, ""));
    for record in records {
        match record {
            Record::Done => list.append(py.None())?,
            Record::Text { name, text } => {
                if name != last.0 {
                    last = (name.clone(), PyString::new(py, &name));
                }
                list.append((&last.1, PyString::new(py, &text)))?;
            }
        }
    }
    Ok(list)
}

#[pyclass(module = "claw._native", frozen)]
#[derive(Default)]
pub(super) struct Certificates(Mutex<wire::Certificates>);

impl Certificates {
    pub(super) fn inner(&self) -> MutexGuard<'_, wire::Certificates> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[binding]
#[pymethods]
impl Certificates {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn add_system(&self, py: Python<'_>) -> usize {
        py.detach(|| self.inner().add_system())
    }

    fn add(&self, py: Python<'_>, path: PathBuf) -> PyResult<usize> {
        py.detach(|| self.inner().add(&path)).map_err(|error| os_error(&error, path))
    }

    fn der<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.inner().as_der().map(|der| PyBytes::new(py, der)).collect()
    }
}

fn os_error(error: &io::Error, path: PathBuf) -> PyErr {
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or_default().to_owned();
    PyOSError::new_err((error.raw_os_error(), reason, path))
}

#[pyclass(module = "claw._native", frozen)]
struct WireClient(wire::Client);

#[binding]
#[pymethods]
impl WireClient {
    #[new]
    #[pyo3(signature = (proxy, trusted, *, connect, read, write))]
    fn new(
        py: Python<'_>,
        proxy: Option<&str>,
        trusted: Option<&Bound<'_, Certificates>>,
        connect: f64,
        read: f64,
        write: f64,
    ) -> PyResult<Self> {
        let seconds = |value: f64| Duration::try_from_secs_f64(value).map_err(|e| PyValueError::new_err(e.to_string()));
        let limits = Limits { connect: seconds(connect)?, read: seconds(read)?, write: seconds(write)? };
        let trusted = trusted.map(|certificates| certificates.get().inner().clone());
        let client = py.detach(|| wire::Client::new(proxy, trusted.as_ref(), limits));
        Ok(Self(client.map_err(|failure| unsendable(&failure))?))
    }

    fn post(&self, py: Python<'_>, url: &str, headers: Vec<(String, String)>, body: &[u8]) -> PyResult<Exchange> {
        let exchange = py.detach(|| self.0.post(url, &headers, body.to_vec()));
        Ok(Exchange(exchange.map_err(|failure| unsendable(&failure))?))
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}

#[pyclass(module = "claw._native", frozen)]
struct Exchange(wire::Exchange);

#[binding]
#[pymethods]
impl Exchange {
    fn fileno(&self) -> PyResult<i32> {
        self.0.bell().map_err(|failure| unsendable(&failure))
    }

    fn hush(&self) -> PyResult<()> {
        self.0.hush().map_err(|failure| unsendable(&failure))
    }

    /// None: not yet. Status 0: there will be none.
    fn head<'py>(&self, py: Python<'py>) -> PyResult<Option<(u16, Bound<'py, PyDict>, String)>> {
        let head = match self.0.head().map_err(|failure| unsendable(&failure))? {
            Began::Not => return Ok(None),
            Began::End => return Ok(Some((0, PyDict::new(py), String::new()))),
            Began::Head(head) => head,
        };
        let headers = PyDict::new(py);
        for (name, value) in head.headers {
            let value = match headers.get_item(&name)? {
                Some(before) => format!("{}, {value}", before.extract::<String>()?),
                None => value,
            };
            headers.set_item(name, value)?;
        }
        Ok(Some((head.status, headers, head.said)))
    }

    fn take<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        Ok(match self.0.take().map_err(|failure| unsendable(&failure))? {
            Taken::Nothing => None,
            Taken::Records(records) => Some(records_of(py, records)?),
            Taken::End => Some(PyList::empty(py)),
        })
    }

    #[getter]
    fn form(&self) -> PyResult<&'static str> {
        Ok(form_of(self.0.form().map_err(|failure| unsendable(&failure))?))
    }

    #[getter]
    fn said(&self) -> PyResult<String> {
        self.0.said().map_err(|failure| unsendable(&failure))
    }

    #[getter]
    fn failure(&self) -> PyResult<Option<(&'static str, String)>> {
        let failure = self.0.failure().map_err(|failure| unsendable(&failure))?;
        Ok(failure.map(|failure| (kind_of(failure.kind), failure.reason)))
    }

    fn rest<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        records_of(py, self.0.rest().map_err(|failure| unsendable(&failure))?)
    }

    fn leave(&self) {
        self.0.leave();
    }

    fn cancel(&self) {
        self.0.cancel();
    }
}

#[pyclass(module = "claw._native", frozen)]
#[derive(Default)]
struct RecordCutter(Mutex<Answer>);

impl RecordCutter {
    fn inner(&self) -> MutexGuard<'_, Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[binding]
#[pymethods]
impl RecordCutter {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn feed<'py>(&self, py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyList>> {
        let mut records = Vec::new();
        self.inner().feed(data, &mut records).map_err(|error| PyValueError::new_err(error.to_string()))?;
        records_of(py, records)
    }

    fn end<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut records = Vec::new();
        self.inner().end(&mut records).map_err(|error| PyValueError::new_err(error.to_string()))?;
        records_of(py, records)
    }

    #[getter]
    fn form(&self) -> &'static str {
        form_of(self.inner().form())
    }

    #[getter]
    fn is_full(&self) -> bool {
        self.inner().is_full()
    }

    #[getter]
    fn said(&self) -> String {
        self.inner().said()
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    // The stub's alias, so that it can be imported at run time too.
    m.add("RawRecord", m.py().get_type::<PyTuple>())?;
    m.add_class::<Certificates>()?;
    m.add_class::<WireClient>()?;
    m.add_class::<Exchange>()?;
    m.add_class::<RecordCutter>()
}
