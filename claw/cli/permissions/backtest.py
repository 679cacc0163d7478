"""`claw permissions backtest`: past sessions under other rules."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from claw.cli.offline import lookup
from claw.cli.offline.style import put
from claw.cli.offline.table import Column, Table
from claw.cli.output import standard
from claw.cli.sanitize import clean_line
from claw.cli.terminal.calls import headline
from claw.errors import ClawError, UsageError
from claw.session.backtest import Judgement
from claw.session.backtest import backtest as run
from claw.settings.reading import read_file

SHORT = 13
"""Characters of a session's id that are shown."""


def backtest(
    rules: str = "",
    session: list[str] | None = None,
    everything: bool = False,
    json: bool = False,
) -> int:
    """Judge every recorded call of past sessions by other rules, and show which verdicts would be others."""
    sessions = list(session or ())
    if rules and not os.path.isfile(rules):
        _refuse_file(rules)
        sessions, rules = [rules, *sessions], ""
    if everything == bool(sessions):
        hint = " ".join(filter(None, ("claw permissions backtest", rules, "@last, or --all")))
        raise UsageError("name the sessions to judge again, or all of them", hint=hint)
    settings = read_file(os.path.abspath(rules)) if rules else None
    judged: list[tuple[Path, Judgement]] = []
    codes = [0]
    for path in lookup.sessions(sessions):
        try:
            judged += [(path, judgement) for judgement in run(str(path), settings)]
        except ClawError as error:
            standard().note(f"{path.name}: {clean_line(error.message)}")
            codes.append(error.exit_code)
    for sentence in settings.ignored if settings else ():
        standard().note(f"claw: {sentence}")
    if json:
        for path, judgement in judged:
            standard().answer_json(_plain(path, judgement))
    else:
        _show(judged)
    return max(codes)


def _refuse_file(name: str) -> None:
    """No session has a name like this, so the settings file that it names is missing. Raises UsageError."""
    if name.endswith(".json"):
        raise UsageError(f"there is no settings file {name}", hint="claw permissions backtest FILE S")


def _plain(path: Path, judgement: Judgement) -> bytes:
    return msgspec.json.encode(
        {
            "event": f"{path.name}@{judgement.seq}",
            "tool": judgement.name,
            "input": judgement.arguments,
            "was": judgement.was,
            "would": judgement.would,
            "changed": judgement.changed,
            "rule": judgement.rule,
            "source": judgement.source,
            "reason": judgement.reason,
            "missing": judgement.missing,
        }
    )


def _show(judged: list[tuple[Path, Judgement]]) -> None:
    changed = [entry for entry in judged if entry[1].changed]
    if changed:
        table = Table([Column("event"), Column("was"), Column("would be"), Column("call", shrinks=True), Column("by")])
        for path, judgement in changed:
            table.add(
                f"{path.name[:SHORT]}@{judgement.seq}",
                judgement.was,
                judgement.would,
                headline(judgement.name, judgement.arguments, judgement.shown),
                _by(judgement),
            )
        table.show(standard())
    unknown = sum(judgement.would == "unknown" for _, judgement in judged)
    put([f"{len(judged)} calls: {len(changed) - unknown} would be judged otherwise, {unknown} unknown"])


def _by(judgement: Judgement) -> str:
    if judgement.would == "unknown":
        return f"not recorded: where {', '.join(judgement.missing)} leads"
    return f"{judgement.rule} ({judgement.source})" if judgement.rule else judgement.source
