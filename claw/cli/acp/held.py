"""One session that a client has open: its prompts, one after the other, and their ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio

from claw.cli.acp import asked, commands, options, prompt
from claw.cli.acp.client import Client
from claw.cli.acp.feed import Feed
from claw.cli.acp.texts import Piece
from claw.cli.acp.updates import Updates
from claw.cli.acp.wire import AUTH_REQUIRED, INTERNAL_ERROR, INVALID_REQUEST, Gone, Refused, Wire
from claw.cli.crash import in_session
from claw.cli.terminal.commands.registry import RESERVED
from claw.errors import ClawError, UsageError
from claw.events.base import Envelope
from claw.events.model import ModelFinished
from claw.events.permission import ModeChanged
from claw.events.session import ConfigChanged, TurnFinished
from claw.events.tools import Traits
from claw.log import Home
from claw.projections.state import MAIN, State
from claw.session import Session
from claw.session.config import Options
from claw.session.lifecycle import only
from claw.session.outcome import Outcome, outcome
from claw.session.summary import Summary

PATIENCE_S = 5.0
"""Seconds that the end of a session waits for that of its prompt to be told."""
STOPS = {
    "turns": "max_turn_requests",
    "loop": "max_turn_requests",
    "budget": "max_turn_requests",
    "time": "max_turn_requests",
    "tokens": "max_tokens",
    "max_tokens": "max_tokens",
    "overflow": "max_tokens",
    "refused": "refusal",
    "interrupted": "cancelled",
    "stopped": "cancelled",
}
"""What the protocol calls the reasons that turns end for; every other one is the end of the turn, or an error."""


class _Prompt:
    """What the client has asked, and has no answer to yet. `seq` is the input's, once the log has it."""

    def __init__(self) -> None:
        self.seq = -1
        self.waits = False
        self.cancelled = anyio.Event()
        self.done = anyio.Event()
        self.over: asyncio.Future[TurnFinished] = asyncio.get_running_loop().create_future()


