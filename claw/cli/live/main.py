"""`claw [PROMPT]`: a session in the terminal, or one answer without it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from claw.cli.live import flags, launch
from claw.cli.live.headless import Work
from claw.cli.live.latest import last_in
from claw.cli.live.prompt import gathered
from claw.errors import UsageError
from claw.log import Home, find


def main(
    prompt: Annotated[
        str | None, typer.Argument(metavar="PROMPT", help="What to do; - reads it.", show_default=False)
    ] = None,
    print_: flags.PrintFlag = False,
    output_format: flags.FormatFlag = None,
    verbose: flags.VerboseFlag = False,
    go_on: Annotated[
        bool, typer.Option("-c", "--continue", help="Go on with the last session in this folder.")
    ] = False,
    resume: Annotated[str | None, typer.Option("-r", "--resume", metavar="S", help="Go on with this session.")] = None,
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
    folder: flags.FolderFlag = None,
    name: flags.NameFlag = "",
    input_id: flags.InputIdFlag = "",
    version: Annotated[bool, typer.Option("-V", "--version", help="Print the version and exit.")] = False,
) -> int:
    """A coding agent for the terminal whose only memory is an event log.

    Without a terminal, or with -p, the answer is printed and claw exits:
    0 done, 1 failed, 2 usage, 3 permission denied, 4 money, tokens or time, 5 turns, 7 provider, 130/143 signals.
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
        folder=folder,
        name=name,
    )
    if version:
        return launch.print_version()
    if go_on and resume:
        raise UsageError("--continue and --resume say different things", hint="give one of them")
    if resume and folder is not None:
        raise UsageError("a session is resumed in its own folder, so -C has no place here", hint="claw fork S -C DIR")
    if name and (go_on or resume):
        raise UsageError("--name is for new sessions", hint="/rename NAME in the session")
    options = flags.understood(raw, os.environ)
    home = Home.default(os.environ)
    path = ""
    if go_on:
        path = last_in(home, options.workspace)
    elif resume:
        path = str(find(home, resume))
    if launch.wants_terminal(print_):
        launch.refuse_without_print(output_format, input_id)
        return launch.interactive(home, options, path, prompt or "")
    work = Work(gathered(prompt), input_id, flags.format_named(output_format or "text"), verbose)
    if not work.prompt and not path:
        raise UsageError(
            "there is no prompt", hint="claw -p 'PROMPT', or pipe it in" if sys.stdin.isatty() else "claw -p 'PROMPT'"
        )
    return launch.headless(home, options, path, work)
