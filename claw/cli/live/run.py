"""`claw run PROMPT`: one answer, and exit."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from claw.cli.live import flags, launch
from claw.cli.live.headless import Work
from claw.cli.live.prompt import gathered
from claw.errors import UsageError
from claw.log import Home


def run(
    prompt: Annotated[
        str | None, typer.Argument(metavar="PROMPT", help="What to do; - reads it.", show_default=False)
    ] = None,
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
    folder: flags.FolderFlag = None,
    name: flags.NameFlag = "",
    input_id: flags.InputIdFlag = "",
) -> int:
    """Answer one prompt without a terminal and exit; what is piped in is added to the prompt."""
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
    options = flags.understood(raw, os.environ)
    work = Work(gathered(prompt), input_id, flags.format_named(output_format or "text"), verbose)
    if not work.prompt:
        raise UsageError("there is no prompt", hint="claw run 'PROMPT'")
    return launch.headless(Home.default(os.environ), options, "", work)
