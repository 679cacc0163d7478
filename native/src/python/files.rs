//! `open_file`, `write_file`, `change_files`, `matching`, `PathPatterns`, `guarded`, `obeyed_by_git`, `set_aside`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::os::fd::IntoRawFd;
use std::path::{Path, PathBuf};

use claw_macros::binding;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::raise;
use super::grant::{Grant, grant_error};
use crate::files::{self, FileError, Identity};

#[binding]
#[pyfunction]
fn open_file(py: Python<'_>, path: PathBuf) -> PyResult<i32> {
    let opened = py.detach(|| files::open_file(&path));
    opened.map(IntoRawFd::into_raw_fd).map_err(|error| failed(py, error, &path))
}

#[binding]
#[pyfunction]
#[pyo3(signature = (grant, workspace, canonical, data, replacing, at = None))]
fn write_file(
    py: Python<'_>,
    grant: &Grant,
    workspace: PathBuf,
    canonical: &str,
    data: &[u8],
    replacing: Option<(u64, u64, u64, i64, i64)>,
    at: Option<PathBuf>,
) -> PyResult<()> {
    grant.inner.take_path(canonical).map_err(|error| grant_error(py, &error))?;
    let path = at.unwrap_or_else(|| workspace.join(canonical));
    py.detach(|| files::write_file(&path, data, replacing.map(identity))).map_err(|error| failed(py, error, &path))
}

/// Where, what it holds from then on, the file that the caller looked at, permission bits, where that really is.
type Change<'py> =
    (String, Option<Bound<'py, PyBytes>>, Option<(u64, u64, u64, i64, i64)>, Option<u32>, Option<PathBuf>);

#[binding]
#[pyfunction]
fn change_files(py: Python<'_>, grant: &Grant, workspace: PathBuf, changes: Vec<Change<'_>>) -> PyResult<()> {
    for (canonical, ..) in &changes {
        grant.inner.take_path(canonical).map_err(|error| grant_error(py, &error))?;
    }
    let changes: Vec<_> = changes
        .iter()
        .map(|(canonical, data, replacing, mode, at)| files::Change {
            path: at.clone().unwrap_or_else(|| workspace.join(canonical)),
            data: data.as_ref().map(|data| data.as_bytes()),
            replacing: replacing.map(identity),
            mode: *mode,
        })
        .collect();
    let done = py.detach(|| files::change_files(&changes));
    done.map_err(|(number, error)| {
        let path = &changes[number].path;
        let failure = failed(py, error, path);
        // Which of the files it is, the error of one file need not say.
        if failure.is_instance_of::<PyOSError>(py) {
            let _ = failure.value(py).setattr("filename", path);
        }
        failure
    })
}

#[binding]
#[pyfunction]
fn other_names(py: Python<'_>, paths: Vec<PathBuf>, root: PathBuf) -> Vec<OsString> {
    let found = py.detach(|| files::other_names(&paths, &root));
    found.into_iter().map(PathBuf::into_os_string).collect()
}

#[binding]
#[pyfunction]
fn matching(py: Python<'_>, patterns: Vec<String>, root: PathBuf, most: usize) -> Option<Vec<OsString>> {
    let found = py.detach(|| files::matching(&patterns, &root, most))?;
    Some(found.into_iter().map(PathBuf::into_os_string).collect())
}

#[pyclass(frozen, module = "claw._native")]
struct PathPatterns(files::Patterns);

#[binding]
#[pymethods]
impl PathPatterns {
    #[new]
    fn new(py: Python<'_>, patterns: Vec<String>) -> PyResult<Self> {
        files::Patterns::new(&patterns).map(Self).map_err(|error| raise(py, "UsageError", &error, ""))
    }

    fn name(&self, path: PathBuf) -> bool {
        self.0.name(&path)
    }
}

#[binding]
#[pyfunction]
#[pyo3(signature = (root, opening = None, configured = Vec::new()))]
fn guarded(
    py: Python<'_>,
    root: PathBuf,
    opening: Option<BTreeSet<PathBuf>>,
    configured: Vec<PathBuf>,
) -> (Vec<OsString>, Vec<OsString>, Vec<OsString>) {
    let guarded = py.detach(|| files::guarded(&root, opening.as_ref(), &configured));
    let plain = |paths: Vec<PathBuf>| paths.into_iter().map(PathBuf::into_os_string).collect();
    let [closed, bare] = [guarded.closed, guarded.bare].map(|paths| plain(paths.into_iter().collect()));
    (plain(guarded.found), closed, bare)
}

#[binding]
#[pyfunction]
fn obeyed_by_git(py: Python<'_>, path: PathBuf, workspace: PathBuf, configured: Vec<PathBuf>) -> bool {
    py.detach(|| files::is_obeyed(&path, &workspace, &configured))
}

#[binding]
#[pyfunction]
fn set_aside(py: Python<'_>, path: PathBuf) -> PyResult<OsString> {
    let aside = py.detach(|| files::set_aside(&path)).map_err(|error| failed(py, error, &path))?;
    Ok(aside.into_os_string())
}

fn identity((dev, ino, size, mtime_ns, ctime_ns): (u64, u64, u64, i64, i64)) -> Identity {
    Identity { dev, ino, size, mtime_ns, ctime_ns }
}

fn failed(py: Python<'_>, error: FileError, path: &Path) -> PyErr {
    let name = path.display();
    match error {
        FileError::Io(error) => os_error(py, &error),
        FileError::NotAFile("a folder") => os_error(py, &io::Error::from_raw_os_error(libc::EISDIR)),
        FileError::Moved => {
            let message = format!("A part of {name} is not a folder, or has become a link since the call was checked.");
            raise(py, "ToolError", &message, "Make the call again.")
        }
        FileError::NotAFile(kind) => raise(py, "ToolError", &format!("{name} is {kind}, not a file."), ""),
        FileError::Changed => {
            let message = format!("{name} was changed by someone else at this very moment. Read it again first.");
            raise(py, "ToolError", &message, "")
        }
    }
}

/// `OSError(errno, words)`, which is the subclass that belongs to the errno.
fn os_error(py: Python<'_>, error: &io::Error) -> PyErr {
    let Some(errno) = error.raw_os_error() else { return PyOSError::new_err(error.to_string()) };
    let words = py.import("os").and_then(|os| os.call_method1("strerror", (errno,))?.extract::<String>());
    words.map_or_else(|failure| failure, |words| PyOSError::new_err((errno, words)))
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PathPatterns>()?;
    m.add_function(wrap_pyfunction!(open_file, m)?)?;
    m.add_function(wrap_pyfunction!(write_file, m)?)?;
    m.add_function(wrap_pyfunction!(change_files, m)?)?;
    m.add_function(wrap_pyfunction!(other_names, m)?)?;
    m.add_function(wrap_pyfunction!(matching, m)?)?;
    m.add_function(wrap_pyfunction!(guarded, m)?)?;
    m.add_function(wrap_pyfunction!(obeyed_by_git, m)?)?;
    m.add_function(wrap_pyfunction!(set_aside, m)?)
}
