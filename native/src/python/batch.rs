//! `Batch`: records that were read together, made into tuples one piece at a time.

use claw_macros::binding;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use crate::log;

/// Some records, held together.
#[pyclass(module = "claw._native", frozen, sequence)]
pub struct Batch(log::Batch);

type RecordOut<'py> = Bound<'py, PyTuple>;

impl Batch {
    pub fn new(batch: log::Batch) -> Self {
        Self(batch)
    }

    fn record<'py>(&self, py: Python<'py>, index: usize, last_kind: &mut LastKind<'py>) -> PyResult<RecordOut<'py>> {
        let (seq, record) = self.0.get(index).ok_or_else(|| PyIndexError::new_err("batch index out of range"))?;
        let kind = last_kind.of(py, record.kind())?;
        let payload = PyBytes::new(py, record.payload());
        (seq, record.ts(), kind, record.version(), record.agent(), record.cause(), record.flags(), payload)
            .into_pyobject(py)
    }
}

/// The same kind often comes many times in a row; its text is made once.
#[derive(Default)]
struct LastKind<'py>(Vec<(Vec<u8>, Bound<'py, PyString>)>);

impl<'py> LastKind<'py> {
    fn of(&mut self, py: Python<'py>, kind: &[u8]) -> PyResult<Bound<'py, PyString>> {
        if let Some((_, text)) = self.0.iter().find(|(bytes, _)| bytes == kind) {
            return Ok(text.clone());
        }
        let text = std::str::from_utf8(kind).map_err(|_| PyValueError::new_err("a kind that is not UTF-8"))?;
        let text = PyString::intern(py, text);
        if self.0.len() < 32 {
            self.0.push((kind.to_vec(), text.clone()));
        }
        Ok(text)
    }
}

#[binding]
#[pymethods]
impl Batch {
    #[getter]
    fn next_seq(&self) -> u64 {
        self.0.next_seq
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: isize) -> PyResult<RecordOut<'py>> {
        let index = if index < 0 { index + self.0.len() as isize } else { index };
        self.record(py, usize::try_from(index).unwrap_or(usize::MAX), &mut LastKind::default())
    }

    fn __iter__(slf: Bound<'_, Self>) -> BatchIterator {
        BatchIterator { batch: slf.unbind(), ready: Vec::new(), next: 0 }
    }
}

/// Makes some tuples at a time, so that a batch is never held twice.
#[pyclass(module = "claw._native")]
struct BatchIterator {
    batch: Py<Batch>,
    ready: Vec<Py<PyTuple>>,
    next: usize,
}

#[binding]
#[pymethods]
impl BatchIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyTuple>>> {
        if self.ready.is_empty() {
            let batch = self.batch.get();
            let end = (self.next + 256).min(batch.0.len());
            let mut kinds = LastKind::default();
            let records = (self.next..end).rev().map(|index| Ok(batch.record(py, index, &mut kinds)?.unbind()));
            self.ready = records.collect::<PyResult<_>>()?;
            self.next = end;
        }
        Ok(self.ready.pop())
    }
}
