"""`claw fork S[@n]`: a new session that shares another's past."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from claw import session
from claw.cli.live import flags, launch, report
from claw.cli.live.headless import Work
from claw.cli.live.prompt import gathered
from claw.cli.live.resume import PromptOption
from claw.cli.output import standard
from claw.log import Home, find, fork_point, parse_address


def fork(
    source: Annotated[str, typer.Argument(metavar="S[@n|@n^]", help="Where: @n after n's step, @n^ before it.")],
    prompt: PromptOption = None,
    folder: Annotated[str | None, typer.Option("-C", metavar="DIR", help="The folder that the fork works in.")] = None,
    name: flags.NameFlag = "",
    output_format: flags.FormatFlag = None,
    verbose: flags.VerboseFlag = False,
    model: flags.ModelFlag = None,
    permission_mode: flags.ModeFlag = None,
    allowed_tools: flags.AllowedFlag = None,
    disallowed_tools: flags.DisallowedFlag = None,
    max_turns: flags.TurnsFlag = None,
    max_budget_usd: flags.BudgetFlag = None,
    max_tokens: flags.TokensFlag = None,
    max_time: flags.TimeFlag = None,
    input_id: flags.InputIdFlag = "",
) -> int:
    """Branch the conversation into a new session, whose id is printed. Files stay as they are.

    With a prompt the fork answers it; on a terminal it goes on there; else it is only made.
    """
    raw = flags.Raw(
        model=model,
        mode=permission_mode,
        allowed=allowed_tools,
        disallowed=disallowed_tools,
        max_turns=max_turns,
        max_budget=max_budget_usd,
        max_tokens=max_tokens,
        max_time=max_time,
        folder=folder,
    )
    options = flags.understood(raw, os.environ)
    shape = flags.format_named(output_format or "text")
    home = Home.default(os.environ)
    address = parse_address(source)
    parent = str(find(home, address.ref))
    text = gathered(prompt) if prompt is not None else ""
    at = fork_point(parent, address)
    made = session.fork(home, parent, at, workspace=options.workspace if folder is not None else None, name=name)
    path = str(home.session_path(made))
    output = standard()
    told = f"forked {os.path.basename(parent)}@{at}: the conversation is branched, files stay as they are"
    if prompt is not None:
        output.note(f"{told}; the fork is {made}")
        return launch.headless(home, options, path, Work(text, input_id, shape, verbose))
    if shape == "json":
        output.answer_json(report.made(made))
    else:
        output.answer(f"{made}\n")
    output.note(told)
    return launch.interactive(home, options, path, "") if launch.wants_terminal(False) else 0
