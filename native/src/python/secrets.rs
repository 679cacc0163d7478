//! `SecretFilter`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::secrets;

#[pyclass(module = "claw._native", frozen)]
struct SecretFilter {
    inner: Mutex<secrets::SecretFilter>,
}

impl SecretFilter {
    fn inner(&self) -> MutexGuard<'_, secrets::SecretFilter> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Half surrogate pairs, which no event can hold, become U+FFFD here.
#[pymethods]
impl SecretFilter {
    #[new]
    fn new(secrets: Vec<(String, String)>) -> Self {
        Self { inner: Mutex::new(secrets::SecretFilter::new(secrets)) }
    }

    fn feed(&self, text: &Bound<'_, PyString>) -> String {
        self.inner().feed(&text.to_string_lossy())
    }

    fn flush(&self) -> String {
        self.inner().flush()
    }

    fn mask(&self, text: &Bound<'_, PyString>) -> String {
        self.inner().mask(&text.to_string_lossy())
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<SecretFilter>()
}
