"""The sessions of a home, and the steps of one, as rows to choose from."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from claw import log
from claw._native import LogReader
from claw.cli.sanitize import clean_line
from claw.cli.terminal.picker import Listing, Row
from claw.errors import ClawError
from claw.events.base import Content, Envelope
from claw.events.content import TextBlock
from claw.events.input import InputReceived
from claw.events.kinds import kind_of
from claw.events.model import ModelFinished
from claw.events.session import TurnFinished
from claw.execution.threads import finished
from claw.log import Catalogue, Home, Known

SAID = (kind_of(InputReceived), kind_of(ModelFinished))
STEPS = (*SAID, kind_of(TurnFinished))
LOOKED_AT = 2_000
"""Sessions whose contents are looked into, those that were written to last."""
LINE = 300
"""Characters of what was said that are shown of it."""


def sessions(home: Home, workspace: str, current: str = "") -> Listing[str]:
    """The paths of the sessions, those of this folder first; `current` is the id of the one that is open."""
    catalogue = Catalogue(home)
    known = list(catalogue.newest())
    catalogue.keep()
    here = [one for one in known if one.entry is not None and one.entry.workspace == workspace]
    shown = [here, known] if here else [known, here]

    def other() -> Sequence[Row[str]]:
        shown.reverse()
        return list(_rows(shown[0], workspace, current))

    return Listing(
        title="Go on with which session?",
        rows=list(_rows(shown[0], workspace, current)),
        tell=_last_words,
        more=other,
        switch="shows those of all folders, or of this one",
        look_in=partial(_look_in, known, workspace, current),
        none="no session matches; Ctrl-F looks into what was said in them",
    )


def _rows(known: Sequence[Known], workspace: str, current: str) -> Iterator[Row[str]]:
    """A fork stands below its parent, where that is among them."""
    ids = {one.path.name for one in known}
    forks: dict[str, list[Known]] = {}
    for one in known:
        if one.entry is not None and one.entry.parent in ids:
            forks.setdefault(one.entry.parent, []).append(one)
    below = {fork.path.name for some in forks.values() for fork in some}

    def with_forks(one: Known, part_of: bool) -> Iterator[Row[str]]:
        yield _row(one, workspace, current, part_of=part_of)
        for fork in forks.pop(one.path.name, []):
            yield from with_forks(fork, True)

    for one in known:
        if one.path.name not in below:
            yield from with_forks(one, False)


def _row(known: Known, workspace: str, current: str, *, part_of: bool) -> Row[str]:
    entry = known.entry
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(known.last // 10**9))
    if entry is None:
        return Row(str(known.path), f"{known.path.name[:13]} is damaged", when, known.path.name, part_of)
    tags = "".join(f" #{tag}" for tag in entry.tags)
    folder = "" if entry.workspace == workspace else f" {_short(entry.workspace)}"
    name = entry.shown or f"session {entry.id[:13]}"
    name += " (this)" if entry.id == current else ""
    return Row(
        str(known.path), f"{name}{tags}", f"{when}{folder}", f"{entry.id} {entry.workspace} {entry.title}", part_of
    )


def _short(path: str) -> str:
    home = os.path.expanduser("~")
    return f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path


def _last_words(path: str) -> Sequence[str]:
    """What was said in it last, by either side."""
    try:
        end = log.tip(path)
        said: list[str] = []
        id = os.path.basename(path)
        for envelope in log.read(path, max(0, end - 400), kinds=SAID):
            said += [line for line in [_line(path, envelope)] if line]
        return [id, *said[-4:]]
    except ClawError as error:
        return [error.message]


def _line(path: str, envelope: Envelope) -> str:
    match envelope.data:
        case InputReceived(text=text):
            return f"> {_beginning(path, text)}"
        case ModelFinished(content=content):
            texts = [_beginning(path, block.text) for block in content if isinstance(block, TextBlock)]
            return f"  {' '.join(filter(None, texts))}".rstrip()
    return ""


def _beginning(path: str, content: Content) -> str:
    text = content if isinstance(content, str) else log.SessionBlobs(path).text(content)
    return clean_line(" ".join(text[: 2 * LINE].split()))[:LINE]


async def _look_in(known: Sequence[Known], workspace: str, current: str, query: str) -> Sequence[Row[str]]:
    """Those in which this was said, in any case of letters."""
    pattern = f"(?i){re.escape(query)}"
    found = []
    for one in islice(known, LOOKED_AT):
        if await finished(partial(_holds, str(one.path), pattern)):
            found.append(_row(one, workspace, current, part_of=False))
        await asyncio.sleep(0)
    return found


def _holds(path: str, pattern: str) -> bool:
    try:
        reader = LogReader(path)
        return bool(reader.read(kinds=SAID, pattern=pattern, limit=1))
    except ClawError:
        return False


# --- steps of one session ---------------------------------------------------------------------------------------------


def steps(path: str) -> Listing[str]:
    """Where a session can be branched, as `n` and `n^` say it: before each input, and behind each turn."""
    rows: list[Row[str]] = []
    answer = ""
    for envelope in log.read(path, kinds=STEPS):
        if envelope.agent:
            continue
        when = time.strftime("%m-%d %H:%M", time.localtime(envelope.ts // 10**9))
        match envelope.data:
            case InputReceived():
                said = _line(path, envelope).removeprefix("> ")
                rows.append(Row(f"{envelope.seq}^", f"before: {said}", f"@{envelope.seq}^ {when}"))
            case ModelFinished():
                answer = _line(path, envelope).strip() or answer
            case TurnFinished():
                rows.append(Row(f"{envelope.seq}", f"after:  {answer}", f"@{envelope.seq} {when}", part_of=True))
    return Listing(
        title="Branch where? The conversation is branched, files stay as they are.",
        rows=rows,
        selected=max(0, len(rows) - 1),
        none="no step matches",
    )
