"""How a command is run: found by its name, its words read, its function called. What is no command's name is a prompt.

Only the module of the command that was typed is imported.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from claw.cli import parser
from claw.cli.commands import COMMANDS, MAIN, Command
from claw.cli.output import standard
from claw.deferral import defer
from claw.errors import UsageError
from claw.late import load

NEAR = 0.75
"""How much of two words must be the same, so that one is taken for the other misspelled."""


def run(arguments: Sequence[str]) -> int:
    """Run what was typed; its exit code. Raises ClawError, and typer's exceptions for wrong usage."""
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is None:
        _refuse_misspelled(arguments)
        return _invoke(MAIN, "claw", arguments)
    part = command.part(arguments[1]) if len(arguments) > 1 else None
    if part is None:
        return _invoke(command, f"claw {command.name}", arguments[1:])
    return _invoke(part, f"claw {command.name} {part.name}", arguments[2:])


def _refuse_misspelled(arguments: Sequence[str]) -> None:
    """One word that is nearly a command is not sent to a model."""
    if not arguments or arguments[0].startswith("-") or not any(_may_be(arguments[0], name) for name in COMMANDS):
        return
    close = load("difflib", "get_close_matches")(arguments[0], COMMANDS, n=1, cutoff=NEAR)
    if close:
        raise UsageError(f"there is no command {arguments[0]!r}", hint=f"claw {close[0]}, or claw -- {arguments[0]}")


def _may_be(word: str, name: str) -> bool:
    """Whether they have enough letters in common to be near each other: never False where difflib says so."""
    common = sum(min(word.count(letter), name.count(letter)) for letter in set(name))
    return 2 * common >= NEAR * (len(word) + len(name))


def _words(command: Command, arguments: Sequence[str]) -> Sequence[str]:
    """What was typed, with each rule of a list behind its own flag."""
    rules = [flag for one in command.parameters if one.many for flag in one.flags if flag.endswith("-tools")]
    lists = tuple(flag.removesuffix("-tools") for flag in rules)
    if not any(word.startswith(lists) for word in arguments):
        return arguments
    words: Sequence[str] = load("claw.cli.rule_lists", "with_lists")(arguments)
    return words


def _invoke(command: Command, program: str, arguments: Sequence[str]) -> int:
    words = _words(command, arguments)
    try:
        values = parser.parsed(command.parameters, words)
    except parser.Odd:
        code: int = load("claw.cli.typed", "run")(command, program, words, partial(_call, command))
        return code
    if values is None:
        standard().answer(load("claw.cli.help", "text")(command, program))
        return 0
    return _call(command, **values)


def _call(command: Command, **values: Any) -> int:
    if command.confines:
        native = load("claw._native")
        # Commands are started from a copy of this process: the less has been imported, the less each of them costs.
        with suppress(OSError):  # then the first command says what is wrong
            native.prepare_starts()
        native.Confinement.begin()
    defer()
    function = command.function()
    if not gc.isenabled():
        # What was imported stays to the end: it is never looked through for what nobody needs any more.
        gc.freeze()
        gc.enable()
    return function(**values) or 0
