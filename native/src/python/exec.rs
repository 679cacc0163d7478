//! `Process` and `wait_guard`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use claw_macros::binding;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::errors::raise;
use super::grant::{Grant, grant_error};
use super::policy::failed;
use crate::exec::{self, StartError, WaitError};
use crate::policy::{DeniedCommands, PolicyError};

/// An empty stdin.
const NOTHING: &[u8] = b"";

/// What a command can reach.
#[pyclass(module = "claw._native", frozen)]
struct Confinement {
    inner: exec::Confinement,
}

#[binding]
#[pymethods]
impl Confinement {
    #[new]
    #[pyo3(signature = (*, workspace, home, claw_home, writable, protected, readable, writable_extra, network, hidden = Vec::new(), layered = Vec::new(), shown = Vec::new(), scratch = None, namespaces = true, processes = None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        workspace: PathBuf,
        home: PathBuf,
        claw_home: PathBuf,
        writable: bool,
        protected: Vec<PathBuf>,
        readable: Vec<PathBuf>,
        writable_extra: Vec<PathBuf>,
        network: Vec<String>,
        hidden: Vec<PathBuf>,
        layered: Vec<PathBuf>,
        shown: Vec<PathBuf>,
        scratch: Option<PathBuf>,
        namespaces: bool,
        processes: Option<u32>,
    ) -> PyResult<Self> {
        let network = exec::Network::new(&network).map_err(|error| start_error(py, &error))?;
        let inner = exec::Confinement {
            workspace,
            home,
            claw_home,
            writable,
            protected,
            hidden,
            readable,
            layered,
            shown,
            scratch,
            writable_extra,
            network,
            namespaces,
            processes,
        };
        Ok(Self { inner })
    }

    #[staticmethod]
    fn begin() {
        exec::begin();
    }

    #[staticmethod]
    fn settle(py: Python<'_>) {
        py.detach(exec::settle);
    }

    #[staticmethod]
    fn available(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let found = py.detach(exec::available);
        let facts = PyDict::new(py);
        facts.set_item("namespaces", found.namespaces)?;
        facts.set_item("proc", found.proc)?;
        facts.set_item("landlock", found.landlock)?;
        facts.set_item("seccomp", found.seccomp)?;
        facts.set_item("cgroup", found.cgroup)?;
        facts.set_item("processes", found.processes.name())?;
        facts.set_item("traced", py.detach(exec::can_trace))?;
        facts.set_item("why", &found.why)?;
        Ok(facts)
    }
}

#[pyclass(module = "claw._native", frozen)]
struct Process {
    inner: exec::Process,
}

#[binding]
#[pymethods]
impl Process {
    #[new]
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (grant, *, shell, cwd, env, guard, stdin = NOTHING, confinement = None, terminal = None, heir = None, denied = Vec::new(), input = None, driver = None))]
    fn new(
        py: Python<'_>,
        grant: &Grant,
        shell: OsString,
        cwd: PathBuf,
        env: HashMap<OsString, OsString>,
        guard: PathBuf,
        stdin: &[u8],
        confinement: Option<&Confinement>,
        terminal: Option<exec::Size>,
        heir: Option<(Vec<OsString>, Vec<u8>)>,
        denied: Vec<(String, String)>,
        input: Option<RawFd>,
        driver: Option<OsString>,
    ) -> PyResult<Self> {
        let mut env: Vec<_> = env.into_iter().collect();
        env.sort();
        let confinement = confinement.map(|confinement| &confinement.inner);
        let heir = heir.as_ref().map(|(argv, will)| exec::Heir { argv, will });
        let input = input.map(duplicate).transpose()?;
        let denied = DeniedCommands::new(&denied).map_err(|error| failed(py, PolicyError::Rule(error)))?;
        let how = exec::Start {
            shell: &shell,
            cwd: &cwd,
            env: &env,
            guard: &guard,
            stdin,
            input,
            driver: driver.as_deref(),
            confinement,
            terminal,
            denied: Some(&denied),
            heir,
        };
        let started = py.detach(|| exec::Process::start(&grant.inner, how));
        started.map(|inner| Self { inner }).map_err(|error| start_error(py, &error))
    }

    #[getter]
    fn pid(&self) -> i32 {
        self.inner.pid()
    }

    #[getter]
    fn output_fd(&self) -> RawFd {
        self.inner.output().as_raw_fd()
    }

    #[getter]
    fn status_fd(&self) -> RawFd {
        self.inner.status().as_raw_fd()
    }

    fn read<'py>(&self, py: Python<'py>, timeout: f64) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let piece = patiently(py, timeout, |deadline| self.inner.read(deadline))?;
        Ok(piece.map(|piece| PyBytes::new(py, &piece)))
    }

    fn wait(&self, py: Python<'_>, timeout: f64) -> PyResult<Option<i32>> {
        patiently(py, timeout, |deadline| self.inner.wait(deadline))
    }

    fn network_log(&self) -> Vec<exec::Decision> {
        self.inner.network_log()
    }

    fn refused(&self) -> Vec<(String, String, String)> {
        self.inner.refused().into_iter().map(|one| (one.command, one.rule, one.source)).collect()
    }

    fn kill(&self) {
        self.inner.kill();
    }

    fn give(&self, py: Python<'_>, grant: &Grant) -> PyResult<()> {
        py.detach(|| self.inner.give(&grant.inner)).map_err(|error| start_error(py, &error))
    }

    fn interrupt(&self, py: Python<'_>) {
        py.detach(|| self.inner.interrupt());
    }

    #[getter]
    fn channel_fd(&self) -> Option<RawFd> {
        self.inner.channel().map(|channel| channel.as_raw_fd())
    }
}

