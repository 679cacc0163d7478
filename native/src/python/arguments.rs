//! `parse_arguments`, `parse_document`.

use claw_macros::binding;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::errors::raise;

const HINT: &str = "Send the arguments again as one valid JSON object.";

#[binding]
#[pyfunction]
#[pyo3(signature = (text, schema = None))]
fn parse_arguments<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyString>,
    schema: Option<&str>,
) -> PyResult<Bound<'py, PyBytes>> {
    let invalid = |message: &str| raise(py, "ArgumentsInvalid", message, HINT);
    // Only a string with a lone surrogate has no UTF-8.
    let text = text.to_cow().map_err(|_| invalid("invalid tool arguments: the text holds half of a surrogate pair"))?;
    match crate::arguments::parse(&text, schema) {
        Ok(packed) => Ok(PyBytes::new(py, &packed)),
        Err(error) => Err(invalid(&error.to_string())),
    }
}

#[binding]
#[pyfunction]
fn parse_document<'py>(py: Python<'py>, text: &str, name: &str) -> PyResult<Bound<'py, PyBytes>> {
    match crate::arguments::parse(text, None) {
        Ok(packed) => Ok(PyBytes::new(py, &packed)),
        Err(error) => {
            let message = format!("{name}:{}: {} (column {})", error.line, error.problem, error.column);
            Err(raise(py, "UsageError", &message, ""))
        }
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(parse_arguments, m)?)?;
    m.add_function(wrap_pyfunction!(parse_document, m)?)
}
