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
mod program;
mod search;
mod secrets;
mod web;
mod wire;

use claw_macros::binding;
use errors::caught;
use pyo3::prelude::*;

#[binding]
#[pymodule]
fn _native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::print_no_panic_that_is_raised();
    arguments::register(m)?;
    exec::register(m)?;
    files::register(m)?;
    grant::register(m)?;
    log::register(m)?;
    blob::register(m)?;
    checker::register(m)?;
    policy::register(m)?;
    program::register(m)?;
    search::register(m)?;
    secrets::register(m)?;
    web::register(m)?;
    wire::register(m)?;
    // The stub says what is public.
    m.delattr("__all__")
}
