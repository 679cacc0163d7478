"""All language servers of a session: the one for a file, started when it is first needed, once more after a death, and
ended with the session.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

import anyio
from msgspec import Struct, field

from claw.errors import ToolError
from claw.execution.context import ToolContext
from claw.execution.language.changes import Seen, between, look
from claw.execution.language.known import Chosen, Program, all_of, of, place_for
from claw.execution.language.rpc import Ended, Refused
from claw.execution.language.server import DELETED, Server
from claw.execution.language.texts import text_of
from claw.execution.links import is_inside
from claw.execution.threads import finished

MOST_RUNNING = 6
"""Servers at a time; the one that was not used for longest makes room."""
DEATHS = 2
"""After so many it is not started again."""
SLOWEST_START = 120
"""Seconds after which one that is not ready yet counts as hung."""
MOST_SILENT = 60
"""Seconds after which one that has not answered counts as hung."""
STALE = 30
"""Seconds after which the disk is looked at again, though nothing has run that would have changed it."""
LAST_WORDS = 3
"""Seconds that are waited for how it ended."""


class Slot(Struct):
    """A server for one workspace, whether it runs or not. `lock` is held while files are told to it."""

    program: Program
    path: str
    context: ToolContext
    server: Server | None = None
    deaths: int = 0
    given_up: str = ""
    """Why it is not started any more, in a sentence."""
    is_said: bool = False
    """That sentence was in the result of an edit."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used: float = 0.0
    seen: Seen = field(default_factory=dict)
    looked: float = 0.0
    """When the disk was looked at, by the monotonic clock."""
    since: int = -1
    """How many commands had run by then."""

    @property
    def name(self) -> str:
        return self.program.name


class LanguageServers:
    def __init__(self, chosen: Chosen) -> None:
        self.programs = all_of(chosen)
        self._slots: dict[tuple[str, str], Slot | None] = {}
        self._ran = 0
        self._closed = False

    def slot(self, path: str, context: ToolContext) -> Slot | None:
        """The server for this file; one that is given up only where there is no other; None where there is none on this
        machine. Looks at PATH once. May block.
        """
        failed = None
        for program in of(path, self.programs):
            key = context.workspace, program.name
            if key not in self._slots:
                found = place_for(program, context)
                self._slots[key] = None if found is None else Slot(program, found, context)
            if (slot := self._slots[key]) is not None and not slot.given_up:
                return slot
            failed = failed or slot
        return failed

    def something_ran(self) -> None:
        """Files may be others than they were."""
        self._ran += 1

    async def server(self, slot: Slot, report: Callable[[str], None]) -> Server:
        """The one that runs, started where none does, and not waited for. Ask with the lock held. Raises ToolError with
        the sentence why there is none.
        """
        if slot.server is not None:
            self._must_not_hang(slot.server)
            if slot.server.ended:
                await self._bury(slot, slot.server)
        if self._closed:
            raise ToolError("The session ends.")
        if slot.given_up:
            raise ToolError(slot.given_up)
        if slot.server is None:
            await self._make_room()
            report(f"Starting {slot.name}: {' '.join(slot.program.command)}\n")
            server = Server(slot.program, slot.context.workspace)
            slot.seen, slot.looked, slot.since = {}, 0.0, -1
            try:
                await server.start(slot.path, slot.context)
            except ToolError as error:
                slot.given_up = f"{slot.name} cannot be started: {error.message}"
                raise ToolError(slot.given_up) from None
            slot.server = server
        slot.used = time.monotonic()
        return slot.server

    def _must_not_hang(self, server: Server) -> None:
        now = time.monotonic()
        if server.ready is not None and not server.ready.done() and now - server.began > SLOWEST_START:
            server.kill(f"it was not ready after {SLOWEST_START} s")
        elif server.silent_since is not None and now - server.silent_since > MOST_SILENT:
            server.kill(f"it had not answered for {now - server.silent_since:.0f} s")

    async def _bury(self, slot: Slot, server: Server) -> None:
        await server.gone(LAST_WORDS)
        slot.server = None
        slot.deaths += 1
        if slot.deaths >= DEATHS:
            slot.given_up = (
                f"{slot.name} has ended {slot.deaths} times and is not started again in this session: {server.ended}."
            )

    async def _make_room(self) -> None:
        """End the one that was used longest ago, where there are too many."""
        running = sorted((slot for slot in self._all() if slot.server is not None), key=lambda slot: slot.used)
        for slot in running[: max(0, len(running) - MOST_RUNNING + 1)]:
            if slot.server is not None and not slot.lock.locked():
                server, slot.server = slot.server, None
                await server.close()

    async def leave(self, folder: str) -> None:
        """End those whose workspace lies in this folder, and wait until they are gone."""
        await self._end([slot for slot in self._all() if is_inside(slot.context.workspace, folder)])

    def _all(self) -> list[Slot]:
        return [slot for slot in self._slots.values() if slot is not None]

    async def _end(self, slots: list[Slot]) -> None:
        with anyio.CancelScope(shield=True):
            servers = [slot.server for slot in slots if slot.server is not None]
            for server in servers:
                server.kill("it was ended")
            for server in servers:
                await server.close()

    async def refresh(self, slot: Slot, server: Server, *, but: str) -> None:
        """Tell it what others have changed on disk since it was last told, except of one file. With the lock held.
        Raises Ended.
        """
        now = time.monotonic()
        busy = slot.context.shells.any_runs
        if slot.since == self._ran and not busy and now - slot.looked < STALE:
            return
        root, languages = slot.context.workspace, slot.program.languages
        held = [path for path in server.documents if path != but]
        seen, texts = await finished(lambda: (look(root, languages), {path: text_of(path) for path in held}))
        first = slot.since == -1
        changed = {} if first else between(slot.seen, seen)
        changed.pop(but, None)
        slot.seen, slot.looked, slot.since = seen, now, self._ran
        server.changed(changed)
        for path, text in texts.items():
            if text is None:
                server.close_file(path)
            else:
                server.sync(path, text)

    def knows(self, slot: Slot, server: Server, path: str, kind: int) -> None:
        """claw has changed this file itself. Raises Ended."""
        server.changed({path: kind})
        if kind == DELETED:
            slot.seen.pop(path, None)
            return
        try:
            stat = os.stat(path, follow_symlinks=False)
        except OSError:
            return
        if slot.seen:
            slot.seen[path] = stat.st_mtime_ns, stat.st_size

    async def why(self, server: Server, error: Ended | Refused | TimeoutError) -> str:
        """What to say of it, behind the server's name."""
        if isinstance(error, Ended):
            await server.gone(LAST_WORDS)
            return f"has failed: {server.ended or error}"
        if isinstance(error, Refused):
            return f"did not answer: {str(error)[:200] or 'it gave no reason'}"
        return "has not answered in time"

    async def close(self) -> None:
        """End all, and wait until they are gone."""
        self._closed = True
        await self._end(self._all())
