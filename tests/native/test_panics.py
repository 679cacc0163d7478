"""A panic in the native half is an error like any other, whichever function it happens in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from claw import _native

SOURCES = Path(__file__).parents[2] / "native/src/python"
BINDING = re.compile(r"^#\[(?:pyo3::)?(?:pyfunction|pymethods|pymodule)\b", re.MULTILINE)


def texts() -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(SOURCES.rglob("*.rs"))}


def unguarded(text: str) -> list[str]:
    """What Python calls and what does not run where panics are caught."""
    return [text[match.start() :].splitlines()[1] for match in BINDING.finditer(text) if not guarded(text, match)]


def guarded(text: str, match: re.Match[str]) -> bool:
    return text[: match.start()].endswith("#[binding]\n")


def names(text: str) -> set[str]:
    """The functions and classes of this file that Python can call."""
    functions = re.findall(r"#\[binding\]\n#\[pyfunction(?:\(name = \"(\w+)\"\))?\][^{]*?\bfn (\w+)", text)
    methods = re.findall(r"#\[binding\]\n#\[pymethods\]\nimpl (\w+)", text)
    return {renamed or name for renamed, name in functions} | set(methods)


def test_every_function_that_python_calls_catches_its_panics() -> None:
    assert [name for text in texts().values() for name in unguarded(text)] == []
    callable_ones = {name for name, value in vars(_native).items() if callable(value)} - {
        "RawRecord",
        "RecordIn",
        "RecordOut",
    }
    assert callable_ones <= {name for text in texts().values() for name in names(text)}


def test_one_that_does_not_is_found() -> None:
    text = texts()["policy.rs"]
    assert unguarded(text.replace("#[binding]\n#[pyfunction]\nfn denials", "#[pyfunction]\nfn denials"))
    assert "denials" in names(text)


def test_a_panic_is_a_claw_error_that_says_where_and_what_to_do_and_nothing_is_printed() -> None:
    code = """
from claw._native import Confinement, glob, grep
from claw.errors import ClawError
for call in (Confinement.available, lambda: glob("*", "/"), lambda: grep("x", "/"), Confinement.available):
    try:
        call()
    except ClawError as error:
        print(type(error).__name__, error, error.hint, sep="|")
"""
    # No thread can have a stack of that size, and the standard library panics where a thread cannot be started.
    environment = {**os.environ, "RUST_MIN_STACK": str(1 << 60)}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    for line in result.stdout.splitlines():
        name, message, hint = line.split("|")
        assert name == "ClawError"
        assert re.match(r"claw's native code failed at \S+\.rs:\d+:\d+: failed to spawn thread", message)
        assert hint.startswith("This is a bug in claw; please report it")
    assert len(result.stdout.splitlines()) == 4
