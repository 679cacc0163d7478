//! The Python face of the crate: converts types and errors, decides nothing.

mod arguments;
mod batch;
mod blob;
mod checker;
mod errors;
mod exec;
mod files;
mod grant;
mod log;
mod policy;
mod raise;
mod search;
mod secrets;

use pyo3::prelude::*;

#[pymodule]
fn _native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    arguments::register(m)?;
    exec::register(m)?;
    files::register(m)?;
    grant::register(m)?;
    log::register(m)?;
    blob::register(m)?;
    checker::register(m)?;
    policy::register(m)?;
    search::register(m)?;
    secrets::register(m)?;
    // The stub says what is public.
    m.delattr("__all__")
}
