"""Who and where: settings, prompts and place of the session, and whether it can go on."""

import msgspec
from msgspec.structs import replace

from claw.events.base import SKIPPABLE, Envelope, Unknown
from claw.events.control import LimitAnswered
from claw.events.input import InputReceived
from claw.events.permission import ModeChanged
from claw.events.session import (
    Config,
    ConfigChanged,
    Confinement,
    Prompts,
    Runtime,
    SessionEnded,
    SessionFaulted,
    SessionForked,
    SessionRenamed,
    SessionResumed,
    SessionSalvaged,
    SessionStarted,
    SessionTagged,
)
from claw.projections.base import Projection

PLANNING = "plan mode"
"""The source of a mode that the person has chosen when a plan was to be made, or was accepted."""


class Receipt(msgspec.Struct, frozen=True):
    """An input that carried its sender's id: where it is and what it said (BLAKE3)."""

    seq: int
    digest: str


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    first: str = ""
    """Id of the session that this is a fork of, or a fork of its forks; its own where it is none."""
    parent: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    """Words to find it by, in order. A fork begins with its parent's."""
    config: Config | None = None
    prompts: Prompts | None = None
    runtime: Runtime | None = None
    workspace: str = ""
    home: str = ""
    date: str = ""
    faulted: str = ""
    """What failed, when the session has stopped for good."""
    unknown: str = ""
    """A kind in the log that this claw does not know and may not skip."""
    ended: bool = False
    receipts: dict[str, Receipt] = {}

    @property
    def confinement(self) -> Confinement:
        """What the machine that the session runs on gives to confine commands."""
        return self.runtime.confinement if self.runtime else Confinement()

    @property
    def settings(self) -> Config:
        """The settings in force. Raises AssertionError before `session.started`."""
        assert self.config is not None, "no session.started before this event"
        return self.config


def _started(info: SessionInfo, envelope: Envelope, event: SessionStarted) -> SessionInfo:
    return replace(
        info,
        id=event.session,
        first=event.session,
        name=event.name,
        config=event.config,
        prompts=event.prompts,
        runtime=event.runtime,
        workspace=event.workspace,
        home=event.home,
        date=event.date,
    )


def _forked(info: SessionInfo, envelope: Envelope, event: SessionForked) -> SessionInfo:
    return replace(
        info,
        id=event.session,
        parent=event.parent,
        name=event.name,
        runtime=event.runtime,
        workspace=event.workspace,
        faulted="",
        ended=False,
        receipts={},
    )


def _resumed(info: SessionInfo, envelope: Envelope, event: SessionResumed) -> SessionInfo:
    prompts = info.prompts
    if event.system is not None and prompts is not None:
        prompts = replace(prompts, system=event.system)
    return replace(info, runtime=event.runtime, date=event.date, prompts=prompts, ended=False)


def _received(info: SessionInfo, envelope: Envelope, event: InputReceived) -> SessionInfo:
    if not event.id:
        return info
    return replace(info, receipts={**info.receipts, event.id: Receipt(envelope.seq, event.digest)})


def _mode_changed(info: SessionInfo, envelope: Envelope, event: ModeChanged) -> SessionInfo:
    sources = {**info.settings.sources, "mode": PLANNING}
    return replace(info, config=replace(info.settings, mode=event.mode, sources=sources))


def _unknown(info: SessionInfo, envelope: Envelope, event: Unknown) -> SessionInfo:
    return info if envelope.flags & SKIPPABLE else replace(info, unknown=event.name)


def _more(info: SessionInfo, envelope: Envelope, event: LimitAnswered) -> SessionInfo:
    """A limit that the person has raised; that of a loop is no setting."""
    name = {"turns": "turns", "money": "nusd", "tokens": "tokens", "time": "ms"}.get(event.what)
    if name is None or info.config is None or getattr(info.config.limits, name) is None:
        return info
    limits = replace(info.config.limits, **{name: getattr(info.config.limits, name) + event.more})
    return replace(info, config=replace(info.config, limits=limits))


SESSION = Projection(
    "session",
    SessionInfo(),
    {
        SessionStarted: _started,
        SessionForked: _forked,
        SessionResumed: _resumed,
        SessionRenamed: lambda info, _, event: replace(info, name=event.name),
        SessionTagged: lambda info, _, event: replace(info, tags=event.applied(info.tags)),
        SessionFaulted: lambda info, _, event: replace(info, faulted=event.error),
        SessionSalvaged: lambda info, _, event: replace(info, id=event.session, ended=False),
        SessionEnded: lambda info, _, event: replace(info, ended=True),
        ConfigChanged: lambda info, _, event: replace(info, config=event.config),
        ModeChanged: _mode_changed,
        LimitAnswered: _more,
        InputReceived: _received,
        Unknown: _unknown,
    },
)
