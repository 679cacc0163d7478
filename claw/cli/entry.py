"""One command, from the words that were typed to the exit code. Here every error becomes a message."""

from __future__ import annotations

import os
from collections.abc import Sequence

from typer.exceptions import Abort, TyperException

from claw.cli import app
from claw.cli.groups import leaves
from claw.cli.lazy import load
from claw.cli.output import Disconnected, Output, standard
from claw.errors import ClawError, UsageError

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
        return _explain(error, output)


def _must_be_text(arguments: Sequence[str]) -> None:
    """The log holds text, so an argument that is none cannot be meant. Raises UsageError."""
    for number, argument in enumerate(arguments, start=1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(f"argument {number} is not UTF-8 text", hint="put other bytes in a file") from None


def _explain(error: BaseException, output: Output) -> int:
    causes = list(leaves(error))
    for cause in causes:
        if isinstance(cause, ClawError):
            return _complain(output, cause.message, cause.hint, cause.exit_code)
    for cause in causes:
        match cause:
            case Disconnected() if cause.reason:
                message = f"standard output cannot be written: {cause.reason}"
                return _complain(output, message, "claw log @last shows what was done", 1)
            case Disconnected() | BrokenPipeError():
                output.silence()
                return DISCONNECTED
            case KeyboardInterrupt() | Abort():
                return INTERRUPTED
            case ImportError():
                message = f"this installation is incomplete: {cause}"
                return _complain(output, message, "pip install --force-reinstall claw-runtime", 1)
            case TyperException():
                return _complain(output, cause.format_message(), _help_hint(cause), cause.exit_code)
    trace = load("claw.cli.crash", "save")(error, os.environ)
    where = f"; the details are in {trace}" if trace else ""
    session = "".join(f"; the session is in {path}" for path in load("claw.cli.crash", "sessions_of")(error))
    return _complain(
        output, f"something went wrong inside claw ({_brief(causes[0])}){session}{where}", "claw doctor", 1
    )


def _complain(output: Output, message: str, hint: str, code: int) -> int:
    output.note(f"claw: {message}")
    if hint:
        output.note(f"  try: {hint}")
    return code


def _help_hint(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context is not None else ""


def _brief(error: BaseException) -> str:
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text}"[:200] if text else type(error).__name__
