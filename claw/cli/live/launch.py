"""From checked flags to a session that runs, with a terminal or without."""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import anyio
from msgspec.structs import replace

from claw import __version__, session
from claw.cli.live import headless as without_terminal
from claw.cli.live.flags import Raw, format_named
from claw.cli.live.headless import Work
from claw.cli.live.prompt import gathered
from claw.cli.output import standard
from claw.errors import UsageError
from claw.handlers.permission import Asker, Headless
from claw.late import load
from claw.log import Home
from claw.session import Session
from claw.session.config import Options
from claw.settings import amounts

if TYPE_CHECKING:
    from claw.cli.programs.asker import Program


def print_version() -> int:
    standard().answer(f"claw {__version__}\n")
    return 0


def wants_terminal(print_: bool) -> bool:
    """Whether a person is there to talk to."""
    return not print_ and sys.stdin.isatty() and sys.stdout.isatty()


def refuse_without_print(output_format: str | None, input_id: str, raw: Raw) -> None:
    """Raises UsageError for flags that mean nothing in a terminal."""
    for flag, value in (
        ("--output-format", output_format),
        ("--input-format", raw.input_format),
        ("--input-id", input_id),
        ("--json-schema", raw.json_schema),
    ):
        if value:
            raise UsageError(f"{flag} is for answers without a terminal", hint=f"claw -p {flag} {value} 'PROMPT'")


def work(raw: Raw, prompt: str | None, input_id: str, output_format: str | None, verbose: bool) -> Work:
    """What to do without a terminal; reads standard input. Raises UsageError."""
    shape = format_named(output_format or "text")
    if raw.include_partial_messages and shape != "stream-json":
        raise UsageError(
            "--include-partial-messages is for --output-format stream-json", hint="claw -p --output-format stream-json"
        )
    if raw.input_format not in (None, "text", "stream-json"):
        raise UsageError(f"there is no input format {raw.input_format!r}", hint="one of text, stream-json")
    talks = raw.input_format == "stream-json"
    if talks and shape != "stream-json":
        raise UsageError("--input-format stream-json needs --output-format stream-json")
    if talks and prompt not in (None, "-", ""):
        raise UsageError("with --input-format stream-json the prompts come by standard input, and not as an argument")
    asker = _program(raw, talks=talks)
    text = "" if talks else gathered(prompt)
    return Work(text, input_id, shape, verbose, raw.include_partial_messages, talks, asker)


def _program(raw: Raw, *, talks: bool) -> Program | None:
    """Who asks the program in front of claw for permission, where that is wanted. Raises UsageError."""
    tool = raw.permission_prompt_tool
    if tool is None:
        if raw.permission_timeout is not None:
            raise UsageError("--permission-timeout is for --permission-prompt-tool stdio")
        return None
    if tool != "stdio":
        raise UsageError(f"--permission-prompt-tool can be stdio, not {tool!r}")
    if not talks:
        raise UsageError("--permission-prompt-tool stdio needs --input-format stream-json")
    within = raw.permission_timeout or "10m"
    ms = amounts.milliseconds(within)
    if ms is None:
        raise UsageError(f"--permission-timeout must be {amounts.TIME}, not {within!r}")
    program: Program = load("claw.cli.programs.asker", "Program")(ms / 1000)
    return program


def headless(home: Home, options: Options, path: str, work: Work) -> int:
    """Answer one prompt, in a new session or in the one at `path`."""

    async def perform() -> int:
        return await without_terminal.perform(_opened(home, options, path, work.asker), work, standard())

    return anyio.run(perform)


def interactive(home: Home, options: Options, path: str, prompt: str, *, plain: bool) -> int:
    """Talk with a person, in a new session or in the one at `path`; `plain`: in words alone."""
    talk = load("claw.cli.terminal.start", "start")
    code: int = talk(home, replace(options, interactive=True), path, prompt, plain=plain)
    return code


def _opened(home: Home, options: Options, path: str, asker: Asker | None) -> AbstractAsyncContextManager[Session]:
    asker = asker or Headless()
    return session.resumed(home, path, options, asker) if path else session.started(home, options, asker)
