//! `Policy`.

use std::sync::{Mutex, PoisonError};

use claw_macros::binding;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::policy::failed;
use crate::policy::Checker;

#[pyclass(frozen, module = "claw._native")]
struct Policy(Mutex<Checker>);

#[binding]
#[pymethods]
impl Policy {
    #[new]
    fn new(py: Python<'_>, question: &[u8]) -> PyResult<Self> {
        let checker = Checker::new(question).map_err(|error| failed(py, error))?;
        Ok(Self(Mutex::new(checker)))
    }

    fn check<'py>(&self, py: Python<'py>, call: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let mut checker = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = checker.check(call).map_err(|error| failed(py, error))?;
        Ok(PyBytes::new(py, &verdict))
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Policy>()
}
