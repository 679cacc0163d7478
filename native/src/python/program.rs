//! `Program`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use claw_macros::binding;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::program;

type Answer<'py> = (i32, Bound<'py, PyBytes>, Bound<'py, PyBytes>);

#[pyclass(module = "claw._native", frozen)]
struct Program(program::Program);

#[binding]
#[pymethods]
impl Program {
    #[new]
    #[pyo3(signature = (argv, *, cwd, env, guard))]
    fn new(
        py: Python<'_>,
        argv: Vec<OsString>,
        cwd: PathBuf,
        env: HashMap<OsString, OsString>,
        guard: PathBuf,
    ) -> PyResult<Self> {
        let env: Vec<_> = env.into_iter().collect();
        Ok(Self(py.detach(|| program::Program::start(&argv, &cwd, &env, &guard))?))
    }

    fn answer<'py>(&self, py: Python<'py>, given: &[u8], timeout: f64) -> PyResult<Option<Answer<'py>>> {
        let patience = Duration::try_from_secs_f64(timeout).unwrap_or_default();
        let answer = py.detach(|| self.0.answer(given, patience))?;
        Ok(answer.map(|(status, said, complaint)| (status, PyBytes::new(py, &said), PyBytes::new(py, &complaint))))
    }

    fn kill(&self, py: Python<'_>) {
        py.detach(|| self.0.kill());
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Program>()
}
