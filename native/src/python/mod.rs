//! The Python face of the crate: converts types and errors, decides nothing.

mod arguments;
mod exec;
mod policy;
mod raise;

use pyo3::prelude::*;

#[pymodule]
fn _native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    arguments::register(m)?;
    exec::register(m)?;
    policy::register(m)?;
    Ok(())
}
