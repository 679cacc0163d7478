"""Tools, from their intents to what they found."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import msgspec
from msgspec.structs import replace

from claw.errors import ToolError
from claw.events.base import Content, Intent
from claw.events.content import ResultBlock, TextBlock
from claw.events.results import fitted, texts, weight_of
from claw.events.tool import ADDRESS, ToolFinished, ToolInterrupted, ToolOutput, ToolResolved, ToolStarted
from claw.events.tools import traits_of
from claw.execution.context import Facts, ToolContext
from claw.execution.grants import granted
from claw.execution.masking import masked
from claw.handlers.base import Blobs, Call, Handler, LostCall
from claw.handlers.resolve import Tools, resolved
from claw.handlers.shell import begun, last_words
from claw.handlers.storage import Pieces, Storage
from claw.handlers.turns import Turns
from claw.late import load
from claw.tools.base import FactsFound, Outcome, Tool

if TYPE_CHECKING:
    from claw.handlers.diagnostics import Watch

NO_ROOM = "the model has no room for it"
NOTE_ROOM = 200
"""Bytes kept for the note on what was left out."""


class ToolHandler(Handler):
    """Runs tools. A call's pieces come first, then its one terminal event.

    Right before it acts the call's facts are found out again. If they are others than those that were judged, it does
    not act: they are its end, as `tool.resolved`, and are judged in their turn. So it is with what a tool finds out
    before it does anything else (`FactsFound`).

    Of the calls that may change a workspace one acts at a time, whichever agents make them, in the order in which they
    were started. What acts in a worktree of its own may do so beside them, as long as it changes nothing elsewhere.
    """

    intents: frozenset[type[Intent]] = frozenset({ToolStarted})

    def __init__(self, tools: Tools, context: ToolContext, blobs: Blobs) -> None:
        self._tools = tools
        self._context = context
        self._storage = Storage(context, blobs)
        self._writing: defaultdict[str, Turns] = defaultdict(Turns)
        """Who may change a workspace next, by the workspace; of the session's the name is empty."""

    async def perform(self, call: Call) -> None:
        assert isinstance(call.intent, ToolStarted)
        pieces = Pieces(lambda index, text: ToolOutput(call=call.seq, index=index, text=text), call.emit)
        writing = [self._writing[place] for place in call.intent.written]
        began = time.monotonic_ns()
        try:
            await anyio.lowlevel.checkpoint()
            for turns in writing:
                await turns.take(call.seq)
            if writing:
                began = time.monotonic_ns()
            moved = await self._moved(call)
            if moved is not None:
                call.emit(moved)
                return
            watch = await self._watch(call.intent)
            outcome = await self._outcome(call, call.intent, pieces.add)
            if watch is not None:
                await watch.look()
        except FactsFound as found:
            call.emit(ToolResolved(call=call.seq, paths=found.paths))
            return
        except asyncio.CancelledError:
            pieces.flush()
            with anyio.CancelScope(shield=True):
                partly = within(Outcome(str(pieces.excerpt)), call.intent.room, self._context)
                content, _ = await self._storage.blocks(_blocks(partly))
            call.emit(ToolInterrupted(call=call.seq, reason="cancelled", content=content))
            raise
        finally:
            for turns in writing:
                turns.give_back(call.seq)
        cancelled = False
        if watch is not None:
            outcome, cancelled = await watch.told(outcome, pieces.add)
        duration = time.monotonic_ns() - began
        pieces.flush()
        with anyio.CancelScope(shield=True):
            outcome = within(outcome, call.intent.room, self._context)
            content, output = await self._storage.blocks(_blocks(outcome), outcome.output)
        call.emit(
            ToolFinished(
                call=call.seq,
                content=content,
                is_error=outcome.is_error,
                exit=outcome.exit,
                output=output,
                duration_ns=duration,
                charge=outcome.charge,
            )
        )
        if cancelled:
            raise asyncio.CancelledError

    async def _watch(self, intent: ToolStarted) -> Watch | None:
        """What language servers are asked about files that the call edits; None where there is nobody to ask."""
        languages, traits = self._context.languages, intent.traits
        if languages is None:
            return None
        if traits.footprint == "execute":
            languages.something_ran()
        if traits.footprint != "write" or traits.subject != "path":
            return None
        context = self._context.at(intent.workspace)
        if not languages.any_for([path.canonical for path in intent.paths if path.inside], context):
            return None
        watch: Watch = load("claw.handlers.diagnostics", "Watch")(languages.servers, context)
        await watch.begin(intent)
        return watch

    def end_lost(self, call: LostCall) -> ToolInterrupted:
        """With the end of what it had said, and the note."""
        said = "".join(piece.text for piece in call.pieces if isinstance(piece, ToolOutput))
        return ToolInterrupted(call=call.seq, reason="crash", content=texts(last_words(said, call.note)))

    async def _moved(self, call: Call) -> ToolResolved | None:
        """What the call's paths mean now, if that is not what was judged."""
        intent = call.intent
        assert isinstance(intent, ToolStarted)
        tool = self._tools.get(intent.name)
        if tool is None or traits_of(tool.spec.traits, intent.arguments) != intent.traits:
            return None
        now = await resolved(call.seq, tool, intent.arguments, self._context.at(intent.workspace))
        # Where a host leads is looked up by what acts, and once.
        paths = tuple(path for path in intent.paths if path.parameter != ADDRESS)
        return None if now == ToolResolved(call=call.seq, paths=paths) else now

    async def _outcome(self, call: Call, intent: ToolStarted, report: Callable[[str], None]) -> Outcome:
        """The tool's own outcome; whatever goes wrong in it is one too."""
        tool = self._tools.get(intent.name)
        if not isinstance(tool, Tool):
            return Outcome(f"There is no tool named {intent.name}.", is_error=True)
        if traits_of(tool.spec.traits, intent.arguments) != intent.traits:
            why = f"{intent.name} is declared otherwise since this call was made. Make the call again."
            return Outcome(why, is_error=True)
        try:
            return await tool.run(
                intent.arguments,
                Facts(
                    granted(intent),
                    intent.paths,
                    intent.exclude,
                    intent.sandbox,
                    intent.room,
                    intent.denied,
                    call.agent,
                    lambda shell: begun(shell, call, self._context, self._storage),
                ),
                self._context.at(intent.workspace),
                report,
            )
        except FactsFound:
            raise
        except ToolError as error:
            return Outcome(f"{error.message} {error.hint}".rstrip(), is_error=True)
        except Exception as error:  # noqa: BLE001 - a tool's defect is told to the model and ends nothing else
            return Outcome(f"{intent.name} failed unexpectedly: {type(error).__name__}: {error}", is_error=True)


