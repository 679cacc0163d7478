//! `LogWriter`, `LogReader` and what they return.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claw_macros::binding;
use pyo3::FromPyObject;
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use super::batch::Batch;
use super::errors::log_error;
use super::search::failed;
use crate::log::disk::RealDisk;
use crate::log::frame::RecordView;
use crate::log::{self, Options, Record};
use crate::search::InPayload;

/// Run `work` without the GIL and convert its error.
fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> log::Result<T> + Send) -> PyResult<T> {
    py.detach(work).map_err(|error| log_error(py, &error))
}

fn uuid(bytes: &[u8]) -> PyResult<[u8; 16]> {
    bytes.try_into().map_err(|_| PyValueError::new_err("a session id has 16 bytes"))
}

fn hash(bytes: &[u8]) -> PyResult<[u8; 32]> {
    bytes.try_into().map_err(|_| PyValueError::new_err("a chain hash has 32 bytes"))
}

/// The only writer of one log.
#[pyclass(module = "claw._native", frozen)]
struct LogWriter(log::Writer);

/// Borrow one record from a tuple that outlives it.
fn record<'a>(tuple: &'a Bound<'_, PyTuple>) -> PyResult<Record<'a>> {
    if tuple.len() != 7 {
        return Err(PyTypeError::new_err("a record is (kind, version, ts, agent, cause, flags, payload)"));
    }
    // Borrowed items live as long as the tuple, which never changes.
    let item = |index| tuple.get_borrowed_item(index);
    Ok(Record {
        kind: <&str>::extract(item(0)?)?,
        version: item(1)?.extract()?,
        ts: item(2)?.extract()?,
        agent: item(3)?.extract()?,
        cause: item(4)?.extract()?,
        flags: item(5)?.extract()?,
        payload: <&[u8]>::extract(item(6)?)?,
    })
}

#[binding]
#[pymethods]
impl LogWriter {
    /// Make a new log in the new folder `path`.
    #[staticmethod]
    #[pyo3(signature = (path, *, session))]
    fn create(py: Python<'_>, path: &str, session: &[u8]) -> PyResult<Self> {
        let session = uuid(session)?;
        detached(py, || log::Writer::create(RealDisk, Path::new(path), session, Options::default())).map(Self)
    }

    /// Make a log that shares `parent`'s records up to `at`.
    #[staticmethod]
    #[pyo3(signature = (path, *, session, parent, at))]
    fn fork(py: Python<'_>, path: &str, session: &[u8], parent: &str, at: u64) -> PyResult<Self> {
        let session = uuid(session)?;
        let fork = || log::fork::fork(RealDisk, Path::new(path), session, Path::new(parent), at, Options::default());
        detached(py, fork).map(Self)
    }

    /// Take the lock, recover, and go on after the last record.
    #[staticmethod]
    #[pyo3(signature = (path, *, continues = false))]
    fn open(py: Python<'_>, path: &str, continues: bool) -> PyResult<Self> {
        let options = Options { continues, ..Options::default() };
        detached(py, || log::Writer::open(RealDisk, Path::new(path), options)).map(Self)
    }

    #[getter]
    fn recovery(&self) -> Option<Recovery> {
        self.0.recovery().cloned().map(Recovery)
    }

    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.session())
    }

    #[getter]
    fn next_seq(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.0.next_seq())
    }

    #[getter]
    fn chain<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.chain()))
    }

    #[getter]
    fn durable_upto(&self, py: Python<'_>) -> Option<u64> {
        py.detach(|| self.0.durable()).checked_sub(1)
    }

    /// Write all records as one commit block; return the seq of the first.
    #[pyo3(signature = (records, *, durable, reserve = 0))]
    fn append(&self, py: Python<'_>, records: &Bound<'_, PyAny>, durable: bool, reserve: u64) -> PyResult<u64> {
        // A tuple of tuples cannot change while other threads run.
        let records = match records.cast::<PyTuple>() {
            Ok(tuple) => tuple.clone(),
            Err(_) => PyTuple::new(py, records.try_iter()?.collect::<PyResult<Vec<_>>>()?)?,
        };
        let tuples = records.iter().map(|item| Ok(item.cast_into::<PyTuple>()?)).collect::<PyResult<Vec<_>>>()?;
        let borrowed = tuples.iter().map(record).collect::<PyResult<Vec<_>>>()?;
        detached(py, || self.0.append(&borrowed, durable, reserve))
    }

    /// Lazy append of one record; return its seq.
    #[allow(clippy::too_many_arguments)] // The stub's: one record, unpacked for speed.
    fn append_one(
        &self,
        py: Python<'_>,
        kind: &str,
        version: u16,
        ts: i64,
        agent: u32,
        cause: Option<u64>,
        flags: u8,
        payload: &Bound<'_, PyBytes>,
    ) -> PyResult<u64> {
        let record = Record { kind, version, ts, agent, cause, flags, payload: payload.as_bytes() };
        detached(py, || self.0.append_one(&record))
    }

    /// fdatasync all that was written before the call; return the new `durable_upto`.
    fn sync(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        Ok(detached(py, || self.0.sync())?.checked_sub(1))
    }

    /// Sync, seal, release the lock.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.0.close())
    }

    /// Sync and release the lock, without a seal.
    fn leave(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.0.leave())
    }
}

