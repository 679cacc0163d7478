"""What is on the screen follows from the events alone, whether they come live or from the past."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from claw import log
from claw.cli.terminal.screen import UNICODE, Abilities, Screen
from claw.cli.terminal.transcript import PAST_KINDS_LEFT_OUT, Transcript
from claw.events.base import Blob, Envelope
from claw.events.codec import envelop
from claw.events.content import TextBlock, Usage
from claw.events.input import InputReceived
from claw.events.model import BlockOpened, ModelChunk, ModelFailed, ModelFinished, ModelRequested, TextPiece
from claw.events.request import Parameters
from claw.events.session import TurnFinished
from claw.session.summary import Summary
from tests.cli.live.world import World, text, tool

SCREEN = Screen(Abilities(colour=None, plain_colours=False, unicode=True, dumb=False))


def shown(envelopes: list[Envelope], load: Any = lambda blob: "") -> str:
    transcript = Transcript(UNICODE, load)
    parts = [part for envelope in envelopes for part in transcript.take(envelope)]
    return "\n\n".join("\n".join(SCREEN.lines(part, 80)) for part in parts)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_live_and_past_look_the_same(world: World) -> None:
    world.serve(
        {
            "blocks": [
                {"type": "thinking", "text": "Hm."},
                *tool("Glob", {"pattern": "*"}, say="# Look\n\n- a\n- b\n\nend")["blocks"],
            ]
        },
        {
            **text("First.\n\n", "Second.\n\n", "```py\nx = 1\n```\n\n", "Third."),
            "faults": [{"type": "break", "how": "drop", "after": 4}],
        },
    )
    world.run("-p", "Go.")
    (session,) = world.sessions()
    live = list(log.read(str(world.claw_home / "sessions" / session)))
    past = [envelope for envelope in live if envelope.kind not in PAST_KINDS_LEFT_OUT]
    assert len(past) < len(live)
    assert squeezed(shown(live)) == squeezed(shown(past))
    assert "Third." in shown(past)


def _events(*events: Any) -> Iterator[Envelope]:
    for seq, event in enumerate(events):
        yield envelop(event, seq=seq, ts=seq * 1_000_000, agent=0, cause=None)


REQUESTED = ModelRequested(
    purpose="turn",
    provider="p",
    api="anthropic",
    model="m",
    parameters=Parameters(max_tokens=10),
    attempt=1,
    digest="",
)


def test_what_a_broken_reply_said_is_kept() -> None:
    said = (TextBlock(text="Half a sen"),)
    envelopes = _events(
        InputReceived(text="Say it."),
        REQUESTED,
        ModelChunk(call=1, index=0, block=0, delta=BlockOpened(block=TextBlock(text=""))),
        ModelChunk(call=1, index=1, block=0, delta=TextPiece(text="Half a ")),
        ModelFailed(call=1, failure="connection", message="The connection broke.", content=said),
        TurnFinished(reason="failed", failure="connection", message="Gave up."),
    )
    seen = shown(list(envelopes))
    assert "● Half a sen" in seen
    assert "connection: The connection broke." in seen
    assert "Gave up." in seen


def test_long_content_is_read_from_the_blobs() -> None:
    blob = Blob(digest="d", size=100_000)
    envelopes = list(
        _events(InputReceived(text=blob), REQUESTED, ModelFinished(call=1, content=(), stop="end_turn", usage=Usage()))
    )
    assert "> the whole text" in shown(envelopes, lambda content: "the whole text")


@pytest.mark.parametrize(("nusd", "cost"), [(1_500_000, 0.0015), (None, None)])
def test_the_summary_counts_tokens_and_money(nusd: int | None, cost: float | None) -> None:
    summary = Summary(lambda blob: "")
    reply = (TextBlock(text="Yes."),)
    summary.take(
        list(
            _events(
                InputReceived(text="Well?"),
                REQUESTED,
                ModelFailed(call=1, failure="overloaded", message="", usage=Usage(), nusd=0),
                REQUESTED,
                ModelFinished(call=3, content=reply, stop="end_turn", usage=Usage(input=3, output=4), nusd=nusd),
                TurnFinished(reason="done"),
            )
        )
    )
    assert (summary.answer, summary.usage.output, summary.cost_usd) == ("Yes.", 4, cost)
    assert summary.duration_ms == 5
