"""One command, from the words that were typed to the exit code. Here every error becomes a message."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from claw import bytecode
from claw.cli import app
from claw.cli.groups import leaves
from claw.cli.output import Disconnected, Output, standard
from claw.errors import ClawError, UsageError
from claw.late import load

INTERRUPTED, TERMINATED, DISCONNECTED = 130, 143, 141


def main(arguments: Sequence[str]) -> int:
    """Run a command; the exit code. Raises nothing."""
    output = standard()
    code = _run(arguments, output)
    output.finish()
    return code


def _run(arguments: Sequence[str], output: Output) -> int:
    try:
        _must_be_text(arguments)
        return app.run(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except BaseException as error:  # noqa: BLE001
        told = _explain(error)
        if told.message:
            _complain(told, output, as_object=_wants_object(arguments))
        return told.code


def _must_be_text(arguments: Sequence[str]) -> None:
    """The log holds text, so an argument that is none cannot be meant. Raises UsageError."""
    for number, argument in enumerate(arguments, start=1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(f"argument {number} is not UTF-8 text", hint="put other bytes in a file") from None


class _Told(NamedTuple):
    """What is said of an error. `silent`: nothing on standard error."""

    code: int
    message: str = ""
    hint: str = ""
    silent: bool = False


def _explain(error: BaseException) -> _Told:
    causes = list(leaves(error))
    for cause in causes:
        if isinstance(cause, ClawError):
            return _Told(cause.exit_code, cause.message, cause.hint)
    for cause in causes:
        match cause:
            case Disconnected() if cause.reason:
                message = f"standard output cannot be written: {cause.reason}"
                return _Told(1, message, "claw log @last shows what was done")
            case Disconnected() | BrokenPipeError():
                standard().silence()
                return _Told(DISCONNECTED)
            case KeyboardInterrupt() | EOFError():
                return _Told(INTERRUPTED, "interrupted", silent=True)
            case ImportError():
                message = f"this installation is incomplete: {cause}"
                return _Told(1, message, "pip install --force-reinstall claw-runtime")
        if "typer" in sys.modules and (wrong := load("claw.cli.typed", "wrong_usage")(cause)):
            return _Told(*wrong)
    bytecode.discard()
    trace = load("claw.cli.crash", "save")(error, os.environ)
    where = f"; the details are in {trace}" if trace else ""
    session = "".join(f"; the session is in {path}" for path in load("claw.cli.crash", "sessions_of")(error))
    return _Told(1, f"something went wrong inside claw ({_brief(causes[0])}){session}{where}", "claw doctor")


def _wants_object(arguments: Sequence[str]) -> bool:
    """Whether the words ask for one JSON object, as far as they can be read."""
    wanted = ""
    for word, following in zip(arguments, (*arguments[1:], ""), strict=False):
        if word == "--":
            break
        if word == "--output-format":
            wanted = following
        elif word.startswith("--output-format="):
            wanted = word.partition("=")[2]
    return wanted == "json"


def _complain(told: _Told, output: Output, *, as_object: bool) -> None:
    if as_object and not output.answered:
        with suppress(Disconnected):
            output.answer_json(load("claw.cli.live.report", "failure")(told.message))
    if told.silent:
        return
    output.note(f"claw: {told.message}")
    if told.hint:
        output.note(f"  try: {told.hint}")


def _brief(error: BaseException) -> str:
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text}"[:200] if text else type(error).__name__