/// What recovery did to a log when it was opened.
#[pyclass(module = "claw._native", frozen)]
struct Recovery(log::Recovery);

#[binding]
#[pymethods]
impl Recovery {
    #[getter]
    fn sealed(&self) -> bool {
        self.0.sealed
    }

    #[getter]
    fn last_seq(&self) -> Option<u64> {
        self.0.next_seq.checked_sub(1)
    }

    #[getter]
    fn durable_upto(&self) -> Option<u64> {
        self.0.durable.checked_sub(1)
    }

    #[getter]
    fn torn_bytes(&self) -> u64 {
        self.0.torn_bytes
    }

    #[getter]
    fn kept(&self) -> Option<String> {
        self.0.kept.as_ref().map(|path| path.to_string_lossy().into_owned())
    }
}

/// Reads one log and its parents'.
#[pyclass(module = "claw._native", frozen)]
struct LogReader(Mutex<log::Reader>);

impl LogReader {
    fn lock(&self) -> MutexGuard<'_, log::Reader> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[binding]
#[pymethods]
impl LogReader {
    #[new]
    fn new(py: Python<'_>, path: &str) -> PyResult<Self> {
        let reader = detached(py, || log::Reader::open(RealDisk, Path::new(path)))?;
        Ok(Self(Mutex::new(reader)))
    }

    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let session = detached(py, || Ok(self.lock().session()))?;
        Ok(PyBytes::new(py, &session))
    }

    #[getter]
    #[allow(clippy::type_complexity)] // The stub's tuple.
    fn parent<'py>(&self, py: Python<'py>) -> PyResult<Option<(Bound<'py, PyBytes>, u64, Bound<'py, PyBytes>)>> {
        let parent = detached(py, || Ok(self.lock().parent()))?;
        Ok(parent.map(|parent| (PyBytes::new(py, &parent.session), parent.seq, PyBytes::new(py, &parent.chain))))
    }

    #[getter]
    fn format_version(&self) -> u32 {
        log::header::VERSION
    }

    /// (written, durable).
    fn refresh(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        detached(py, || self.lock().refresh())
    }

    /// Records with start <= seq < stop, of these kinds and none of those, of this agent and this cause, in which the pattern
    /// is found.
    #[pyo3(
        signature = (start = 0, stop = None, *, kinds = None, without = None, agent = None, cause = None,
                     pattern = None, limit = 65536)
    )]
    #[allow(clippy::too_many_arguments)] // The stub's.
    fn read(
        &self,
        py: Python<'_>,
        start: u64,
        stop: Option<u64>,
        kinds: Option<Vec<String>>,
        without: Option<Vec<(String, u16)>>,
        agent: Option<u32>,
        cause: Option<u64>,
        pattern: Option<&str>,
        limit: usize,
    ) -> PyResult<Batch> {
        let pattern = pattern.map(|pattern| InPayload::new(pattern).map_err(|error| failed(py, &error))).transpose()?;
        let is_of = |record: &RecordView<'_>, kind: &String| kind.as_bytes() == record.kind();
        let is_kind =
            |found: &[u8]| kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind.as_bytes() == found));
        let wanted = |record: &RecordView<'_>| {
            is_kind(record.kind())
                && !without.iter().flatten().any(|(kind, upto)| is_of(record, kind) && record.version() <= *upto)
                && agent.is_none_or(|agent| record.agent() == agent)
                && cause.is_none_or(|cause| record.cause() == Some(cause))
                && pattern.as_ref().is_none_or(|pattern| pattern.is_in(record.payload()))
        };
        Ok(Batch::new(detached(py, || self.lock().read_kinds(start, stop, &is_kind, &wanted, limit))?))
    }

    /// Wait until `seq` is written.
    fn wait(&self, py: Python<'_>, seq: u64, timeout: f64) -> PyResult<bool> {
        let timeout = Duration::try_from_secs_f64(timeout.max(0.0)).unwrap_or(Duration::MAX);
        detached(py, || self.lock().wait(seq, timeout))
    }

    /// Chain hash after `seq`.
    fn chain_at<'py>(&self, py: Python<'py>, seq: u64) -> PyResult<Bound<'py, PyBytes>> {
        let chain = detached(py, || self.lock().chain_at(seq))?;
        let missing = || PyIndexError::new_err(format!("seq {seq} is not written"));
        Ok(PyBytes::new(py, &chain.ok_or_else(missing)?))
    }

    /// None while the log still holds what the token names.
    fn rewound_to(&self, py: Python<'_>, seq: u64, chain: &[u8]) -> PyResult<Option<i64>> {
        let chain = hash(chain)?;
        let rewound = detached(py, || self.lock().rewound_to(seq, &chain))?;
        Ok(rewound.map(|next| next as i64 - 1))
    }

    /// Recompute everything.
    fn verify(&self, py: Python<'_>) -> PyResult<Verification> {
        Ok(Verification(detached(py, || Ok(self.lock().verify()))?))
    }
}