class Held:
    """`opened` is the session, not open yet; `client` is whoever it asks. `extra` are sentences that the person should
    read with the first prompt.
    """

    def __init__(
        self, home: Home, opened: AbstractAsyncContextManager[Session], wire: Wire, client: Client, settings: Options,
        *, past: bool, terminals: bool, extra: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._home = home
        self._opened = opened
        self._wire = wire
        self._client = client
        self._settings = settings
        self._past = past
        self._terminals = terminals
        self._notices = extra
        self._said = 0
        self._prompt: _Prompt | None = None
        self._closing = anyio.Event()
        self._known: dict[str, Any] = {}
        """What the client was told last of what can be set."""
        self.closed = anyio.Event()
        self.session: Session
        self.failure: BaseException | None = None

    @property
    def id(self) -> str:
        return self.session.id

    # --- its life -----------------------------------------------------------------------------------------------------

    async def run(self, begun: Callable[[], None]) -> None:
        """Hold the session open until it is closed, or can go on no more; call `begun` once it is open. Raises what
        keeps it from being opened.
        """
        ready = False
        try:
            async with self._opened as self.session, anyio.create_task_group() as tasks:
                with in_session(self.session.path):
                    self._begin()
                    tasks.start_soon(self._feed.run)
                    tasks.start_soon(self._watch)
                    ready = True
                    begun()
                    await self._closing.wait()
                    await self.interrupt()
                    await self._answered()
                    tasks.cancel_scope.cancel()
        except BaseException as error:
            if not ready or not isinstance(error, Exception):
                raise
            self.failure = only(error)
        finally:
            self.closed.set()
            if self._prompt is not None and not self._prompt.over.done():
                self._prompt.over.set_exception(self.failure or Gone("the session is closed"))

    def _begin(self) -> None:
        session = self.session
        self._updates = Updates(
            session.id,
            session.first_seq,
            session.load,
            lambda: session.state.session.workspace,
            self._declared,
            terminals=self._terminals,
        )
        self._turn = Summary(session.load)
        self._notices = (*session.notices, *self._notices)
        self._known = self._settable()
        start = 0 if self._past else session.first_seq
        self._feed = Feed(session.path, start, session.first_seq, self._updates, self.tell, self._after)
        self._client.begin(session.id, self._updates.calls, self._feed.told)
        self._feed.listen(session.so_far())
        session.subscribe(self._feed.listen)

    def _declared(self, name: str) -> Traits | None:
        return next((tool.traits for tool in self.session.state.tools.offered if tool.name == name), None)

    async def _watch(self) -> None:
        """Notice that the session has stopped."""
        await self.session.until(lambda state: False)

    async def _answered(self) -> None:
        """Wait until what the client has asked has its answer, as far as the client reads."""
        if self._prompt is not None:
            with anyio.move_on_after(PATIENCE_S):
                await self._prompt.done.wait()

    async def close(self) -> None:
        """End it in good order."""
        self._closing.set()
        await self.closed.wait()

    # --- what the client is told --------------------------------------------------------------------------------------

    async def tell(self, piece: Piece) -> None:
        """Raises Gone."""
        await self._wire.send({"method": "session/update", "params": {"sessionId": self.id, "update": piece}})

    async def caught_up(self) -> None:
        """Wait until the client knows all that was before this run."""
        await self._feed.told(self.session.first_seq - 1)

    async def announce(self) -> None:
        """What a client is told once it knows the session's id."""
        await self.tell(commands.available(self.session))
        title = self.session.state.session.name or self.session.state.titles.title
        if title:
            await self.tell({"sessionUpdate": "session_info_update", "title": title})
        if self._past:
            await self.tell(self._usage(self.session.state.main.conversation.tokens))

    def settings(self) -> Piece:
        """What can be set, as answers have it."""
        return self._settable()

    def _settable(self) -> Piece:
        return {
            "modes": options.modes(self.session, self._settings),
            "configOptions": options.config_options(self.session, self._settings),
        }

    async def _after(self, envelope: Envelope) -> None:
        """An event has been told."""
        if envelope.agent == MAIN and envelope.seq >= self.session.first_seq:
            self._turn.take((envelope,))
            match envelope.data:
                case ConfigChanged() | ModeChanged():
                    await self._tell_settings()
                case ModelFinished(usage=usage):
                    await self.tell(self._usage(usage.context))
                case TurnFinished() as end:
                    await self._end(envelope, end)

    async def _tell_settings(self) -> None:
        now, before = self._settable(), self._known
        self._known = now
        if now["modes"]["currentModeId"] != before["modes"]["currentModeId"]:
            mode = now["modes"]["currentModeId"]
            await self.tell({"sessionUpdate": "current_mode_update", "currentModeId": mode})
        if now["configOptions"] != before["configOptions"]:
            await self.tell({"sessionUpdate": "config_option_update", "configOptions": now["configOptions"]})

    def _usage(self, used: int) -> Piece:
        state = self.session.state
        piece: Piece = {"sessionUpdate": "usage_update", "used": used, "size": state.session.settings.model.window}
        spent = state.usage.total
        if not spent.unpriced:
            piece["cost"] = {"amount": spent.nusd / 1e9, "currency": "USD"}
        return piece

    # --- prompts ------------------------------------------------------------------------------------------------------

    async def prompt(self, blocks: list[asked.ContentBlock]) -> Piece:
        """Do it, and say how the turn ended. Raises Refused, ClawError."""
        if self._prompt is not None:
            busy = "a prompt is being answered in this session"
            raise Refused(INVALID_REQUEST, busy, hint="wait for its end, or session/cancel")
        text = prompt.text_of(blocks, self.session.state.session.workspace)
        mine = self._prompt = _Prompt()
        try:
            await self._tell_notices()
            if not await self._may_begin(mine):
                return {"stopReason": "cancelled"}
            if commands.names_own(self.session, text):
                text = await self._command(mine, text)
                if not text:
                    return {"stopReason": "cancelled" if mine.cancelled.is_set() else "end_turn"}
            return await self._say(mine, text)
        finally:
            self._prompt = None
            mine.done.set()

    async def interrupt(self) -> None:
        """Call off what the client has asked, and whatever turn is open."""
        mine = self._prompt
        if mine is not None:
            mine.cancelled.set()
        if mine is None or mine.seq >= 0 or self._is_open(self.session.state):
            await self.session.interrupt("user")

    async def _may_begin(self, mine: _Prompt) -> bool:
        """Wait until no turn is open that nobody has asked for here; False: it was called off."""
        if self._is_open(self.session.state):
            async with anyio.create_task_group() as tasks:

                async def wait() -> None:
                    await self.session.until(lambda state: not self._is_open(state))
                    tasks.cancel_scope.cancel()

                tasks.start_soon(wait)
                await mine.cancelled.wait()
                tasks.cancel_scope.cancel()
        return not mine.cancelled.is_set()

    @staticmethod
    def _is_open(state: State) -> bool:
        return not state.main.quiet

    async def _say(self, mine: _Prompt, text: str) -> Piece:
        self._turn = Summary(self.session.load)
        try:
            entered = await self.session.enter(text, waits=True, reserved=RESERVED)
        except UsageError as error:
            await self._answer(error)
            return {"stopReason": "end_turn"}
        mine.seq = entered.seq
        waiting = self.session.state.main.conversation.waiting
        mine.waits = any(entry.seq == entered.seq for entry in waiting)
        for part, note in enumerate(entered.notes):
            await self.tell(self._updates.note(note, f"{entered.seq}.{part}"))
        if mine.cancelled.is_set():
            await self.session.interrupt("user")
        end = await mine.over
        return await self._ended(mine, end)

    async def _end(self, envelope: Envelope, end: TurnFinished) -> None:
        mine = self._prompt
        if mine is None or mine.seq < 0 or envelope.seq <= mine.seq or mine.over.done():
            return
        if not mine.waits:
            mine.over.set_result(end)
            return
        mine.waits = False  # it was the turn before the one that this prompt begins
        if mine.cancelled.is_set():
            await self.session.interrupt("user")

    async def _ended(self, mine: _Prompt, end: TurnFinished) -> Piece:
        if mine.cancelled.is_set():
            return {"stopReason": "cancelled"}
        said = outcome(self.id, self._turn)
        if end.reason == "failed":
            code = AUTH_REQUIRED if end.failure == "auth" else INTERNAL_ERROR
            raise Refused(code, said.message, hint=said.hint)
        stop = STOPS.get(end.reason, "end_turn")
        if stop not in ("end_turn", "cancelled") and said.message:
            await self.tell(self._updates.note(_sentence(said), f"{mine.seq}.end"))
        return {"stopReason": stop}

    async def _command(self, mine: _Prompt, text: str) -> str:
        """Do what a command of claw's own stands for, to its end; what is for the model now."""
        self._turn = Summary(self.session.load)
        try:
            said, for_model = await commands.perform(self._home, self._settings, self.session, text.strip())
        except ClawError as error:
            await self._answer(error)
            return ""
        if said:
            await self.tell(self._updates.said(f"{said}\n", self._part("command")))
        if not for_model:
            await self._may_begin(mine)
            await self._feed.caught_up()
            end = outcome(self.id, self._turn)
            if end.message and not mine.cancelled.is_set():
                await self.tell(self._updates.note(_sentence(end), self._part("command")))
        return for_model

    async def _answer(self, error: ClawError) -> None:
        """A command that cannot be done: nothing was asked of the model."""
        hint = f" (try: {error.hint})" if error.hint else ""
        await self.tell(self._updates.note(f"{error.message}{hint}", self._part("refused")))

    def _part(self, what: str) -> str:
        """A name for a message that belongs to no event."""
        self._said += 1
        return f"{what}.{self._said}"

    async def _tell_notices(self) -> None:
        """What the person should know, once, where every editor shows it: before the first answer."""
        notices, self._notices = self._notices, ()
        for part, notice in enumerate(notices):
            await self.tell(self._updates.note(notice, f"notice.{part}"))


def _sentence(said: Outcome) -> str:
    return said.message[:1].upper() + said.message[1:].rstrip(".") + "."
