"""Help says what there is: every command, every option, nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from claw import __version__
from claw.cli.app import COMMANDS

PARTS = [(command.name, part.name) for command in COMMANDS.values() for part in command.parts]
CLAW = Path(sys.executable).parent / "claw"


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
