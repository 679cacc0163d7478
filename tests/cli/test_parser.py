"""The parser of the usual forms, and the help that it gives, against typer, which reads all others: one truth."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.exceptions import TyperException

from claw.cli import help, parser, typed
from claw.cli.commands import COMMANDS, MAIN, Command
from claw.cli.parameters import HELP, NUMBER, SWITCH, Parameter

CLAW = Path(sys.executable).parent / "claw"
EVERY = [
    ("claw", MAIN),
    *((f"claw {command.name}", command) for command in COMMANDS.values()),
    *((f"claw {command.name} {part.name}", part) for command in COMMANDS.values() for part in command.parts),
]
IDS = [program for program, _ in EVERY]


def by_typer(command: Command, words: list[str]) -> dict[str, Any] | None:
    """The values that typer reads; None where it prints help or says that something is wrong."""
    seen: list[dict[str, Any]] = []

    def function(**values: Any) -> int:
        seen.append(values)
        return 0

    with suppress(TyperException):
        typed.run(command, "claw", words, function)
    return seen[0] if seen else None


def lines(command: Command) -> Iterator[list[str]]:
    """Command lines of this command in many forms, right ones and wrong ones."""
    needed = [f"w{number}" for number, one in enumerate(command.parameters) if one.required]
    yield []
    yield needed
    yield ["a word"]
    yield ["-", "--", "-x", "--json"]
    yield [*needed, "--"]
    yield ["one", "two", "three"]
    yield ["", "--no-such-flag"]
    yield ["-h", *needed, "--help"]
    yield ["--help=yes"]
    yield ["-p", "-c", "--verbose", "do it"]
    yield ["-cp", "do it"]
    values = ("7", "", "-7", "007", "x=y", "--", "-C", "1_0", " 7", "\u0667", "é")
    for one in command.parameters:
        for flag in (*one.flags, one.off) if one.flags else ():
            if not flag:
                continue
            yield [*needed, flag]
            yield [flag, "--help"]
            yield [*needed, f"{flag}=7"]
            yield [*needed, f"{flag}7"]
            for value in () if one.kind == SWITCH else values:
                yield [*needed, flag, value]
                yield [flag, value, *needed]
                yield [*needed, f"{flag}={value}"]
            yield [flag, "7", flag, "8", *needed] if one.kind != SWITCH else [flag, flag, *needed]
    usual = [word for one in command.parameters for word in usual_form(one)]
    yield usual
    yield [*reversed(needed), *usual]


def usual_form(one: Parameter) -> list[str]:
    if not one.flags:
        return ["a", "b"] if one.many else ["a"]
    if one.kind == SWITCH:
        return [one.flags[0]]
    value = "5" if one.kind == NUMBER else "some text"
    return [one.flags[-1], value] * (2 if one.many else 1)


@pytest.mark.parametrize(("program", "command"), EVERY, ids=IDS)
def test_what_is_read_is_what_typer_reads(program: str, command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    read = 0
    for words in lines(command):
        try:
            values = parser.parsed(command.parameters, words)
        except parser.Odd:
            continue
        read += 1
        assert values == by_typer(command, words), words
        if values is not None:
            assert list(values) == [one.name for one in command.parameters]
        else:
            assert capsys.readouterr().out.startswith("Usage: claw "), words
    assert read >= 2 + sum(bool(one.flags) for one in command.parameters)


@pytest.mark.parametrize(
    "words",
    [
        ["-p", "do it"],
        ["-p", "--model", "openai/x", "--permission-mode", "bypassPermissions", "do it"],
        ["-c", "-p", "--output-format=json", "go on"],
        ["--allowed-tools", "Bash", "--allowed-tools", "Edit", "-C", "/tmp", "--", "-x"],
        ["--max-turns", "3", "--verbose", "-r", "1234"],
    ],
)
def test_the_usual_forms_are_read_without_typer(words: list[str]) -> None:
    assert parser.parsed(MAIN.parameters, words) == by_typer(MAIN, words)


@pytest.mark.parametrize("words", [["-pc", "x"], ["--model"], ["--max-turns", "many"], ["--model", "-x"], ["a", "b"]])
def test_what_is_odd_or_wrong_is_left_to_typer(words: list[str]) -> None:
    with pytest.raises(parser.Odd):
        parser.parsed(MAIN.parameters, words)


@pytest.mark.parametrize("columns", [20, 50, 61, 80, 100, 200])
def test_help_is_typers_letter_for_letter(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for program, command in EVERY:
        typed.run(command, program, ["--help"], lambda: 0)
        assert help.text(command, program) == capsys.readouterr().out, program


@pytest.mark.parametrize(("program", "command"), EVERY, ids=IDS)
def test_each_function_takes_what_is_declared(program: str, command: Command) -> None:
    taken = inspect.signature(command.function()).parameters
    more = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values())
    for one in command.parameters:
        assert more or one.name in taken, one.name
        if one.name in taken and not one.required:
            assert taken[one.name].default == one.default, one.name
    names = {one.name for one in command.parameters}
    assert names >= {name for name, one in taken.items() if one.kind is not inspect.Parameter.VAR_KEYWORD}
    flags = [flag for one in (*command.parameters, HELP) for flag in (*one.flags, one.off) if flag]
    assert len(flags) == len(set(flags))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["log", "--from"], 2, "--from"),
        (["log", "--from", "x", "@last"], 2, "--from': Input should be a valid integer"),
        (["show"], 2, "S[@N]"),
        (["run", "--max-turns", "-1", "x"], 2, "--max-turns must be at least 1, not -1"),
        (["verfy"], 2, "there is no command 'verfy'"),
    ],
)
def test_wrong_usage_is_told_by_typer(words: list[str], code: int, told: str, tmp_path: Path) -> None:
    environ = {**os.environ, "CLAW_HOME": str(tmp_path)}
    done = subprocess.run([CLAW, *words], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
