"""Sessions that were begun with settings no flag sets, as the log has them."""

from __future__ import annotations

import time
import uuid

from claw import log, tools
from claw._native import LogWriter, new_session_id
from claw.decide import behaviour
from claw.decide.step import take
from claw.events.codec import envelop
from claw.events.session import Config, Model, Retry, Runtime, SessionStarted
from claw.projections.state import INITIAL
from claw.session import prompts
from tests.cli.live.world import World


def impatient(world: World, base_url: str, attempts: int = 2) -> str:
    """A session that tries each model call `attempts` times, milliseconds apart; its id."""
    raw = new_session_id(time.time_ns() // 1_000_000)
    path = world.claw_home / "sessions" / str(uuid.UUID(bytes=raw))
    path.parent.mkdir(parents=True)
    model = Model(provider="anthropic", api="anthropic", name="claude-sonnet-5-5", base_url=base_url)
    first = SessionStarted(
        session=path.name,
        runtime=Runtime(claw="0", python="3", platform="Linux", behaviours=behaviour.CURRENT, seed=1),
        config=Config(model=model, retry=Retry(attempts=attempts, base_ms=1)),
        prompts=prompts.load(),
        tools=tuple(tool.spec for tool in tools.TOOLS),
        workspace=str(world.workspace),
        home=str(world.home),
        date="2026-01-01",
    )
    writer = LogWriter.create(str(path), session=raw)
    observed = envelop(first, seq=0, ts=time.time_ns(), agent=0, cause=None)
    log.append(writer, take(INITIAL, observed).envelopes, durable=True)
    writer.close()
    return path.name
