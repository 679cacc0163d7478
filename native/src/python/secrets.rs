//! `SecretFilter`, `TokenFilter`, `mask_tokens`, `find_tokens`.

use std::sync::{Mutex, MutexGuard};

use claw_macros::binding;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::secrets;

/// What a filter that failed has withheld nobody knows, so nothing passes it any more: this panics then.
fn whole<F>(filter: &Mutex<F>) -> MutexGuard<'_, F> {
    filter.lock().expect("this filter of secrets failed before")
}

#[pyclass(module = "claw._native", frozen)]
struct SecretFilter {
    inner: Mutex<secrets::SecretFilter>,
}

/// Half surrogate pairs, which no event can hold, become U+FFFD here.
#[binding]
#[pymethods]
impl SecretFilter {
    #[new]
    fn new(secrets: Vec<(String, String)>) -> Self {
        Self { inner: Mutex::new(secrets::SecretFilter::new(secrets)) }
    }

    fn feed(&self, text: &Bound<'_, PyString>) -> String {
        whole(&self.inner).feed(&text.to_string_lossy())
    }

    fn flush(&self) -> String {
        whole(&self.inner).flush()
    }

    fn mask(&self, text: &Bound<'_, PyString>) -> String {
        whole(&self.inner).mask(&text.to_string_lossy())
    }
}

#[pyclass(module = "claw._native", frozen)]
#[derive(Default)]
struct TokenFilter {
    inner: Mutex<secrets::TokenFilter>,
}

#[binding]
#[pymethods]
impl TokenFilter {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn feed(&self, text: &Bound<'_, PyString>) -> String {
        whole(&self.inner).feed(&text.to_string_lossy())
    }

    fn flush(&self) -> String {
        whole(&self.inner).flush()
    }
}

#[binding]
#[pyfunction]
fn mask_tokens(text: &Bound<'_, PyString>) -> String {
    secrets::mask_tokens(&text.to_string_lossy())
}

#[binding]
#[pyfunction]
fn find_tokens(text: &Bound<'_, PyString>) -> Vec<String> {
    secrets::find_tokens(&text.to_string_lossy()).into_iter().map(str::to_owned).collect()
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<SecretFilter>()?;
    m.add_class::<TokenFilter>()?;
    m.add_function(wrap_pyfunction!(mask_tokens, m)?)?;
    m.add_function(wrap_pyfunction!(find_tokens, m)?)
}
