"""A session that goes on where it stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from claw import log
from claw._native import LogWriter, wait_guard
from claw.errors import ToolError, UsageError
from claw.events.mcp import McpConfigured
from claw.events.session import Config, ConfigChanged, RecoveryReport, SessionResumed
from claw.events.skill import SkillsChanged
from claw.events.tool import ToolStarted
from claw.execution import git
from claw.execution.note import left
from claw.execution.threads import begun
from claw.handlers.permission import Asker
from claw.log import Home
from claw.projections.session import SessionInfo
from claw.projections.turn import Interrupting
from claw.runtime import Runtime
from claw.session import prompts, recovery, trust
from claw.session.added import with_added
from claw.session.config import Options, notices, resolve, with_variables
from claw.session.facts import facts, today, unconfined
from claw.session.lifecycle import running
from claw.session.saved_state import state_to_resume
from claw.session.session import Session
from claw.session.tools import changed
from claw.session.wiring import Wiring, settings_of, wire

GUARD_WAIT = 10.0
"""Seconds that a resume waits for the processes of the last run to be gone."""


@asynccontextmanager
async def resumed(home: Home, path: str, options: Options, asker: Asker) -> AsyncIterator[Session]:
    """Go on where the session stopped. Raises LogLocked, LogCorrupt, LogTooNew, SessionFaulted and other ClawErrors."""
    folder = Path(path)
    end, restored = log.end(path), state_to_resume(path)
    before = restored.state
    options = _in_workspace(options, before.session)
    settings = trust.settle(home, options, settings_of(options))
    options, left_out = with_added(with_variables(options, settings), settings)
    config = resolve(options, settings, before.session.settings)
    # Four syncs, which are waited for while the rest is put together.
    opening, opened = begun(lambda: LogWriter.open(path))
    wiring = wire(home, folder, options, asker, settings, config)
    await asyncio.shield(opened)
    writer = opening.result()
    try:
        # Nobody else writes from here on; what was written since then, or cut off, makes it another state.
        state, folded = restored if log.end(path) == end else state_to_resume(path)
        if not wait_guard(wiring.context.guard, GUARD_WAIT):
            raise ToolError("processes of the last run are still alive", hint="end them, and try again")
    except BaseException:
        writer.close()
        raise
    wiring.environment.made.begin(opening)
    wiring.context.shells.go_on_from(state.shells.started)
    runtime = Runtime(writer, state, wiring.handlers)
    note = wiring.mask(left(wiring.context.guard))

    async def begin() -> None:
        system = prompts.changed(options, wiring.mask, before.session.prompts)
        await _go_on(runtime, writer, path, config, wiring, note, system)

    said = notices(settings, before.session.settings, config)
    told = (*said, *left_out, *wiring.agents.notices, *unconfined(config), *note.splitlines())
    async with running(folder, writer, runtime, wiring, options, begin, told, folded) as session:
        yield session


async def _go_on(
    runtime: Runtime,
    writer: LogWriter,
    path: str,
    config: Config,
    wiring: Wiring,
    note: str,
    system: str | None,
) -> None:
    found = writer.recovery
    assert found is not None
    report = RecoveryReport(clean=found.sealed, torn_bytes=found.torn_bytes, kept=found.kept or "")
    before = runtime.state
    head = git.head(runtime.state.session.workspace)
    await runtime.submit(SessionResumed(runtime=facts(), recovery=report, git_head=head, date=today(), system=system))
    if config != runtime.state.session.settings:
        await runtime.submit(ConfigChanged(config=config))
    for event in changed(runtime.state.tools, wiring.toolbox):
        await runtime.submit(event)
    kinds = runtime.state.kinds
    if (kinds.known, kinds.models) != (wiring.agents.kinds, wiring.models):
        await runtime.submit(wiring.agents_changed())
    if runtime.state.skills != wiring.skills:
        await runtime.submit(SkillsChanged(skills=wiring.skills))
    await _servers_go_on(runtime, wiring)
    for shell in runtime.state.shells.running:
        await runtime.submit(recovery.end_shell(path, shell, note), shell.agent)
        note = ""
    for call, (id, _) in sorted(before.calls.items()):
        intent = log.event_at(path, call).data
        if intent.resumption == "keep":
            continue
        cancelled = isinstance(before.agents[id].turn, Interrupting)
        end = recovery.end(path, call, intent, runtime.handler_of(intent), cancelled=cancelled, note=note)
        note = "" if isinstance(intent, ToolStarted) else note
        if end is None:
            runtime.repeat(call, id, intent)
        else:
            await runtime.submit(end, id)


async def _servers_go_on(runtime: Runtime, wiring: Wiring) -> None:
    """Connect to the servers that there are now."""
    known = tuple(link.server for link in runtime.state.mcp.servers.values())
    if wiring.servers is None:
        now = McpConfigured(servers=())
    else:
        wiring.servers.serve(runtime, wiring.toolbox)
        now = wiring.servers.configured()
    if now.servers != known:
        await runtime.submit(now)


def _in_workspace(options: Options, session: SessionInfo) -> Options:
    if not Path(session.workspace).is_dir():
        raise UsageError(f"the session's folder {session.workspace} is gone", hint=f"claw fork {session.id} -C DIR")
    return replace(options, workspace=session.workspace)
