"""The events of a session as what a client is told of it, by `session/update`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from claw.cli import refusal
from claw.cli.acp import texts
from claw.cli.acp.calls import Calls
from claw.cli.acp.texts import Load, Piece
from claw.cli.sanitize import clean
from claw.events.base import Blob, Content, Envelope
from claw.events.content import ModelBlock, TextBlock, ThinkingBlock, ToolUseBlock
from claw.events.context import ContextCompacted
from claw.events.input import InputReceived
from claw.events.model import (
    BlockOpened,
    ModelChunk,
    ModelFailed,
    ModelFellBack,
    ModelFinished,
    ModelRequested,
    TextPiece,
)
from claw.events.question import UserMessaged
from claw.events.session import SessionRenamed, SessionTitled, TurnFinished
from claw.events.task import TaskUpdated
from claw.events.tools import Traits
from claw.projections.state import MAIN
from claw.projections.tasks import TASKS, Tasks, updated


class Updates:
    """A fold: takes one event after the other, gives the updates that follow from each. Events before `first` are told
    as what has been: whole replies, and the person's inputs, which the client knows else.
    """

    def __init__(
        self,
        session: str,
        first: int,
        load: Load,
        workspace: Callable[[], str],
        declared: Callable[[str], Traits | None],
        *,
        terminals: bool,
    ) -> None:
        self.calls = Calls(load, workspace, declared, terminals=terminals)
        self._session = session
        self._first = first
        self._load = load
        self._asked: set[int] = set()
        """Keys of the main agent's calls of its model that belong to a turn."""
        self._kinds: dict[tuple[int, int], str] = {}
        """Key and block of a reply that comes -> how its pieces are told."""
        self._tasks: Tasks = TASKS.initial

    def take(self, envelope: Envelope) -> Iterator[Piece]:
        """What the client is told of this event."""
        main, past = envelope.agent == MAIN, envelope.seq < self._first
        match envelope.data:
            case ModelChunk() as chunk:
                if chunk.call in self._asked and not past:
                    yield from self._streamed(chunk)
            case ModelRequested(purpose="turn") if main:
                self._asked.add(envelope.seq)
            case ModelFinished() as reply if reply.call in self._asked:
                yield from self._replied(reply, past=past or reply.call < self._first)
            case ModelFailed() as failed:
                yield from self._broke_off(failed, past=past or failed.call < self._first)
            case InputReceived() as input if main and (past or input.source is not None):
                yield self._chunk("user_message_chunk", envelope.seq, texts.loaded(input.text, self._load))
            case UserMessaged() as said:
                yield self._chunk("agent_message_chunk", envelope.seq, f"{said.text}\n\n")
            case ContextCompacted(before=before, after=after) if main:
                sizes = f" ({before} tokens before, {after} after)" if before else ""
                yield self.note(f"A summary stands for what came before{sizes}.", envelope.seq)
            case ModelFellBack() as other if main and not past:
                yield self.note(f"{refusal.fell_back(other)}.", envelope.seq)
            case TaskUpdated() as change if main:
                self._tasks = updated(self._tasks, change)
                yield self._plan()
            case SessionTitled(title=title) | SessionRenamed(name=title):
                yield {"sessionUpdate": "session_info_update", "title": clean(title)}
            case TurnFinished():
                yield from self.calls.called_off(envelope.agent)
            case _:
                yield from self.calls.take(envelope)

    def note(self, sentence: str, part: int | str) -> Piece:
        """Something of claw's own that the person should know."""
        return self._chunk("agent_message_chunk", part, f"[claw: {sentence}]\n\n")

    def said(self, words: str, part: int | str) -> Piece:
        """What claw answers to a command, without a model."""
        return self._chunk("agent_message_chunk", part, words)

    def _chunk(self, kind: str, part: int | str, words: str) -> Piece:
        """`part` tells messages apart: the seq of the event that a message begins with, or a name."""
        return {"sessionUpdate": kind, "messageId": f"{self._session}@{part}", "content": texts.text(clean(words))}

    def _streamed(self, chunk: ModelChunk) -> Iterator[Piece]:
        match chunk.delta:
            case BlockOpened(block=ToolUseBlock() as block):
                yield from self.calls.announced(block, chunk.call)
            case BlockOpened(block=block):
                self._kinds[chunk.call, chunk.block] = _kind_of(block)
                yield from self._words(chunk.call, chunk.block, getattr(block, "text", ""))
            case TextPiece(text=text):
                yield from self._words(chunk.call, chunk.block, text)

    def _words(self, key: int, block: int, words: Content) -> Iterator[Piece]:
        kind = self._kinds.get((key, block))
        said = texts.loaded(words, self._load) if isinstance(words, Blob) else words
        if kind and said:
            yield self._chunk(kind, key, said)

    def _replied(self, reply: ModelFinished, *, past: bool) -> Iterator[Piece]:
        self._over(reply.call)
        if past:
            yield from self._whole(reply.call, reply.content)

    def _whole(self, key: int, blocks: tuple[ModelBlock, ...]) -> Iterator[Piece]:
        for block in blocks:
            if isinstance(block, TextBlock | ThinkingBlock):
                said = texts.loaded(block.text, self._load)
                if said:
                    yield self._chunk(_kind_of(block), key, said)

    def _broke_off(self, failed: ModelFailed, *, past: bool) -> Iterator[Piece]:
        if failed.call not in self._asked:
            return
        began = any(key == failed.call for key, _ in self._kinds)
        self._over(failed.call)
        yield from self.calls.gave_up(failed.call)
        if past and failed.failure == "interrupted":
            yield from self._whole(failed.call, failed.content)
        elif refusal.changes_much(failed):
            yield self.note(refusal.told(failed), failed.call)
        elif began and failed.failure != "interrupted":
            yield self.note(f"The reply broke off ({failed.message.rstrip('.')}).", f"{failed.call}.end")

    def _over(self, key: int) -> None:
        self._asked.discard(key)
        self._kinds = {place: kind for place, kind in self._kinds.items() if place[0] != key}

    def _plan(self) -> Piece:
        entries = [
            {"content": clean(task.subject), "priority": "medium", "status": task.status} for task in self._tasks.listed
        ]
        return {"sessionUpdate": "plan", "entries": entries}


def _kind_of(block: ModelBlock) -> str:
    return "agent_thought_chunk" if isinstance(block, ThinkingBlock) else "agent_message_chunk"
