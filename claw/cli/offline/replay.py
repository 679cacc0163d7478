"""`claw replay`: decide a recorded session again, and compare."""

from __future__ import annotations

from claw.cli.offline import lookup
from claw.cli.offline.style import put
from claw.cli.output import standard
from claw.cli.sanitize import clean_line
from claw.errors import ClawError, ReplayDiverged, UsageError
from claw.replay import replay as run
from claw.replay import report


def replay(
    session: list[str] | None = None,
    everything: bool = False,
    content: bool = True,
) -> int:
    """Feed the recorded facts of sessions to this claw and compare every decision with the recorded one."""
    if everything == bool(session):
        raise UsageError("name the sessions to replay, or all of them", hint="claw replay @last, or claw replay --all")
    codes = []
    for path in lookup.sessions(session, personal=not everything):
        if path == lookup.home().personal:
            put([f"{path.name}: nothing is decided in your own log, so there is nothing to compare"])
            codes.append(0)
            continue
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
