//! One mapper per error of the crate: each becomes its class of `claw.errors`, with its attributes.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule, PyType};

use super::raise::raise;
use crate::blob::BlobError;
use crate::log::{Error, ErrorKind};

static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// A class of `claw.errors`.
fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyType>> {
    let module = ERRORS.get_or_try_init(py, || Ok::<_, PyErr>(py.import("claw.errors")?.unbind()))?;
    Ok(module.bind(py).getattr(name)?.cast_into::<PyType>()?)
}

fn build(py: Python<'_>, name: &str, message: &str, fill: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>) -> PyErr {
    let made = (|| {
        let arguments = PyDict::new(py);
        fill(&arguments)?;
        class(py, name)?.call((message,), Some(&arguments))
    })();
    made.map_or_else(|error| error, PyErr::from_value)
}

/// Of the log.
pub fn log_error(py: Python<'_>, error: &Error) -> PyErr {
    let name = match error.kind {
        ErrorKind::NotFound => "LogNotFound",
        ErrorKind::Locked => "LogLocked",
        ErrorKind::Corrupt { .. } => "LogCorrupt",
        ErrorKind::TooNew => "LogTooNew",
        ErrorKind::Poisoned => "LogPoisoned",
        ErrorKind::Full => "LogFull",
        ErrorKind::Other => "LogError",
    };
    build(py, name, &error.message, |arguments| {
        arguments.set_item("hint", &error.hint)?;
        arguments.set_item("path", error.path.to_string_lossy())?;
        if let ErrorKind::Corrupt { offset, last_good_seq } = error.kind {
            arguments.set_item("offset", offset)?;
            arguments.set_item("last_good_seq", last_good_seq)?;
        }
        Ok(())
    })
}

/// Of the blob store.
pub fn blob_error(py: Python<'_>, error: &BlobError) -> PyErr {
    let hint = match error {
        BlobError::Missing { .. } | BlobError::Damaged { .. } => "claw fsck says which records name it",
        BlobError::NotADigest(_) | BlobError::Io { .. } => "",
    };
    raise(py, "BlobError", &error.to_string(), hint)
}

/// Run `work` without the GIL; a panic in it becomes `ClawError`.
pub fn without_gil<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work))).map_err(|panic| panicked(py, &*panic))
}

fn panicked(py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    raise(py, "ClawError", &format!("claw's native code failed: {text}"), "this is a bug in claw; please report it")
}
