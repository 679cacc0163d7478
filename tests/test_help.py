"""Help says what there is: every command, every option, nothing else."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw import __version__
from claw.cli.app import COMMANDS
from claw.cli.commands import MAIN, Command

PARTS = [(command.name, part.name) for command in COMMANDS.values() for part in command.parts]
CLAW = Path(sys.executable).parent / "claw"
ROOT = Path(__file__).parents[1]
PROSE = ("cannot", "confines", "runs")
"""What follows the name in a hint that speaks of claw itself."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CLAW, *arguments], capture_output=True, text=True, timeout=60, check=False)


def section(text: str, name: str) -> str:
    """The lines below a heading."""
    _, _, rest = text.partition(f"\n{name}:\n")
    return rest.partition("\n\n")[0]


def test_the_version() -> None:
    assert run("--version").stdout == f"claw {__version__}\n"


def test_the_list_of_commands_is_complete() -> None:
    listed = re.findall(r"^  ([a-z]+) ", section(run("--help").stdout, "Commands"), re.MULTILINE)
    assert listed == list(COMMANDS)


@pytest.mark.parametrize("command", [name for name, command in COMMANDS.items() if command.parts])
def test_the_list_of_a_command_s_parts_is_complete(command: str) -> None:
    listed = re.findall(r"^  ([a-z]+) ", section(run(command, "--help").stdout, "Commands"), re.MULTILINE)
    assert listed == [part.name for part in COMMANDS[command].parts]


@pytest.mark.parametrize(
    "command", [[], *([name] for name in COMMANDS), *map(list, PARTS)], ids=lambda words: " ".join(words) or "claw"
)
def test_help_is_whole(command: list[str]) -> None:
    result = run(*command, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == run(*command, "-h").stdout
    usage, _, rest = result.stdout.partition("\n\n")
    assert usage.startswith(" ".join(["Usage: claw", *command]))
    assert "[[" not in usage
    assert re.match(r"  [A-Z].*", rest), "it does not say what the command does"
    options = section(result.stdout, "Options").splitlines()
    assert options
    for line in options:
        assert re.match(r"  (-|   ).*\S|\s{10,}\S", line), line
        if line.lstrip().startswith("-"):
            assert re.search(r"\S  +\S", line.strip()), f"no help: {line}"


@pytest.mark.parametrize("command", [*COMMANDS, *map(" ".join, PARTS)])
def test_an_option_that_is_not_there(command: str) -> None:
    result = run(*command.split(), "--no-such-option")
    assert (result.returncode, result.stdout) == (2, "")
    assert "--no-such-option" in result.stderr
    assert f"claw {command} --help" in result.stderr


def texts(node: ast.AST) -> Iterator[str]:
    """The strings in a piece of code, with `…` for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    elif isinstance(node, ast.Constant):
        yield str(node.value)
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def hints() -> Iterator[tuple[str, str]]:
    """Where a hint is, and its text."""
    for file in sorted((ROOT / "claw").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            given = node.value if isinstance(node, ast.keyword) and node.arg == "hint" else None
            if isinstance(node, ast.Assign | ast.AnnAssign) and "hint" in ast.unparse(node).partition("=")[0]:
                given = node.value
            for text in texts(given) if given else ():
                yield f"{file.relative_to(ROOT)}:{node.lineno}", text
    for file in sorted((ROOT / "native/src").rglob("*.rs")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if "tests" not in (*file.parts, file.stem) and not line.lstrip().startswith("//"):
                for text in re.findall(r'(?<!b)"((?:[^"\\]|\\.)*)"', line):
                    if "hint" in line or re.match("claw [a-z]", text):
                        yield f"{file.relative_to(ROOT)}:{number}", text


def takes(command: Command, word: str) -> bool:
    """Whether it is an option of the command."""
    flags = [flag for parameter in command.parameters for flag in parameter.flags]
    return word in (*flags, "-h", "--help", "--")


def test_what_hints_tell_to_type_exists() -> None:
    named, wrong = 0, []
    for place, text in hints():
        for typed in re.findall(r"\bclaw ((?:-|[a-z])[^;,`]*)", text):
            word, *words = typed.split()
            if word in PROSE:
                continue
            named += 1
            command = MAIN if word.startswith("-") else COMMANDS.get(word)
            if command is not None and command.parts and words and not words[0].startswith("-"):
                command = command.part(words[0])
            options = [one for one in (word, *words) if re.match("--?[a-zA-Z]", one)]
            if command is None or not all(takes(command, option) for option in options):
                wrong.append(f"{place}: claw {typed}")
    assert not wrong
    assert named > 50
