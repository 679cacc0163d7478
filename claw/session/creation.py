"""A new session."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from claw import log
from claw._native import LogWriter, new_session_id
from claw.errors import UsageError
from claw.events.session import SessionStarted
from claw.events.skill import SkillsChanged
from claw.execution import git
from claw.execution.threads import begun
from claw.handlers.permission import Asker
from claw.log import Home
from claw.projections.state import INITIAL
from claw.providers import keys
from claw.runtime import Runtime
from claw.session import prompts, trust
from claw.session.added import with_added
from claw.session.config import Options, notices, resolve, with_variables
from claw.session.facts import facts, today, unconfined
from claw.session.lifecycle import running
from claw.session.session import Session
from claw.session.tools import changed
from claw.session.wiring import settings_of, wire


@asynccontextmanager
async def started(home: Home, options: Options, asker: Asker) -> AsyncIterator[Session]:
    """A new session in `options.workspace`. Raises ClawError."""
    settings = trust.settle(home, options, settings_of(options))
    options, left_out = with_added(with_variables(options, settings), settings)
    config = resolve(options, settings)
    keys.require(config.model, options.environ)
    if options.name:
        log.check_unused(home, options.name)
    raw = options.session or new_session_id(time.time_ns() // 1_000_000)
    path = home.session_path(str(uuid.UUID(bytes=raw)))
    if options.session and path.exists():
        raise UsageError(f"there is a session {path.name} already", hint=f"claw resume {path.name}")
    _make(path.parent)
    # Three syncs, which are waited for while the rest is put together.
    creating, created = begun(lambda: LogWriter.create(str(path), session=raw))
    wiring = wire(home, path, options, asker, settings, config)
    wiring.environment.made.begin(creating)
    first = SessionStarted(
        session=path.name,
        runtime=facts(),
        config=config,
        prompts=prompts.wanted(options, wiring.mask, title=config.titles != "never" or config.small is not None),
        workspace=options.workspace,
        home=wiring.context.home,
        git_head=git.head(options.workspace),
        date=today(),
        name=options.name,
    )
    await asyncio.shield(created)
    writer = creating.result()
    runtime = Runtime(writer, INITIAL, wiring.handlers)

    async def begin() -> None:
        runtime.record(first)
        for event in changed(runtime.state.tools, wiring.toolbox):
            runtime.record(event)
        if wiring.skills:
            runtime.record(SkillsChanged(skills=wiring.skills))
        if wiring.servers is not None:
            wiring.servers.serve(runtime, wiring.toolbox)
            runtime.record(wiring.servers.configured())
        await runtime.submit(wiring.agents_changed())

    told = (*notices(settings, None, config), *left_out, *wiring.agents.notices, *unconfined(config))
    async with running(path, writer, runtime, wiring, options, begin, told) as session:
        yield session


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"cannot make {folder}: {error.strerror}", hint="set CLAW_HOME to a folder of yours") from None
