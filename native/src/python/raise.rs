//! Raising the classes of `claw.errors`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule};

static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// `claw.errors.<class>(message, hint=hint)`, ready to be returned as an error. Whatever goes wrong on the way to it is
/// returned instead.
pub(super) fn raise(py: Python<'_>, class: &str, message: &str, hint: &str) -> PyErr {
    let build = || {
        let errors = ERRORS.get_or_try_init(py, || py.import("claw.errors").map(Bound::unbind))?;
        let keywords = PyDict::new(py);
        keywords.set_item("hint", hint)?;
        errors.bind(py).getattr(class)?.call((message,), Some(&keywords))
    };
    build().map_or_else(|error| error, PyErr::from_value)
}