fn start_error(py: Python<'_>, error: &StartError) -> PyErr {
    let hint = match error {
        StartError::Grant(error) => return grant_error(py, error),
        StartError::NotFound(_) => "Check the program's name and the PATH.",
        StartError::Cwd(..) => "Choose a directory that exists.",
        StartError::Confinement(_) => {
            let hint = "The command was not started. `claw doctor` says what is missing here.";
            return raise(py, "SandboxUnavailable", &error.to_string(), hint);
        }
        _ => "",
    };
    raise(py, "ToolError", &error.to_string(), hint)
}

/// A second descriptor of the same file, which outlives what the caller does with the first one.
fn duplicate(fd: RawFd) -> std::io::Result<OwnedFd> {
    if fd < 0 {
        return Err(std::io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: not -1, and borrowed for this call only, which fails where it is nothing open.
    unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()
}

/// Fork the process that commands are started from.
#[binding]
#[pyfunction]
fn prepare_starts(py: Python<'_>) -> PyResult<()> {
    Ok(py.detach(exec::prepare)?)
}

#[binding]
#[pyfunction]
fn wait_guard(py: Python<'_>, path: PathBuf, timeout: f64) -> PyResult<bool> {
    // Waits in slices, so that an interrupt is seen.
    let deadline = deadline(timeout);
    loop {
        let slice = deadline.min(Instant::now() + Duration::from_millis(200));
        match py.detach(|| exec::wait_guard(&path, slice)) {
            Ok(false) if Instant::now() < deadline => py.check_signals()?,
            Ok(free) => return Ok(free),
            Err(error) => {
                let message = format!("cannot look at the guard file `{}`: {error}", path.display());
                return Err(raise(py, "ToolError", &message, ""));
            }
        }
    }
}

/// Wait without the GIL; let Python handle signals that come meanwhile.
fn patiently<T: Send>(
    py: Python<'_>,
    timeout: f64,
    mut attempt: impl FnMut(Instant) -> Result<T, WaitError> + Send,
) -> PyResult<T> {
    let deadline = deadline(timeout);
    loop {
        match py.detach(|| attempt(deadline)) {
            Ok(value) => return Ok(value),
            Err(WaitError::Interrupted) => py.check_signals()?,
            Err(error) => return Err(raise(py, "ToolError", &error.to_string(), "")),
        }
    }
}

/// Negative and NaN are now; a year is long enough for everything beyond it.
fn deadline(timeout: f64) -> Instant {
    const YEAR: f64 = 365.0 * 86400.0;
    let timeout = if timeout > 0.0 { timeout.min(YEAR) } else { 0.0 };
    Instant::now() + Duration::from_secs_f64(timeout)
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Confinement>()?;
    m.add_class::<Process>()?;
    m.add_function(wrap_pyfunction!(prepare_starts, m)?)?;
    m.add_function(wrap_pyfunction!(wait_guard, m)?)
}
