//! `BlobStore` and `blake3`.

use claw_macros::binding;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::blob_error;
use crate::blob;

/// Content by its BLAKE3 digest, in one folder.
#[pyclass(module = "claw._native", frozen)]
struct BlobStore(blob::BlobStore);

#[binding]
#[pymethods]
impl BlobStore {
    #[new]
    fn new(path: &str) -> Self {
        Self(blob::BlobStore::new(path))
    }

    /// Store and sync; return the digest.
    fn put(&self, py: Python<'_>, content: &[u8]) -> PyResult<String> {
        py.detach(|| self.0.put(content)).map_err(|error| blob_error(py, &error))
    }

    /// The content, checked against its digest.
    fn get<'py>(&self, py: Python<'py>, digest: &str) -> PyResult<Bound<'py, PyBytes>> {
        let content = py.detach(|| self.0.get(digest)).map_err(|error| blob_error(py, &error))?;
        Ok(PyBytes::new(py, &content))
    }

    /// Whether it is there.
    fn has(&self, py: Python<'_>, digest: &str) -> bool {
        py.detach(|| self.0.has(digest))
    }
}

/// BLAKE3 digest, 64 hex digits.
#[binding]
#[pyfunction(name = "blake3")]
fn digest(py: Python<'_>, content: &[u8]) -> String {
    py.detach(|| blob::digest(content))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<BlobStore>()?;
    module.add_function(wrap_pyfunction!(digest, module)?)
}
