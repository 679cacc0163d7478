//! `glob`, `grep`, `matching_lines`, `fuzzy`, `PathIndex` and `CancelToken`.

use std::path::PathBuf;

use claw_macros::binding;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::raise;
use crate::search::{self, Cancel, Fuzzy, Grep, Mode, SearchError};

#[pyclass(module = "claw._native", frozen)]
#[derive(Default)]
struct CancelToken {
    inner: Cancel,
}

#[binding]
#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn cancel(&self) {
        self.inner.cancel();
    }

    #[getter]
    fn cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }
}

#[binding]
#[pyfunction]
#[pyo3(
    signature = (pattern, root, *, limit = 1000, exclude = Vec::new(), ignored = false, cancel = None),
    text_signature = "(pattern, root, *, limit=1000, exclude=(), ignored=False, cancel=None)"
)]
fn glob(
    py: Python<'_>,
    pattern: &str,
    root: PathBuf,
    limit: usize,
    exclude: Vec<String>,
    ignored: bool,
    cancel: Option<&Bound<'_, CancelToken>>,
) -> PyResult<(Vec<String>, bool)> {
    let cancel = flag(cancel);
    let found = py.detach(|| search::glob(pattern, &root, limit, &exclude, ignored, &cancel));
    let (paths, truncated) = found.map_err(|error| failed(py, &error))?;
    Ok((paths.iter().map(|path| path.to_string_lossy().into_owned()).collect(), truncated))
}

#[binding]
#[pyfunction]
#[pyo3(
    signature = (
        pattern,
        root,
        *,
        glob = None,
        file_type = None,
        ignore_case = false,
        multiline = false,
        before = 0,
        after = 0,
        mode = "files_with_matches",
        line_numbers = true,
        limit = None,
        max_bytes = 1_000_000,
        exclude = Vec::new(),
        decode = None,
        cancel = None,
    ),
    text_signature = "(pattern, root, *, glob=None, file_type=None, ignore_case=False, multiline=False, before=0, \
                      after=0, mode='files_with_matches', line_numbers=True, limit=None, max_bytes=1000000, \
                      exclude=(), decode=None, cancel=None)"
)]
#[allow(clippy::too_many_arguments)] // The stub's.
fn grep(
    py: Python<'_>,
    pattern: &str,
    root: PathBuf,
    glob: Option<&str>,
    file_type: Option<&str>,
    ignore_case: bool,
    multiline: bool,
    before: usize,
    after: usize,
    mode: &str,
    line_numbers: bool,
    limit: Option<usize>,
    max_bytes: usize,
    exclude: Vec<String>,
    decode: Option<Py<PyAny>>,
    cancel: Option<&Bound<'_, CancelToken>>,
) -> PyResult<(String, bool)> {
    let mode = match mode {
        "content" => Mode::Content,
        "files_with_matches" => Mode::FilesWithMatches,
        "count" => Mode::Count,
        other => {
            let message = format!("unknown grep mode `{other}`");
            return Err(raise(py, "ToolError", &message, "Use content, files_with_matches or count."));
        }
    };
    let search = Grep {
        pattern,
        root: &root,
        glob,
        file_type,
        ignore_case,
        multiline,
        before,
        after,
        mode,
        line_numbers,
        limit,
        max_bytes,
        exclude: &exclude,
    };
    let cancel = flag(cancel);
    let text = |decode: &Py<PyAny>, bytes: &[u8]| -> Option<String> {
        Python::attach(|py| decode.call1(py, (PyBytes::new(py, bytes),)).ok()?.extract(py).ok()?)
    };
    let decode = decode.map(|decode| move |bytes: &[u8]| text(&decode, bytes));
    let decode = decode.as_ref().map(|decode| decode as search::Decode<'_>);
    py.detach(|| search::grep(&search, decode, &cancel)).map_err(|error| failed(py, &error))
}

fn flag(token: Option<&Bound<'_, CancelToken>>) -> Cancel {
    token.map(|token| token.get().inner.clone()).unwrap_or_default()
}

pub(super) fn failed(py: Python<'_>, error: &SearchError) -> PyErr {
    let message = error.to_string();
    let hint = if message.contains(r#"the literal "\n" is not allowed"#) {
        "Set multiline to match across lines."
    } else {
        ""
    };
    raise(py, "ToolError", &message, hint)
}

#[binding]
#[pyfunction]
fn matching_lines(py: Python<'_>, text: &str, pattern: &str) -> PyResult<String> {
    py.detach(|| search::matching_lines(text, pattern)).map_err(|error| failed(py, &error))
}

#[binding]
#[pyfunction]
fn fuzzy(py: Python<'_>, query: &str, names: Vec<String>, limit: usize) -> PyResult<Vec<String>> {
    let found = py.detach(|| {
        let found = Fuzzy::new(query).best(names.iter().map(String::as_str), limit);
        found.into_iter().map(str::to_owned).collect()
    });
    Ok(found)
}

#[pyclass(module = "claw._native", frozen)]
struct PathIndex {
    inner: search::PathIndex,
}

#[binding]
#[pymethods]
impl PathIndex {
    #[new]
    #[pyo3(signature = (root, exclude = Vec::new()), text_signature = "(root, exclude=())")]
    fn new(root: PathBuf, exclude: Vec<String>) -> Self {
        Self { inner: search::PathIndex::new(&root, exclude) }
    }

    #[pyo3(signature = (cancel = None), text_signature = "($self, cancel=None)")]
    fn refresh(&self, py: Python<'_>, cancel: Option<&Bound<'_, CancelToken>>) -> PyResult<()> {
        let cancel = flag(cancel);
        py.detach(|| self.inner.refresh(&cancel)).map_err(|error| failed(py, &error))
    }

    fn matching(&self, py: Python<'_>, query: &str, limit: usize) -> PyResult<Vec<String>> {
        Ok(py.detach(|| self.inner.matching(query, limit)))
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<CancelToken>()?;
    m.add_class::<PathIndex>()?;
    m.add_function(wrap_pyfunction!(fuzzy, m)?)?;
    m.add_function(wrap_pyfunction!(glob, m)?)?;
    m.add_function(wrap_pyfunction!(grep, m)?)?;
    m.add_function(wrap_pyfunction!(matching_lines, m)?)
}
