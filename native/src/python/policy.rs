//! `evaluate`, `exclusions`, `kept_from_processes`, `rule_names`, `denials`, `shell_paths`, `shell_lookups`, `parse_rule`, `is_protected`, `command_effect`, `read_only_table`.

use std::ffi::OsString;

use claw_macros::binding;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::raise;
use crate::policy::readonly::{self, Effect, PathArg, Word};
use crate::policy::{self, PolicyError, Rule, RuleError};

#[binding]
#[pyfunction]
fn evaluate<'py>(py: Python<'py>, question: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let verdict = policy::evaluate_bytes(question).map_err(|error| failed(py, error))?;
    Ok(PyBytes::new(py, &verdict))
}

#[binding]
#[pyfunction]
fn exclusions(py: Python<'_>, question: &[u8]) -> PyResult<Vec<String>> {
    policy::exclusions_bytes(question).map_err(|error| failed(py, error))
}

#[binding]
#[pyfunction]
fn kept_from_processes(py: Python<'_>, question: &[u8]) -> PyResult<(Vec<String>, Vec<String>)> {
    policy::kept_from_processes_bytes(question).map_err(|error| failed(py, error))
}

#[binding]
#[pyfunction]
fn rule_names() -> Vec<(&'static str, &'static str)> {
    policy::rule_names()
}

#[binding]
#[pyfunction]
fn denials(py: Python<'_>, question: &[u8]) -> PyResult<Vec<(String, String)>> {
    policy::denials_bytes(question).map_err(|error| failed(py, error))
}

#[binding]
#[pyfunction]
fn shell_paths(command: &str) -> Vec<String> {
    policy::shell_paths(command)
}

#[binding]
#[pyfunction]
fn shell_lookups(command: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    policy::shell_lookups(command)
}

#[binding]
#[pyfunction]
fn parse_rule(py: Python<'_>, text: &str) -> PyResult<(String, Option<String>)> {
    let (tool, specifier) = Rule::split(text).map_err(|error| bad_rule(py, &error))?;
    Ok((tool.to_owned(), specifier.map(str::to_owned)))
}

#[binding]
#[pyfunction]
fn is_protected(canonical: OsString, workspace: OsString, home: OsString, claw_home: OsString) -> bool {
    // No name that is compared has a character that UTF-8 cannot hold, so nothing is lost where one does.
    let [canonical, workspace, home, claw_home] =
        [&canonical, &workspace, &home, &claw_home].map(|path| path.to_string_lossy());
    policy::is_protected(&canonical, &workspace, &home, &claw_home)
}

#[binding]
#[pyfunction]
fn is_plain_locale(locale: &str) -> bool {
    policy::is_plain_locale(locale)
}

#[binding]
#[pyfunction]
fn command_effect(words: Vec<String>) -> (&'static str, Vec<String>, Vec<String>) {
    let Some((name, arguments)) = words.split_first() else { return ("unknown", Vec::new(), Vec::new()) };
    let known: Vec<Word<'_>> = arguments.iter().map(|word| Word::Literal(word)).collect();
    let texts =
        |paths: Vec<PathArg>| paths.iter().map(|path| arguments[path.index][path.offset..].to_owned()).collect();
    match readonly::effect(name, &known) {
        Effect::ReadOnly { reads } => ("read-only", texts(reads), Vec::new()),
        Effect::Edits { reads, writes } => ("edits", texts(reads), texts(writes)),
        Effect::Unknown(_) => ("unknown", Vec::new(), Vec::new()),
    }
}

#[binding]
#[pyfunction]
fn read_only_table() -> Vec<(&'static str, Vec<String>)> {
    readonly::names().into_iter().map(|name| (name, readonly::usage_of(name))).collect()
}

pub(super) fn failed(py: Python<'_>, error: PolicyError) -> PyErr {
    match error {
        PolicyError::Rule(error) => bad_rule(py, &error),
        PolicyError::Question(_) => raise(py, "ClawError", &error.to_string(), ""),
    }
}

fn bad_rule(py: Python<'_>, error: &RuleError) -> PyErr {
    raise(py, "UsageError", &error.to_string(), "Correct or remove the rule where it is written.")
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("POLICY_DIGEST", policy::DIGEST)?;
    // The first expression of a process asks the system how many processors it has. A verdict asks for nothing.
    drop(regex_automata::meta::Regex::new(""));
    m.add_function(wrap_pyfunction!(evaluate, m)?)?;
    m.add_function(wrap_pyfunction!(exclusions, m)?)?;
    m.add_function(wrap_pyfunction!(kept_from_processes, m)?)?;
    m.add_function(wrap_pyfunction!(rule_names, m)?)?;
    m.add_function(wrap_pyfunction!(denials, m)?)?;
    m.add_function(wrap_pyfunction!(shell_paths, m)?)?;
    m.add_function(wrap_pyfunction!(shell_lookups, m)?)?;
    m.add_function(wrap_pyfunction!(parse_rule, m)?)?;
    m.add_function(wrap_pyfunction!(is_protected, m)?)?;
    m.add_function(wrap_pyfunction!(is_plain_locale, m)?)?;
    m.add_function(wrap_pyfunction!(command_effect, m)?)?;
    m.add_function(wrap_pyfunction!(read_only_table, m)?)
}