def within(outcome: Outcome, room: int | None, context: ToolContext) -> Outcome:
    """The outcome with no more for the model than it has room for; all of it stays in the log. It is masked before it
    is cut, so that no half of a secret is left.
    """
    if room is None or weight_of(_blocks(outcome)) <= room:
        return outcome
    if isinstance(outcome.content, tuple):
        whole = tuple(_masked(block, context) for block in outcome.content)
        return replace(outcome, content=fitted(whole, room, _shortened, NO_ROOM))
    text = masked(outcome.content, context)
    return replace(outcome, content=_shortened(text, room), output=outcome.output or text)


def _shortened(text: Content, room: int) -> str:
    """The beginning and the end of what is longer than `room` bytes."""
    assert isinstance(text, str), "a tool gives its texts inline"
    data = text.encode()
    if len(data) <= room:
        return text
    half = max(0, room - NOTE_ROOM) // 2
    head, tail = data[:half].decode(errors="ignore"), data[len(data) - half :].decode(errors="ignore")
    note = (
        f"[… {len(data) - 2 * half} bytes left out here, for which the model has no room: ask for a part, with "
        "a narrower search, offset and limit, or head and grep …]"
    )
    return f"{head}\n\n{note}\n\n{tail}"


def _masked(block: ResultBlock, context: ToolContext) -> ResultBlock:
    if not isinstance(block, TextBlock):
        return block
    assert isinstance(block.text, str), "a tool gives its texts inline"
    return msgspec.structs.replace(block, text=masked(block.text, context))


def _blocks(outcome: Outcome) -> tuple[ResultBlock, ...]:
    return texts(outcome.content) if isinstance(outcome.content, str) else outcome.content
