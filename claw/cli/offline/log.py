"""`claw log`: the sessions there are, or the events of one."""

from __future__ import annotations

import fnmatch

import msgspec

from claw import log as logs
from claw.cli.offline import lookup, words
from claw.cli.offline.events import Window, follow_events, print_events
from claw.cli.offline.survey import Line, price, short_ids, survey
from claw.cli.offline.table import Column, Table
from claw.cli.output import Output, standard
from claw.errors import UsageError
from claw.events.agent import AgentSpawned
from claw.events.kinds import KINDS, kind_of

TAGS = Column("tags")
"""Left out where no session has any."""
SESSION_COLUMNS = (
    Column("id"),
    Column("name or title"),
    TAGS,
    Column("last event"),
    Column("workspace", shrinks=True),
    Column("events", right=True),
    Column("cost", right=True),
    Column("state"),
    Column("fork of"),
)


LISTED = 100
"""Sessions that are listed unless all are asked for: those that were written to last."""


def log(
    session: str | None = None,
    json: bool = False,
    follow: bool = False,
    durable: bool = False,
    kind: list[str] | None = None,
    first: int | None = None,
    last: int | None = None,
    agent: int | None = None,
    pattern: str | None = None,
    tag: str | None = None,
    whole: bool = False,
) -> int | None:
    """List the sessions, or the events of the session S, a line each."""
    output = standard()
    if session is None:
        if follow or durable or kind or pattern is not None or not first is last is agent is None:
            raise UsageError("these options are about the events of one session", hint="claw log @last …")
        return _sessions(output, json, whole=whole or json, tag=tag.lower() if tag else "")
    if tag is not None:
        raise UsageError("--tag is about the list of sessions", hint=f"claw tag {session} shows its tags")
    if whole:
        raise UsageError("--all is about the list of sessions", hint=f"claw log {session}")
    path = str(lookup.session(session, personal=True))
    window = Window(
        first=first, last=last, kinds=_kinds(kind or []), durable=durable, json=json, agent=agent, pattern=pattern
    )
    if agent and not follow and not _is_known(path, agent):
        raise UsageError(f"there is no agent {agent} in this session", hint="claw log S -k agent.spawned lists them")
    if follow:
        follow_events(path, window, output)
    else:
        print_events(path, window, output)
    return None


def _is_known(path: str, agent: int) -> bool:
    return any(envelope.agent == agent for envelope in logs.read(path, kinds=[kind_of(AgentSpawned)]))


def _kinds(patterns: list[str]) -> list[str] | None:
    """The kinds these patterns mean; None for all. Raises UsageError."""
    if not patterns:
        return None
    found: list[str] = []
    for pattern in patterns:
        matches = fnmatch.filter(KINDS, pattern)
        if not matches:
            families = ", ".join(sorted({f"{kind.partition('.')[0]}.*" for kind in KINDS}))
            raise UsageError(f"there is no kind of event {pattern!r}", hint=f"one of {families}")
        found += matches
    return found


def _sessions(output: Output, json: bool, *, whole: bool, tag: str) -> int:
    catalogue = logs.Catalogue(lookup.home())
    paths, others = catalogue.recent(1 << 62 if whole or tag else LISTED)
    if tag:
        paths = [path for path in paths if _has(catalogue, path.name, tag)]
    lines = [survey(path, catalogue) for path in paths]
    catalogue.keep()
    if json:
        for line in lines:
            output.answer_json(msgspec.json.encode(_plain(line)))
        return 0
    if not lines and tag:
        output.note(f"No session has the tag {tag}. claw tag S {tag} gives it to one.")
        return 0
    if not lines:
        output.note(f"There are no sessions in {lookup.home().sessions} yet. claw -p 'PROMPT' starts one.")
        return 0
    short = short_ids([line.id for line in lines], catalogue.ids)
    tagged = any(line.entry and line.entry.tags for line in lines)
    table = Table([column for column in SESSION_COLUMNS if tagged or column is not TAGS])
    for line in lines:
        cells = dict(zip(SESSION_COLUMNS, _cells(line, short), strict=True))
        table.add(*(cells[column] for column in table.columns))
    table.show(output)
    for line in lines:
        if line.problem:
            output.note(f"{short[line.id]}: {line.problem}")
    if others:
        output.note(f"{words.plural(others, 'more session')} that nothing was written to lately: claw log --all")
    return 0


def _has(catalogue: logs.Catalogue, id: str, tag: str) -> bool:
    known = catalogue.known(id)
    return known is not None and known.entry is not None and tag in known.entry.tags


def _cells(line: Line, short: dict[str, str]) -> list[str]:
    entry = line.entry
    if entry is None:
        return [short[line.id], "", "", "", "", "", "", line.status, ""]
    parent = short.get(entry.parent, entry.parent)
    return [
        short[line.id],
        entry.shown,
        " ".join(entry.tags),
        words.when(entry.last),
        entry.workspace,
        str(entry.records),
        price(line.spent),
        line.status,
        parent,
    ]


def _plain(line: Line) -> dict[str, object]:
    plain: dict[str, object] = {"id": line.id, "state": line.status}
    if line.problem:
        plain["problem"] = line.problem
    if line.entry is not None:
        entry = line.entry
        plain |= {"name": entry.name, "title": entry.title, "tags": entry.tags}
        plain |= {"workspace": entry.workspace, "parent": entry.parent or None}
        plain |= {"started": entry.started, "last": entry.last, "events": entry.records}
        plain |= {"nusd": line.spent.nusd, "unpriced": line.spent.unpriced}
    return plain
