//! How what goes wrong reaches Python: as a class of `claw.errors`, with its attributes; a panic too.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

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
}

/// Where the first panic began that no binding has raised yet, and what it said.
static BEGAN: Mutex<Option<String>> = Mutex::new(None);

fn began() -> MutexGuard<'static, Option<String>> {
    BEGAN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every binding runs in (`claw_macros::binding`): a panic in it is raised as `ClawError`.
pub fn caught<T>(work: impl FnOnce() -> T) -> PyResult<T> {
    DEPTH.set(DEPTH.get() + 1);
    let done = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    done.map_err(|_| {
        let began = began().take().unwrap_or_default();
        // What a panic says can hold a piece of what it was about.
        let masked = catch_unwind(|| secrets::mask_tokens(&began)).unwrap_or_default();
        let message = format!("claw's native code failed {masked}").trim_end().to_owned();
        let hint = "This is a bug in claw; please report it with what you did. `claw resume S` goes on with a session.";
        Python::attach(|py| raise(py, "ClawError", &message, hint))
    })
}

/// Where a panic becomes an error nothing is printed: the terminal may be drawn on at that moment. The same in threads
/// without a name, for which whoever began them waits; claw's others have one.
pub fn print_no_panic_that_is_raised() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if DEPTH.get() == 0 && thread::current().name().is_some() {
            return print(panic);
        }
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload().downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.payload().downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
        began().get_or_insert_with(|| format!("at {place}: {text}"));
    }));
}
