"""What a session looks like: events go in, what is to be printed comes out. The same for live and past sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.console import Group, RenderableType

from claw.cli.terminal.agent_lines import begun, ended
from claw.cli.terminal.agents import Agents
from claw.cli.terminal.asked import message_shown, plan_shown
from claw.cli.terminal.card import Card
from claw.cli.terminal.inputs import Input, said
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.notes import Notes
from claw.cli.terminal.reply import Reply
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import ASIDE, ERROR, QUIET, STRONG, WARNING
from claw.events.agent import AgentFinished, AgentSpawned
from claw.events.base import Blob, Content, Envelope
from claw.events.content import ModelBlock, TextBlock, ThinkingBlock
from claw.events.context import CompactionStarted, ContextCompacted
from claw.events.hook import InputRefused
from claw.events.input import AsideAsked, InputReceived, InputWithdrawn, ShellEntered
from claw.events.model import ModelChunk, ModelFailed, ModelFinished, ModelRequested
from claw.events.permission import PermissionAnswered, PermissionAsked, PermissionEvaluated
from claw.events.question import PlanProposed, UserMessaged
from claw.events.results import in_words
from claw.events.session import SessionForked, TurnFinished
from claw.events.task import TaskUpdated
from claw.events.tool import (
    ResolveRequested,
    ToolCompleted,
    ToolFinished,
    ToolInterrupted,
    ToolOutput,
    ToolRequested,
    ToolResolved,
    ToolStarted,
)
from claw.events.tools import Shown, Traits
from claw.late import load
from claw.projections.state import MAIN
from claw.projections.tasks import Tasks, updated

LATER_LINES = 3
"""Lines of an input that waits which are shown above its last."""
PAST_KINDS_LEFT_OUT = ("model.chunk", "tool.output", "shell.output")
"""What a past session is shown without: the pieces, of which later events hold the whole."""


WHOLE_LINES = 1_000
"""Of the output of a command that runs, where nothing is folded."""


class Transcript:
    """Follows one session. `load` reads content out of the blob store, `shown` says how calls of a tool are shown.
    `beginnings`: that an agent begins is printed, because nothing is drawn of it while it is at work. `way` is the key
    that shows in full what is folded here.
    """

    def __init__(
        self,
        glyphs: Glyphs,
        load: Callable[[Blob], str],
        shown: Callable[[str], Shown] = lambda name: Shown(),
        *,
        beginnings: bool = False,
        way: str = "",
    ) -> None:
        self.agents = Agents()
        self._glyphs = glyphs
        self._load = load
        self._shown = shown
        self._way = way
        self._beginnings = beginnings
        self._notes = Notes()
        self._replies: dict[int, Reply] = {}
        self._summarising: set[int] = set()
        self._cards: dict[int, Card] = {}
        self._requests: dict[int, int] = {}
        """Key of an intent -> the request it is for."""
        self._queued: dict[int, Input] = {}
        """Inputs that wait for the model, by seq."""
        self._waiting: dict[int, Input] = {}
        """Inputs that wait for the end of the turn, by seq."""
        self._lines: dict[int, str] = {}
        """Command lines of the person's that wait for the end of the turn, by seq."""
        self._aside = ""
        """What was asked last beside the conversation."""
        self._asides: dict[int, str] = {}
        """Such questions that the model answers, by the key of its call."""
        self._titling = -1
        """The call that asks what the session is about: nothing of it is shown."""
        self._listed = Tasks()
        self._turn_open = False
        self.compacting = False

    def take(self, envelope: Envelope) -> list[RenderableType]:
        """What this event adds to the screen for good."""
        self.agents.take(envelope)
        if isinstance(envelope.data, UserMessaged):
            return [message_shown(envelope.data, envelope.agent, self._glyphs)]
        if envelope.agent != MAIN:
            return self._follow(envelope)
        match envelope.data:
            case InputReceived(waits=True) as event if self._turn_open:
                self._waiting[envelope.seq] = Input(self._text(event.text), event.source)
            case InputReceived() as event:
                self._queued[envelope.seq] = Input(self._text(event.text), event.source)
                return self._release() if not self._turn_open else []
            case InputWithdrawn(input=seq):
                self._waiting.pop(seq, None)
            case ShellEntered(command=command):
                self._lines[envelope.seq] = command
            case ModelRequested(purpose="turn"):
                self._replies[envelope.seq] = Reply(self._glyphs, self._shown, self._way)
                return self._release()
            case AsideAsked(text=text):
                self._aside = self._text(text)
            case ModelRequested(purpose="aside"):
                self._asides[envelope.seq] = self._aside
            case ModelRequested(purpose="title"):
                self._titling = envelope.seq
            case ModelFinished(call=call) | ModelFailed(call=call) if call == self._titling:
                return []
            case ModelRequested():
                self._summarising.add(envelope.seq)
            case ModelChunk(call=call, block=block, delta=delta) if call in self._replies:
                return self._replies[call].take(block, delta, envelope.ts)
            case (ModelFinished(call=call) | ModelFailed(call=call)) as event if call in self._asides:
                return self._answer_aside(event)
            case ModelFinished(call=call, content=content):
                return self._finish_reply(call, content, envelope.ts)
            case ModelFailed() as event:
                return [*self._finish_reply(event.call, event.content, envelope.ts), *self._notes.take(envelope)]
            case TaskUpdated() as event:
                self._listed = updated(self._listed, event)
                card = self._cards.get(self._requests.get(event.call, -1))
                if card is not None:
                    card.tasks = self._listed
            case CompactionStarted():
                self.compacting = True
            case ContextCompacted():
                self.compacting = False
                return self._notes.take(envelope)
            case InputRefused(input=seq):
                return [*self._said(filter(None, [self._queued.pop(seq, None)])), *self._notes.take(envelope)]
            case TurnFinished() | SessionForked():
                return [*self._close(), *self._notes.take(envelope)]
            case _:
                return self._take_call(envelope) or self._notes.take(envelope)
        return []

    def _follow(self, envelope: Envelope) -> list[RenderableType]:
        """What an agent beside the main one adds: its end is said once, here or with the call that waits for it."""
        match envelope.data:
            case AgentSpawned(parent=parent, call=call):
                one = self.agents.known[envelope.agent]
                card = self._cards.get(self._requests.get(call, -1)) if parent == MAIN else None
                if card is not None:
                    card.agent = one
                return [begun(one, self._glyphs)] if self._beginnings else []
            case InputRefused():
                return self._notes.take(envelope)
            case AgentFinished():
                gone = self.agents.known[envelope.agent]
                return [ended(gone, self._glyphs)] if gone.parent != MAIN or gone.background else []
        return []

    def growing(self) -> list[RenderableType]:
        """What is under way, as it looks now."""
        shown = [part for reply in self._replies.values() for part in reply.growing()]
        shown += [card.growing() for card in self._cards.values() if card.agent is None]
        shown += [self._later(f"btw: {text}", "asking") for text in self._asides.values()]
        shown += [self._later(one.text, "read next") for one in self._queued.values()]
        shown += [self._later(one.text, "queued") for one in self._waiting.values()]
        shown += [self._later(f"!{command}", "queued") for command in self._lines.values()]
        return shown

    def whole(self) -> list[RenderableType]:
        """The same with nothing folded."""
        shown = [part for reply in self._replies.values() for part in reply.whole()]
        return [*shown, *(card.growing(WHOLE_LINES) for card in self._cards.values() if card.agent is None)]

    def _later(self, text: str, when: str) -> RenderableType:
        *above, last = text.split("\n")
        if len(above) > LATER_LINES:
            above, last = above[:1], f"{self._glyphs.ellipsis} {len(above)} more lines"
        return Marked(self._glyphs.prompt, line("\n".join([*above, f"{last}  ({when})"]), QUIET), QUIET)

    def told(self, request: int) -> None:
        """All that this call would do has been printed for a question about it."""
        if request in self._cards:
            self._cards[request].told = True

    @property
    def output_tokens(self) -> int:
        """Of the replies under way, as far as the provider has told."""
        return sum(reply.usage.output for reply in self._replies.values())

    @property
    def thinking(self) -> bool:
        return any(reply.thinking for reply in self._replies.values())

    # --- inputs and replies ------------------------------------------------------------------------------------------

    def _release(self) -> list[RenderableType]:
        self._turn_open = True
        inputs, self._queued = self._queued, {}
        return self._said(inputs.values())

    def _said(self, inputs: Iterable[Input]) -> list[RenderableType]:
        return [part for one in inputs for part in said(one, self._glyphs, self._way)]

    def _finish_reply(self, call: int, content: Sequence[ModelBlock], ts: int) -> list[RenderableType]:
        if call in self._summarising:
            return []
        reply = self._replies.pop(call, None) or Reply(self._glyphs, self._shown, self._way)
        blocks = list(enumerate(content))
        texts = [(index, self._text(block.text)) for index, block in blocks if isinstance(block, TextBlock)]
        thoughts = [(index, self._text(block.text)) for index, block in blocks if isinstance(block, ThinkingBlock)]
        return reply.finish(texts, thoughts, ts)

    def _answer_aside(self, event: ModelFinished | ModelFailed) -> list[RenderableType]:
        said = "\n\n".join(self._text(block.text) for block in event.content if isinstance(block, TextBlock))
        parts: list[RenderableType] = [line(f"btw: {self._asides.pop(event.call)}", STRONG)]
        if said.strip():
            parts.append(load("claw.cli.terminal.markdown", "Prose")(said))
        if isinstance(event, ModelFailed):
            parts.append(line("interrupted" if event.failure == "interrupted" else event.message, ERROR))
        elif not said.strip():
            parts.append(line("the model gave no answer without a tool, and none is run for it", WARNING))
        return [Marked(self._glyphs.bullet, Group(*parts), ASIDE)]

    def _text(self, content: Content) -> str:
        return self._load(content) if isinstance(content, Blob) else content

    # --- calls -------------------------------------------------------------------------------------------------------

    def _take_call(self, envelope: Envelope) -> list[RenderableType]:
        match envelope.data:
            case ToolRequested(traits=Traits(effect="tell_user"), error=""):
                return []  # the message says it all
            case ToolRequested(origin=origin) as event:
                if origin == "person":
                    self._turn_open = True
                    self._lines.pop(min(self._lines, default=-1), None)
                own = origin == "person"
                self._cards[envelope.seq] = self._card(event, own=own)
                return self._refuse(envelope.seq, event.error) if event.error else []
            case ResolveRequested(request=request) | PermissionAsked(request=request):
                self._requests[envelope.seq] = request
            case ToolStarted(request=request):
                self._requests[envelope.seq] = request
                if request in self._cards:
                    self._cards[request].begun = True
            case ToolResolved(call=call, error=error) if error:
                return self._refuse(self._requests.get(call, -1), error)
            case PermissionEvaluated(verdict="deny") as event:
                rule = f" ({event.rule}, {event.source})" if event.rule else ""
                return self._refuse(event.request, f"denied: {event.reason}{rule}")
            case PermissionAnswered(allowed=False, how="person" | "program" | "headless") as event:
                return self._refuse(self._requests.get(event.call, -1), _no(event))
            case PlanProposed(plan=plan):
                return [plan_shown(plan, self._glyphs)]
            case ToolOutput(call=call, text=text):
                card = self._cards.get(self._requests.get(call, -1))
                if card is not None:
                    card.hear(text)
            case ToolFinished() | ToolCompleted() as event:
                card = self._cards.pop(self._requests.get(event.call, -1), None)
                if card is not None:
                    text = in_words(event.content, self._text)
                    status = event.exit if isinstance(event, ToolFinished) else None
                    more = in_words(event.content[1:], self._text)
                    return [card.finished(text, is_error=event.is_error, exit_status=status, more=more)]
            case ToolInterrupted() as event:
                why = "interrupted" if event.reason == "cancelled" else "cut off: claw stopped while it ran"
                return self._refuse(self._requests.get(event.call, -1), why)
        return []

    def _card(self, event: ToolRequested, *, own: bool) -> Card:
        command = event.traits.footprint == "execute"
        shown = event.traits.shown
        return Card(self._glyphs, event.name, event.arguments, shown, own=own, command=command, way=self._way)

    def _refuse(self, request: int, why: str) -> list[RenderableType]:
        card = self._cards.pop(request, None)
        return [card.refused(why)] if card is not None else []

    def _close(self) -> list[RenderableType]:
        self._turn_open = self.compacting = False
        self._queued |= self._waiting
        self._waiting = {}
        cards, self._cards = self._cards, {}
        self._replies.clear()
        return [card.refused("interrupted before it ran") for card in cards.values()]


def _no(event: PermissionAnswered) -> str:
    who = {"person": "you said no", "program": "a program said no"}.get(event.how, "nobody could be asked")
    return f"{who}: {event.reason}" if event.reason else who