/// What `verify` found.
#[pyclass(module = "claw._native", frozen)]
struct Verification(log::Verification);

#[binding]
#[pymethods]
impl Verification {
    #[getter]
    fn ok(&self) -> bool {
        self.0.ok
    }

    #[getter]
    fn sealed(&self) -> bool {
        self.0.sealed
    }

    #[getter]
    fn records(&self) -> u64 {
        self.0.records
    }

    #[getter]
    fn last_seq(&self) -> Option<u64> {
        self.0.records.checked_sub(1)
    }

    #[getter]
    fn durable_upto(&self) -> Option<u64> {
        self.0.durable.checked_sub(1)
    }

    #[getter]
    fn chain<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.chain)
    }

    #[getter]
    fn torn_bytes(&self) -> u64 {
        self.0.torn_bytes
    }

    #[getter]
    fn error(&self) -> Option<String> {
        self.0.error.as_ref().map(|error| error.message.clone())
    }

    #[getter]
    fn error_path(&self) -> Option<String> {
        self.0.place().map(|(path, _)| path.to_string_lossy().into_owned())
    }

    #[getter]
    fn error_offset(&self) -> Option<u64> {
        self.0.place().map(|(_, offset)| offset)
    }
}

/// Copy every record before the first damage into a new log.
#[binding]
#[pyfunction]
#[pyo3(signature = (path, into, *, session))]
fn salvage(py: Python<'_>, path: &str, into: &str, session: &[u8]) -> PyResult<(u64, u64)> {
    let session = uuid(session)?;
    detached(py, || log::salvage(RealDisk, Path::new(path), Path::new(into), session, Options::default()))
}

/// Session folders by the time of their last write.
#[binding]
#[pyfunction]
fn written_last(py: Python<'_>, sessions: &str) -> PyResult<Vec<(String, u64, u64, i64)>> {
    let found = py.detach(|| log::folders::folders(Path::new(sessions)))?;
    Ok(found.into_iter().map(|one| (one.name, one.number, one.bytes, one.written)).collect())
}

/// A UUIDv7 of this time in milliseconds since 1970.
#[binding]
#[pyfunction]
fn new_session_id(py: Python<'_>, ms: u64) -> PyResult<Bound<'_, PyBytes>> {
    Ok(PyBytes::new(py, &log::random::new_session_id(ms)?))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("FLAG_DERIVED", log::FLAG_DERIVED)?;
    module.add("FLAG_DURABLE", log::FLAG_DURABLE)?;
    module.add("FLAG_SKIPPABLE", log::FLAG_SKIPPABLE)?;
    // The stub's aliases, so that they can be imported at run time too.
    for alias in ["RecordIn", "RecordOut"] {
        module.add(alias, module.py().get_type::<PyTuple>())?;
    }
    module.add_class::<LogWriter>()?;
    module.add_class::<Recovery>()?;
    module.add_class::<LogReader>()?;
    module.add_class::<Batch>()?;
    module.add_class::<Verification>()?;
    module.add_function(wrap_pyfunction!(salvage, module)?)?;
    module.add_function(wrap_pyfunction!(written_last, module)?)?;
    module.add_function(wrap_pyfunction!(new_session_id, module)?)
}
