//! `parse_arguments`.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::raise::raise;

const HINT: &str = "Send the arguments again as one valid JSON object.";

#[pyfunction]
fn parse_arguments<'py>(py: Python<'py>, text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyBytes>> {
    let invalid = |message: &str| raise(py, "ArgumentsInvalid", message, HINT);
    // Only a string with a lone surrogate has no UTF-8.
    let text = text.to_cow().map_err(|_| invalid("invalid tool arguments: the text holds half of a surrogate pair"))?;
    match crate::arguments::parse(&text) {
        Ok(packed) => Ok(PyBytes::new(py, &packed)),
        Err(error) => Err(invalid(&error.to_string())),
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(parse_arguments, m)?)
}
