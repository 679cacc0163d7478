"""`claw replay`: decide a recorded session again, and compare."""

from __future__ import annotations

from typing import Annotated

import typer

from claw.cli.offline import lookup
from claw.cli.offline.style import put
from claw.cli.output import standard
from claw.cli.sanitize import clean_line
from claw.errors import ClawError, ReplayDiverged, UsageError
from claw.replay import replay as run
from claw.replay import report

SESSIONS = typer.Argument(metavar="S", show_default=False, help="Sessions: id prefix, name, @last, or a folder.")


def replay(
    session: Annotated[list[str] | None, SESSIONS] = None,
    everything: Annotated[bool, typer.Option("--all", help="All sessions.")] = False,
    content: Annotated[
        bool, typer.Option("--content/--no-content", help="Show the values that differ, or nothing of the session.")
    ] = True,
) -> int:
    """Feed the recorded facts of sessions to this claw and compare every decision with the recorded one.

    Nothing is done again: no network, no process, no write. The first difference is shown with its cause. Exit code 8
    for a difference, 9 for a log that does not verify.
    """
    if everything == bool(session):
        raise UsageError("name the sessions to replay, or all of them", hint="claw replay @last, or claw replay --all")
    codes = []
    for path in lookup.sessions(session):
        try:
            result = run(str(path))
        except ClawError as error:
            said = error.message if content else error.message.partition(": ")[0]
            standard().note(f"{path.name}: {clean_line(said)}")
            codes.append(error.exit_code)
            continue
        lines = report(result, content=content).split("\n")
        put([f"{path.name}: {clean_line(lines[0])}", *map(clean_line, lines[1:])])
        codes.append(0 if result.ok else ReplayDiverged.exit_code if result.divergence else 1)
    return max(codes, default=0)
