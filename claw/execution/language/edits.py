"""What an edit did to the files that it changed, as language servers see it: problems that were not there before."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from claw.errors import ToolError
from claw.execution.context import ToolContext
from claw.execution.language import problems
from claw.execution.language.rpc import Ended, Refused
from claw.execution.language.server import CHANGED, CREATED, DELETED
from claw.execution.language.servers import LanguageServers, Slot
from claw.execution.language.shapes import Diagnostic
from claw.execution.language.texts import text_of
from claw.execution.paths import shown
from claw.execution.threads import finished

WAIT = 7.0
"""Seconds that a result waits at most for what servers have to say."""
STARTING = 12.0
"""The same for the first one, which starts the server."""
BRIEF = 1.0
"""The same for a server that has not answered the last time."""
MOST_FILES = 10
"""Of one change, that are looked at."""


class File(Struct):
    """One that the change may concern; `before` None: there was none."""

    path: str
    slot: Slot
    was_there: bool
    before: str | None
    is_there: bool = False
    after: str | None = None


async def before(paths: Sequence[str], servers: LanguageServers, context: ToolContext) -> list[File]:
    """What these files hold, those that there is a server for."""

    def files() -> list[File]:
        found = [(path, slot) for path in paths if (slot := servers.slot(path, context)) is not None]
        return [File(path, slot, os.path.lexists(path), text_of(path)) for path, slot in found[:MOST_FILES]]

    return await finished(files)


async def after(files: Sequence[File]) -> list[File]:
    """Those that are others by now, with what they hold."""

    def look() -> None:
        for file in files:
            file.is_there, file.after = os.path.lexists(file.path), text_of(file.path)

    await finished(look)
    return [file for file in files if (file.was_there, file.before) != (file.is_there, file.after)]


async def judged(
    files: Sequence[File], servers: LanguageServers, context: ToolContext, report: Callable[[str], None]
) -> str:
    """What is new, for the model; empty where nothing is, or nobody says so in time. Raises nothing."""
    by_slot: dict[int, list[File]] = {}
    for file in files:
        by_slot.setdefault(id(file.slot), []).append(file)
    said = await asyncio.gather(*(_of_one(some, servers, context, report) for some in by_slot.values()))
    found = "\n".join(block for blocks, _ in said for block in blocks)
    if found:
        found = f"<new-diagnostics>The following new diagnostic issues were detected:\n\n{found}\n</new-diagnostics>"
    return "\n\n".join(part for part in (found, *(note for _, note in said)) if part)


async def _of_one(
    files: list[File], servers: LanguageServers, context: ToolContext, report: Callable[[str], None]
) -> tuple[list[str], str]:
    """What one server finds in its files, a block for each, and a note where it failed."""
    slot, server, blocks = files[0].slot, None, []
    wait = STARTING if slot.server is None else BRIEF if slot.server.silent_since is not None else WAIT
    try:
        async with asyncio.timeout(wait), slot.lock:
            server = await servers.server(slot, report)
            await server.until_ready()
            for file in files:
                await servers.refresh(slot, server, but=file.path)
                block = await _of_file(file, servers, context)
                blocks += [block] if block else []
        server.silent_since = None
    except ToolError as error:
        note = "" if slot.is_said and error.message == slot.given_up else error.message
        slot.is_said = slot.is_said or error.message == slot.given_up
        return blocks, f"[{note}]" if note else ""
    except (Ended, Refused, TimeoutError) as error:
        if server is None:
            return blocks, f"[{slot.name} has not answered in time.]"
        if isinstance(error, TimeoutError) and server.silent_since is None:
            server.silent_since = time.monotonic()
        why = problems.plain(await servers.why(server, error), context, problems.LONGEST)
        return blocks, f"[{slot.name} {why}. What it finds in {_names(files, context)} is not known.]"
    return blocks, ""


async def _of_file(file: File, servers: LanguageServers, context: ToolContext) -> str:
    slot = file.slot
    server = slot.server
    assert server is not None, "the caller has it"
    if file.after is None:
        server.close_file(file.path)
        servers.knows(slot, server, file.path, CHANGED if file.is_there else DELETED)
        return ""
    known: tuple[Diagnostic, ...] = ()
    if file.before is not None:
        document = server.documents.get(file.path)
        if document is None or document.text != file.before or document.told is None:
            document = server.sync(file.path, file.before)
            await server.diagnostics(document)
        known = document.told or ()
    # Of a file that it holds it is told the text; to be told that something has changed makes it begin anew.
    if not file.was_there:
        servers.knows(slot, server, file.path, CREATED)
    document = server.sync(file.path, file.after, saved=True)
    found = problems.new(known, await server.diagnostics(document, known))
    return problems.told(found, shown(file.path, context), file.after, server.encoding, context) if found else ""


def _names(files: Sequence[File], context: ToolContext) -> str:
    return ", ".join(shown(file.path, context) for file in files)
