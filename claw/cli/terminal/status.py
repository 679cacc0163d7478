"""The two lines that say how things stand: what is going on, and what session this is."""

from __future__ import annotations

import time
from dataclasses import dataclass

from claw.cli.sanitize import clean_line
from claw.cli.terminal import amounts
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.transcript import Transcript
from claw.decide.compaction import context_tokens
from claw.events.kinds import INTENTS, kind_of
from claw.projections.state import State
from claw.projections.turn import Compacting, Interrupting


@dataclass(slots=True)
class Stopwatch:
    """Time and tokens since the turn began."""

    began: float = 0.0
    tokens: int = 0
    running: bool = False

    def watch(self, state: State) -> None:
        """Start and stop with the turn."""
        if state.busy and not self.running:
            self.began, self.tokens = time.monotonic(), state.usage.total.tokens.output
        self.running = state.busy


def status(state: State, transcript: Transcript, watch: Stopwatch, glyphs: Glyphs, stop: str) -> str:
    """`⠙ Thinking · 12s · ↓ 340 tokens · $0.0123 · Esc interrupts`."""
    seconds = time.monotonic() - watch.began
    spinner = glyphs.spinner[int(seconds * 8) % len(glyphs.spinner)]
    told = state.usage.total.tokens.output - watch.tokens + transcript.output_tokens
    parts = [f"{spinner} {_doing(state, transcript)}", amounts.elapsed(seconds)]
    if told > 0:
        parts.append(f"{glyphs.down} {amounts.tokens(told)} token{'s' * (told != 1)}")
    if state.usage.total.nusd:
        parts.append(amounts.money(state.usage.total.nusd))
    parts.append(f"{stop} interrupts")
    return f" {glyphs.dot} ".join(parts)


def _doing(state: State, transcript: Transcript) -> str:
    if isinstance(state.main.turn, Interrupting):
        return "Interrupting"
    if isinstance(state.main.turn, Compacting):
        return "Summarising the conversation"
    if transcript.thinking:
        return "Thinking"
    if not state.main.turn.is_open and state.main.pending.asides:
        return "Answering beside the conversation"
    if not state.main.turn.is_open:
        return "An agent works in the background"
    open_kinds = set(state.main.pending.awaited.values())
    return next((intent.doing for intent in INTENTS if intent.doing and kind_of(intent) in open_kinds), "Working")


def footer(state: State, glyphs: Glyphs) -> str:
    """`claude-x · default · 0192abcd · context 12% · $0.0123`."""
    session = state.session
    if session.config is None:
        return ""
    model = session.config.model.in_mode(state.permissions.mode)
    share = min(999, 100 * context_tokens(state.main.conversation) // max(1, model.window))
    parts = [model.name, state.permissions.mode, session.name or _short(session.id), f"context {share}%"]
    if state.usage.total.nusd:
        parts.append(amounts.money(state.usage.total.nusd))
    return clean_line(f" {glyphs.dot} ".join(parts))


def _short(session: str) -> str:
    return session[:13]
