"""A session as its users know it: started, resumed, forked; talked to; ended."""

from __future__ import annotations

import dataclasses
import datetime
import platform
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import anyio
from msgspec.structs import replace

from claw import __version__, git, log, prompts, providers, recovery, snapshots, toolbox, trust
from claw._native import LogReader, LogWriter, blake3, new_session_id, wait_guard
from claw.config import Options, check_mode, check_model, model_named, notices, resolve, with_variables
from claw.confinement import available, lacking
from claw.decide import behaviour
from claw.decide.step import take
from claw.equipment import Equipment, equip, home_of
from claw.errors import ClawError, LogTooNew, SessionFaulted, ToolError, UsageError
from claw.events.base import Content, Envelope
from claw.events.codec import envelop
from claw.events.content import Api
from claw.events.input import CommandInvoked, CommandName, InputInterrupted, InputReceived
from claw.events.permission import Mode
from claw.events.session import (
    Config,
    ConfigChanged,
    RecoveryReport,
    SessionEnded,
    SessionForked,
    SessionRenamed,
    SessionResumed,
    SessionStarted,
    TurnFinished,
)
from claw.events.session import Runtime as RuntimeFacts
from claw.handlers.permission import Asker
from claw.log import Home
from claw.projections.session import SessionInfo
from claw.projections.state import INITIAL, State
from claw.runtime import Listener, Runtime
from claw.settings import read_settings
from claw.settings.modes import BYPASS
from claw.toolbox.shells import Shells

GUARD_WAIT = 10.0
"""Seconds that a resume waits for the processes of the last run to be gone."""

SNAPSHOT_EVERY = 20_000
"""Events between snapshots while a session runs."""


