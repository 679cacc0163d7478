"""A session that branches off another."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

from claw import log
from claw._native import LogWriter, new_session_id
from claw.decide.step import take
from claw.events.codec import envelop
from claw.events.session import SessionForked
from claw.execution import git
from claw.log import Home
from claw.session import snapshots
from claw.session.facts import facts


def fork(home: Home, source: str, at: int, *, workspace: str | None = None, name: str = "") -> str:
    """Branch the conversation after event `at`, the end of a step; the new session's id. It does not run yet.

    Files stay as they are: `workspace` only says where the fork works from now on. Raises ClawError.
    """
    if name:
        log.check_unused(home, name)
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
            runtime=facts(),
            workspace=workspace or state.session.workspace,
            git_head=git.head(workspace or state.session.workspace),
            closed=tuple(sorted(state.calls)),
            name=name,
        )
        observed = envelop(event, seq=writer.next_seq, ts=time.time_ns(), agent=0, cause=None)
        log.append(writer, take(state, observed).envelopes, durable=True)
    finally:
        writer.close()
    return path.name
