"""`claw resume [S]`: go on where a session stopped."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from claw.cli.live import flags, launch
from claw.cli.live.headless import Work
from claw.cli.live.latest import last_in
from claw.cli.live.prompt import gathered
from claw.cli.output import standard
from claw.errors import UsageError
from claw.log import Home, describe, find, parse_address

PromptOption = Annotated[
    str | None, typer.Option("-p", "--print", metavar="PROMPT", help="Send this (- reads it), print the answer, exit.")
]


def resume(
    session: Annotated[
        str | None,
        typer.Argument(
            metavar="S", help="Id prefix, name or @last; else the last one in this folder.", show_default=False
        ),
    ] = None,
    prompt: PromptOption = None,
    output_format: flags.FormatFlag = None,
    verbose: flags.VerboseFlag = False,
    model: flags.ModelFlag = None,
    permission_mode: flags.ModeFlag = None,
    dangerously_skip_permissions: flags.SkipFlag = False,
    trust: flags.TrustFlag = False,
    allowed_tools: flags.AllowedFlag = None,
    disallowed_tools: flags.DisallowedFlag = None,
    max_turns: flags.TurnsFlag = None,
    max_budget_usd: flags.BudgetFlag = None,
    max_tokens: flags.TokensFlag = None,
    max_time: flags.TimeFlag = None,
    input_id: flags.InputIdFlag = "",
) -> int:
    """Go on where a session stopped, in its own folder.

    Without a terminal and without a prompt the turn that was left open is finished, and its answer printed.
    """
    raw = flags.Raw(
        model=model,
        mode=permission_mode,
        skip=dangerously_skip_permissions,
        trust=trust,
        allowed=allowed_tools,
        disallowed=disallowed_tools,
        max_turns=max_turns,
        max_budget=max_budget_usd,
        max_tokens=max_tokens,
        max_time=max_time,
    )
    options = flags.understood(raw, os.environ)
    home = Home.default(os.environ)
    path = _meant(home, session, options.workspace)
    if launch.wants_terminal(prompt is not None):
        launch.refuse_without_print(output_format, input_id)
        return launch.interactive(home, options, path, "")
    work = Work(gathered(prompt), input_id, flags.format_named(output_format or "text"), verbose)
    return launch.headless(home, options, path, work)


def _meant(home: Home, session: str | None, workspace: str) -> str:
    """The session that is named, or the last one in this folder, which a person at a terminal is told then. Raises
    UsageError, LogError.
    """
    if session is None:
        path = last_in(home, workspace)
        name = describe(path).name or Path(path).name
        if sys.stderr.isatty():
            standard().note(f"claw: going on with {name}, the last session in {workspace}")
        return path
    address = parse_address(session)
    if address.seq is not None:
        raise UsageError(f"{session} is a step: a session goes on from its end", hint=f"claw fork {session}")
    return str(find(home, address.ref))
