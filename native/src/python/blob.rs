//! `BlobStore` and `blake3`.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::{blob_error, without_gil};
use crate::blob;

/// Content by its BLAKE3 digest, in one folder.
#[pyclass(module = "claw._native", frozen)]
struct BlobStore(blob::BlobStore);

#[pymethods]
impl BlobStore {
    #[new]
    fn new(path: &str) -> Self {
        Self(blob::BlobStore::new(path))
    }

    /// Store and sync; return the digest.
    fn put(&self, py: Python<'_>, content: &[u8]) -> PyResult<String> {
        without_gil(py, || self.0.put(content))?.map_err(|error| blob_error(py, &error))
    }

    /// The content, checked against its digest.
    fn get<'py>(&self, py: Python<'py>, digest: &str) -> PyResult<Bound<'py, PyBytes>> {
        let content = without_gil(py, || self.0.get(digest))?.map_err(|error| blob_error(py, &error))?;
        Ok(PyBytes::new(py, &content))
    }

    /// Whether it is there.
    fn has(&self, py: Python<'_>, digest: &str) -> PyResult<bool> {
        without_gil(py, || self.0.has(digest))
    }
}

/// BLAKE3 digest, 64 hex digits.
#[pyfunction(name = "blake3")]
fn digest(py: Python<'_>, content: &[u8]) -> PyResult<String> {
    without_gil(py, || blob::digest(content))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<BlobStore>()?;
    module.add_function(wrap_pyfunction!(digest, module)?)
}
