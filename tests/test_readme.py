"""README and the pages it leads to show what really happens: their console blocks are run, and what they print is
compared.

``python -m tests.test_readme`` writes what they print into these files.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ELIDED = "[…]"
"""Stands for lines of the output that README leaves out."""
_CHANGING = re.compile(r"/tmp/\S+|\b[0-9a-f]{7,}(?:-[0-9a-f]+)*\b|\d+(?:\.\d+)?")
"""What differs from run to run: places, ids, digests, counts."""
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


def fresh_environ(home: Path) -> dict[str, str]:
    """A home of its own, but the Rust of the real one, should `make` have to build."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    rust = {f"{name.upper()}_HOME": os.path.expanduser(f"~/.{name}") for name in ("cargo", "rustup")}
    kept = {name: os.environ.get(name, default) for name, default in rust.items()}
    return {**kept, "PATH": path, "HOME": str(home), "CLAW_HOME": str(home), "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def blocks(page: Path) -> list[str]:
    return [match[1] for match in _BLOCK.finditer(page.read_text())]


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Line by line; where README leaves lines out, all others must be there in their order, apart from what changes."""
    if _ELIDED not in shown:
        return shown == printed
    parts = _steady(shown).split(_ELIDED)
    whole = _steady(printed)
    return re.fullmatch(".*".join(map(re.escape, parts)), whole, re.DOTALL) is not None


def _steady(lines: list[str]) -> str:
    """The same in every run, wherever the command was found."""
    return "\n".join(_CHANGING.sub("#", line.replace(".venv/bin/claw", "claw")).rstrip() for line in lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    environ = fresh_environ(tmp_path)
    for block in blocks(page):
        for example, printed in run(examples(block), environ):
            assert agrees(example.output, printed), "\n".join([example.command, *printed])


def test_output_with_lines_left_out() -> None:
    printed = ["in 1.5s at /tmp/x", "a", "b", "c"]
    assert agrees(["in 2.25s at /tmp/y", "[…]", "c"], printed)
    assert not agrees(["in 2.25s at /tmp/y", "[…]", "b"], printed)
    assert not agrees(["[…]", "c", "a"], printed)


def test_there_are_examples_with_output() -> None:
    assert sum(bool(example.output) for block in blocks(README) for example in examples(block)) >= 5


@pytest.mark.parametrize("program", ["make", "claw"])
def test_every_command_that_a_page_names_is_there(program: str) -> None:
    code = [text for page in PAGES for text in re.findall(r"```.*?```|`[^`\n]+`", page.read_text(), re.DOTALL)]
    named = {name for text in code for name in re.findall(rf"(?<!from)(?:^|[`$\s]){program} ([a-z]+)\b", text)}
    assert named
    assert named <= set(_there_is(program))


def _there_is(program: str) -> list[str]:
    command = ["make", "--no-print-directory", "help"] if program == "make" else ["claw", "--help"]
    text = subprocess.run(command, cwd=ROOT, env=fresh_environ(ROOT), capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  (?:make )?([a-z-]+) ", text, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:docs/|[A-Z]+\.md)[^`]*)`", README.read_text()))))
def test_every_file_that_readme_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def capture() -> None:
    """Run all examples and write what they print into their pages."""

    def filled(match: re.Match[str]) -> str:
        lines = []
        for example, printed in run(examples(match[1]), environ):
            lines += [f"$ {example.command}", *(example.output if _ELIDED in example.output else printed)]
        return "```console\n" + "".join(f"{line}\n" for line in lines) + "```"

    for page in PAGES:
        with tempfile.TemporaryDirectory() as home:
            environ = fresh_environ(Path(home))
            page.write_text(_BLOCK.sub(filled, page.read_text()))


if __name__ == "__main__":
    capture()
