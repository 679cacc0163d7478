//! How what goes wrong reaches Python: as a class of `claw.errors`, with its attributes; a panic too.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule, PyType};

use crate::blob::BlobError;
use crate::log::{Error, ErrorKind};
use crate::secrets;

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

/// `claw.errors.<class>(message, hint=hint)`, ready to be returned as an error. Whatever goes wrong on the way to it is
/// returned instead.
pub fn raise(py: Python<'_>, class: &str, message: &str, hint: &str) -> PyErr {
    build(py, class, message, |arguments| arguments.set_item("hint", hint))
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

thread_local! {
    /// How many bindings this thread is in, one called by the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Where the last panic in one of them began.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What every binding runs in (`claw_macros::binding`): a panic in it is raised as `ClawError`.
pub fn caught<T>(work: impl FnOnce() -> T) -> PyResult<T> {
    DEPTH.set(DEPTH.get() + 1);
    let done = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    done.map_err(|panic| {
        let message = catch_unwind(AssertUnwindSafe(|| explained(&*panic)));
        let message = message.unwrap_or_else(|_| "claw's native code failed.".to_owned());
        let hint = "This is a bug in claw; please report it with what you did. `claw resume S` goes on with a session.";
        Python::attach(|py| raise(py, "ClawError", &message, hint))
    })
}

/// What a panic says can hold a piece of what it was about.
fn explained(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why");
    format!("claw's native code failed at {}: {}", PLACE.take(), secrets::mask_tokens(text))
}

/// Where a panic becomes an error nothing is printed: the terminal may be drawn on at that moment.
pub fn print_no_panic_that_is_raised() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if DEPTH.get() == 0 {
            return print(panic);
        }
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        PLACE.with_borrow_mut(|last| *last = place);
    }));
}
