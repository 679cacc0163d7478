//! `Grant`.

use claw_macros::binding;
use pyo3::prelude::*;

use super::errors::raise;
use crate::exec::{self, GrantError};

/// What a granted call may do.
#[pyclass(module = "claw._native", frozen)]
pub(super) struct Grant {
    pub(super) inner: exec::Grant,
}

#[binding]
#[pymethods]
impl Grant {
    #[new]
    #[pyo3(signature = (call, digest, command=None))]
    fn new(py: Python<'_>, call: &[u8], digest: &str, command: Option<&str>) -> PyResult<Self> {
        let inner = exec::Grant::new(call, digest, command).map_err(|error| grant_error(py, &error))?;
        Ok(Self { inner })
    }
}

/// As `ToolError`.
pub(super) fn grant_error(py: Python<'_>, error: &GrantError) -> PyErr {
    let hint = match error {
        GrantError::Digest | GrantError::Call(_) => "Nothing was done. This is a bug in claw; please report it.",
        GrantError::Command(_) | GrantError::Path(..) => "Nothing was done. Ask for the call again.",
    };
    raise(py, "ToolError", &error.to_string(), hint)
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Grant>()
}
