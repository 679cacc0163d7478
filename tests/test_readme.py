"""README shows what really happens: its console blocks are run, and what they print is compared.

``python -m tests.test_readme`` writes what they print into README.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"export (\w+)=(\S+)")


@dataclass(slots=True)
class Example:
    """One command of a console block and what is printed under it."""

    command: str
    output: list[str] = field(default_factory=list)


def examples(block: str) -> list[Example]:
    found: list[Example] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Example(line[2:]))
        elif found:
            found[-1].output.append(line)
    return found


def run(found: list[Example], environ: dict[str, str]) -> Iterator[tuple[Example, list[str]]]:
    """Each command with what it really prints; an export holds for those after it."""
    for example in found:
        export = _EXPORT.fullmatch(example.command)
        if export:
            environ[export[1]] = export[2]
        yield example, [] if export else _printed(example.command, environ)


def _printed(command: str, environ: Mapping[str, str]) -> list[str]:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in {0, 141}, f"{command}: exit code {done.returncode}"
    return done.stdout.splitlines()


def fresh_environ() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": os.environ.get("HOME", "/"), "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def blocks() -> list[str]:
    return [match[1] for match in _BLOCK.finditer(README.read_text())]


def test_every_example_prints_what_readme_says() -> None:
    environ = fresh_environ()
    for block in blocks():
        for example, printed in run(examples(block), environ):
            assert printed == example.output, example.command


def test_there_are_examples_with_output() -> None:
    assert sum(bool(example.output) for block in blocks() for example in examples(block)) >= 5


@pytest.mark.parametrize("program", ["make", "claw"])
def test_every_command_that_readme_names_is_there(program: str) -> None:
    code = re.findall(r"```.*?```|`[^`\n]+`", README.read_text(), re.DOTALL)
    named = {name for text in code for name in re.findall(rf"(?:^|[`$\s]){program} ([a-z]+)\b", text)}
    assert named
    assert named <= set(_there_is(program))


def _there_is(program: str) -> list[str]:
    command = ["make", "--no-print-directory", "help"] if program == "make" else ["claw", "--help"]
    text = subprocess.run(command, cwd=ROOT, env=fresh_environ(), capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  (?:make )?([a-z-]+) ", text, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:docs/|[A-Z]+\.md)[^`]*)`", README.read_text()))))
def test_every_file_that_readme_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def capture() -> None:
    """Run all examples and write what they print into README.md."""
    environ = fresh_environ()

    def filled(match: re.Match[str]) -> str:
        lines = []
        for example, printed in run(examples(match[1]), environ):
            lines += [f"$ {example.command}", *printed]
        return "```console\n" + "".join(f"{line}\n" for line in lines) + "```"

    README.write_text(_BLOCK.sub(filled, README.read_text()))


if __name__ == "__main__":
    capture()