class Session:
    """One open session. All methods belong to the event loop it was opened in."""

    def __init__(
        self,
        path: Path,
        writer: LogWriter,
        runtime: Runtime,
        equipment: Equipment,
        options: Options,
        notices: tuple[str, ...] = (),
    ) -> None:
        self.id = path.name
        self.path = str(path)
        self._runtime = runtime
        self._equipment = equipment
        self._options = options
        self._end: TurnFinished | None = None
        self.first_seq = writer.next_seq
        """Where this run's own events begin."""
        self.notices = notices
        """What the user should know at once, one sentence each."""
        runtime.subscribe(self._watch)

    @property
    def state(self) -> State:
        """The state after the last committed event."""
        return self._runtime.state

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with the events of each block, once they are written."""
        self._runtime.subscribe(listener)

    def load(self, content: Content) -> str:
        """The text of some content. Raises BlobError."""
        return self._equipment.blobs.text(content)

    async def send(self, text: str, id: str = "") -> int:
        """Give the user's input; the seq of its `input.received`. Raises InputConflict."""
        digest = blake3(text.encode()) if id else ""
        content = self._equipment.keep(self._equipment.mask(text))
        return await self._runtime.submit(InputReceived(text=content, id=id, digest=digest))

    async def interrupt(self, how: Literal["user", "signal", "quit"]) -> None:
        """Call the turn off, and hooks that run; nothing happens when there is neither.

        Only `user` lets inputs that wait begin another turn.
        """
        if self.state.pending.turn_open or self.state.hooks.open:
            await self._runtime.submit(InputInterrupted(how=how))

    async def command(self, name: CommandName, argument: str = "") -> None:
        """A command that changes the session. Raises UsageError while a turn is open, save for `revoke`."""
        if name != "revoke" and not self.state.pending.quiet:
            raise UsageError(f"/{name} has to wait until this turn is over", hint="press Esc to interrupt the turn")
        await self._runtime.submit(CommandInvoked(name=name, argument=argument))

    async def configure(self, *, model: str | None = None, mode: Mode | None = None) -> None:
        """Change the model or the mode from here on. Raises UsageError, ProviderError."""
        config = self.state.session.settings
        settings = read_settings(home_of(self._options), self.state.session.workspace)
        sources = dict(config.sources)
        if model is not None:
            check_model(model, settings)
            config = replace(config, model=model_named(model, self._options.environ))
            sources["model"] = "/model"
        if mode is not None:
            check_mode(mode, self._options, settings)
            config = replace(config, mode=mode)
            sources["mode"] = "/permissions"
        await self._runtime.submit(ConfigChanged(config=replace(config, sources=sources)))

    async def rename(self, name: str) -> None:
        """Raises UsageError for what cannot be a name."""
        await self._runtime.submit(SessionRenamed(name=log.check_name(name)))

    async def settled(self) -> TurnFinished | None:
        """Wait until no turn is open and nothing runs; how the last turn since the call before ended.

        Raises what has stopped the session.
        """
        await self._runtime.until(lambda state: state.pending.quiet)
        end, self._end = self._end, None
        return end

    def _watch(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            if isinstance(envelope.data, TurnFinished):
                self._end = envelope.data


@asynccontextmanager
async def started(home: Home, options: Options, asker: Asker) -> AsyncIterator[Session]:
    """A new session in `options.workspace`. Raises ClawError."""
    settings = trust.settle(home, options, read_settings(home_of(options), options.workspace))
    options = with_variables(options, settings)
    config = resolve(options, settings)
    if options.name:
        _unused(home, log.check_name(options.name))
    raw = new_session_id(time.time_ns() // 1_000_000)
    path = home.session_path(str(uuid.UUID(bytes=raw)))
    _make(path.parent)
    equipment = equip(home, path, options, asker)
    first = SessionStarted(
        session=path.name,
        runtime=_facts(),
        config=config,
        prompts=prompts.load(),
        tools=toolbox.specs(),
        workspace=options.workspace,
        home=equipment.place.home,
        git_head=git.head(options.workspace),
        date=_today(),
        name=options.name,
    )
    writer = LogWriter.create(str(path), session=raw)
    runtime = Runtime(writer, INITIAL, equipment.handlers)

    async def begin() -> None:
        await runtime.submit(first)

    told = (*notices(settings, None, config), *_unconfined(config))
    async with _running(path, writer, runtime, equipment, options, begin, told) as session:
        yield session


@asynccontextmanager
async def resumed(home: Home, path: str, options: Options, asker: Asker) -> AsyncIterator[Session]:
    """Go on where the session stopped. Raises LogLocked, LogCorrupt, LogTooNew, SessionFaulted and other ClawErrors."""
    folder = Path(path)
    before = _state_to_resume(path)
    options = _in_workspace(options, before.session)
    settings = trust.settle(home, options, read_settings(home_of(options), options.workspace))
    options = with_variables(options, settings)
    config = resolve(options, settings, before.session.settings)
    equipment = equip(home, folder, options, asker)
    writer = LogWriter.open(path)
    try:
        state = _state_to_resume(path)
        if not wait_guard(equipment.place.guard, GUARD_WAIT):
            raise ToolError("processes of the last run are still alive", hint="end them, and try again")
    except BaseException:
        writer.close()
        raise
    equipment.place.shells.go_on_from(state.shells.started)
    runtime = Runtime(writer, state, equipment.handlers)

    async def begin() -> None:
        await _go_on(runtime, writer, path, config)

    told = (*notices(settings, before.session.settings, config), *_unconfined(config))
    async with _running(folder, writer, runtime, equipment, options, begin, told) as session:
        yield session


def fork(home: Home, source: str, at: int, *, workspace: str | None = None, name: str = "") -> str:
    """Branch the conversation after event `at`, the end of a step; the new session's id. It does not run yet.

    Files stay as they are: `workspace` only says where the fork works from now on. Raises ClawError.
    """
    if name:
        _unused(home, log.check_name(name))
    log.check_whole(source, at)
    state = snapshots.restore(source, at).state
    raw = new_session_id(time.time_ns() // 1_000_000)
    path = home.session_path(str(uuid.UUID(bytes=raw)))
    writer = LogWriter.fork(str(path), session=raw, parent=source, at=at)
    try:
        event = SessionForked(
            session=path.name,
            parent=Path(source).name,
            seq=at,
            chain=writer.chain.hex(),
            runtime=_facts(),
            workspace=workspace or state.session.workspace,
            git_head=git.head(workspace or state.session.workspace),
            closed=tuple(sorted(state.pending.calls)),
            name=name,
        )
        observed = envelop(event, seq=writer.next_seq, ts=time.time_ns(), agent=0, cause=None)
        log.append(writer, take(state, observed).envelopes, durable=True)
    finally:
        writer.close()
    return path.name


# --- opening and closing ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def _running(
    path: Path,
    writer: LogWriter,
    runtime: Runtime,
    equipment: Equipment,
    options: Options,
    begin: Callable[[], Awaitable[None]],
    told: tuple[str, ...],
) -> AsyncIterator[Session]:
    session = Session(path, writer, runtime, equipment, options, told)
    runtime.subscribe(_snapshots(path, writer, runtime))
    try:
        async with anyio.create_task_group() as tasks:
            await tasks.start(runtime.run)
            preloading = anyio.CancelScope()
            try:
                await begin()
                tasks.start_soon(_preload, runtime.state.session.settings.model.api, preloading)
                yield session
            finally:
                preloading.cancel()
                with anyio.CancelScope(shield=True):
                    await _end(session, runtime, equipment.place.shells)
    except BaseExceptionGroup as group:
        raise _only(group) from None
    finally:
        with anyio.CancelScope(shield=True):
            await equipment.close()
        _close(path, writer, runtime)
    if runtime.failure is not None:
        raise runtime.failure


async def _preload(api: Api, scope: anyio.CancelScope) -> None:
    """Import the model's SDK while the user still types: it takes a second or two."""
    with scope:
        await anyio.to_thread.run_sync(providers.preload, api, abandon_on_cancel=True)


async def _end(session: Session, runtime: Runtime, shells: Shells) -> None:
    """Call off what runs, record the end, and let the loop finish."""
    try:
        if runtime.failure is None:
            await session.interrupt("quit")
            await runtime.until(lambda state: state.pending.quiet)
            await shells.close()
            await runtime.submit(SessionEnded(reason="quit"))
            await runtime.until(lambda state: state.pending.quiet)
    except ClawError:
        pass  # it is runtime.failure, which is raised once the log is closed
    finally:
        await shells.close()
        runtime.stop()
        await runtime.over()


def _close(path: Path, writer: LogWriter, runtime: Runtime) -> None:
    seq, chain = writer.next_seq - 1, writer.chain
    try:
        writer.close()
    except ClawError:
        if runtime.failure is None:
            raise
        return
    if seq >= 0 and runtime.failure is None:
        _snapshot(path, runtime.state, seq, chain)


def _snapshots(path: Path, writer: LogWriter, runtime: Runtime) -> Listener:
    last = writer.next_seq

    def listen(envelopes: Sequence[Envelope]) -> None:
        nonlocal last
        if envelopes[-1].seq - last >= SNAPSHOT_EVERY:
            last = envelopes[-1].seq
            _snapshot(path, runtime.state, last, writer.chain)

    return listen


def _snapshot(path: Path, state: State, seq: int, chain: bytes) -> None:
    try:
        snapshots.save(str(path), state, seq, chain)
    except OSError:
        return  # only a faster next start is lost, and the log says all of it again


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error inside, where it is one; task groups wrap it."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def _go_on(runtime: Runtime, writer: LogWriter, path: str, config: Config) -> None:
    found = writer.recovery
    assert found is not None
    report = RecoveryReport(clean=found.sealed, torn_bytes=found.torn_bytes, kept=found.kept or "")
    pending = runtime.state.pending
    head = git.head(runtime.state.session.workspace)
    await runtime.submit(SessionResumed(runtime=_facts(), recovery=report, git_head=head, date=_today()))
    if config != runtime.state.session.settings:
        await runtime.submit(ConfigChanged(config=config))
    for shell in runtime.state.shells.running:
        await runtime.submit(recovery.lost(path, shell))
    for call in sorted(pending.calls):
        intent = log.event_at(path, call).data
        end = recovery.ending(path, call, intent, cancelled=pending.interrupting)
        if end is None:
            runtime.repeat(call, intent)
        else:
            await runtime.submit(end)


def _state_to_resume(folder: str) -> State:
    path = Path(folder)
    if not log.has_events(folder):
        raise UsageError(f"the session {path.name} has no events", hint=f"rm -r {path}")
    tip = log.tip(folder)
    state, folded = snapshots.restore(folder, tip)
    if folded >= SNAPSHOT_EVERY and tip < LogReader(folder).refresh()[1]:
        _snapshot(path, state, tip, LogReader(folder).chain_at(tip))
    if state.session.unknown:
        raise LogTooNew(
            f"the session has an event {state.session.unknown!r} that this claw does not know",
            hint="update claw",
            path=str(path),
        )
    if state.session.faulted:
        raise SessionFaulted(
            f"the session stopped because claw failed: {state.session.faulted}",
            hint=f"claw fork {path.name}@n^ goes on from before the failure; claw log {path.name} shows it",
        )
    return state


def _in_workspace(options: Options, session: SessionInfo) -> Options:
    if not Path(session.workspace).is_dir():
        raise UsageError(f"the session's folder {session.workspace} is gone", hint=f"claw fork {session.id} -C DIR")
    return dataclasses.replace(options, workspace=session.workspace)


def _unused(home: Home, name: str) -> None:
    if log.is_named(home, name):
        raise UsageError(f"a session is already named {name!r}", hint=f"claw resume {name}, or another --name")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"cannot make {folder}: {error.strerror}", hint="set CLAW_HOME to a folder of yours") from None


def _facts() -> RuntimeFacts:
    return RuntimeFacts(
        claw=__version__,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        behaviours=behaviour.CURRENT,
        seed=secrets.randbits(63),
        confinement=available(),
    )


def _unconfined(config: Config) -> tuple[str, ...]:
    """What the kernel cannot give, where it is asked for it."""
    sentence = lacking(available())
    return (sentence,) if sentence and config.mode != BYPASS else ()


def _today() -> str:
    return datetime.datetime.now().astimezone().date().isoformat()
