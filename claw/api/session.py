"""`claw.Session`: one session, opened by a program in Python."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from claw import log
from claw.api.asking import AskAllow, AskAnswer, AskReview, Program
from claw.api.log import Log
from claw.api.turn import Turn
from claw.errors import ToolError, UsageError
from claw.events.base import Content, Envelope
from claw.events.permission import Mode
from claw.execution.threads import finished
from claw.late import load
from claw.log import Home
from claw.projections.state import State
from claw.session import fork, resumed, started
from claw.session.config import Options, workspace_named
from claw.session.hosted import Hosted
from claw.session.past_turn import events_of
from claw.session.session import Session as Running
from claw.settings.modes import mode_named

if TYPE_CHECKING:
    from claw.tools.base import Declared


class Session:
    """A session that begins with `async with`, or with `open`, and ends with that, or with `close`.

    `workspace`: the folder that it works in; None: the current one. `model`, `fallback`, `effort`, `mode`, `allowed`,
    `disallowed`, `max_turns`, `max_usd`, `max_tokens`, `name` and `trust` are what the flags of their names are for
    `claw -p`. `system` stands for claw's own instructions to the model, `append` is said behind them. `schema`: answers
    are data that fits this JSON Schema. `environ` stands in for the environment of this process, `home` for the folder
    where sessions are kept.

    `allow` is asked whether a call may act, where policy asks; `answer` what the model wants to know; `review` whether
    a plan is to be carried out. Without such a function nobody is there, and the answer is no.

    Everything belongs to the asyncio event loop that it is opened in; any number of sessions may be open there.
    """

    def __init__(
        self,
        workspace: str | os.PathLike[str] | None = None,
        *,
        model: str | None = None,
        fallback: str | None = None,
        effort: str | None = None,
        mode: str | None = None,
        allowed: Sequence[str] = (),
        disallowed: Sequence[str] = (),
        max_turns: int | None = None,
        max_usd: float | Decimal | None = None,
        max_tokens: int | None = None,
        name: str = "",
        trust: bool = False,
        system: str | None = None,
        append: str = "",
        schema: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
        home: str | os.PathLike[str] | None = None,
        allow: AskAllow | None = None,
        answer: AskAnswer | None = None,
        review: AskReview | None = None,
    ) -> None:
        environ = dict(os.environ if environ is None else environ)
        if home is not None:
            environ["CLAW_HOME"] = os.path.abspath(home)
        self._home = Home.default(environ)
        self._options = Options(
            workspace=workspace_named(None if workspace is None else os.fspath(workspace)),
            environ=environ,
            model=model,
            fallback=fallback,
            effort=effort,
            mode=None if mode is None else mode_named(mode),
            allowed=tuple(allowed),
            disallowed=tuple(disallowed),
            max_turns=_at_least_one("max_turns", max_turns),
            max_nusd=None if max_usd is None else _nusd(max_usd),
            max_tokens=_at_least_one("max_tokens", max_tokens),
            name=name,
            trust=trust,
            system=system,
            append=append,
            tools={} if schema is None else {"schema": (_answer_tool(schema),)},
        )
        self._asked = allow, answer, review
        self._reset("")

    def _reset(self, source: str) -> None:
        """Not open yet; `source`: the folder of the log that goes on, empty: a new session."""
        self._source = source
        self._program = Program(*self._asked, self._fail)
        self._hosted: Hosted | None = None
        self._running: Running | None = None
        self._talking = asyncio.Lock()
        self._turn: Turn | None = None
        self._before: State | None = None
        self._failed: Exception | None = None
        self._closed = False
        self.unfinished: Turn | None = None
        """The turn that an earlier run had left open, and that goes on; None: there was none."""

    @classmethod
    def resume(cls, session: str, **options: Any) -> Self:
        """The session of this id (its beginning is enough), name, or `@last`, which goes on in its own folder.
        `options` are those of `Session`, without a workspace and a name. Raises UsageError.
        """
        if "workspace" in options or "name" in options:
            raise UsageError("a session is resumed in its own folder and under its own name")
        one = cls(**options)
        one._reset(str(log.find(one._home, session)))
        return one

    # --- its life -----------------------------------------------------------------------------------------------------

    async def open(self) -> Self:
        """Begin, or go on. Raises ClawError."""
        if self._hosted is not None:
            raise UsageError("this session was opened before: Session.resume goes on with it")
        opened = (
            resumed(self._home, self._source, self._options, self._program)
            if self._source
            else started(self._home, self._options, self._program)
        )
        self._hosted = Hosted(opened)
        running = self._running = await self._hosted.open()
        early, self._before = running.so_far(), running.state
        if running.state.main.turn.is_open:
            self.unfinished = self._turn = Turn(self, "", "")
            self.unfinished.go_on(early, running.first_seq)
            await self._talking.acquire()
        running.subscribe(self._watch)
        return self

    async def close(self) -> None:
        """Call off what runs, and close the log. Raises what has stopped the session, once."""
        if self._hosted is not None and not self._closed:
            self._closed = True
            await self._hosted.close()
        if self._failed is not None:
            error, self._failed = self._failed, None
            raise error

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except Exception as stopped:
            if error is None or stopped is error:
                raise

    # --- talking ------------------------------------------------------------------------------------------------------

    def send(self, text: str, *, id: str = "") -> Turn:
        """Say something, which begins a turn once those before it are over: iterate over it, or await it. The same `id`
        with the same text is not done again, also not in a resume: its result is told again.
        """
        return Turn(self, text, id)

    async def steer(self, text: str) -> None:
        """Say something into the open turn, which the model reads with its next request. Raises UsageError where none
        is open.
        """
        if not self.state.main.turn.is_open:
            raise UsageError("no turn is open that something could be said into", hint="send begins one")
        await self._open.send(text)

    async def interrupt(self) -> None:
        """Call the open turn off, which ends as `interrupted`; nothing happens where there is none."""
        await self._open.interrupt("user")

    async def configure(self, *, model: str | None = None, mode: Mode | None = None, effort: str | None = None) -> None:
        """Change these from the next request on. Raises UsageError, ProviderError."""
        await self._open.configure(model=model, mode=mode, effort=effort)

    async def fork(self, at: int | None = None, *, workspace: str | os.PathLike[str] | None = None) -> Self:
        """A new session that shares this one's past up to the step of event `at`, None: until now; it is not open yet.
        Files stay as they are; `workspace` is the folder that it works in. Raises ClawError.
        """
        where = None if workspace is None else workspace_named(os.fspath(workspace))
        parent = self.path

        def make() -> str:
            seq = log.fork_point(parent, log.Address(ref=self.id, seq=at))
            return str(self._home.session_path(fork(self._home, parent, seq, workspace=where)))

        path = await finished(make)
        other = copy(self)
        other._reset(path)
        return other

    # --- looking ------------------------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        return self._open.id

    @property
    def path(self) -> str:
        """The folder of its log."""
        return self._open.path

    @property
    def state(self) -> State:
        """All projections, after the last event that was written."""
        return self._open.state

    @property
    def log(self) -> Log:
        """Its events, to read."""
        return Log(self.path)

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of settings, files and this machine, one sentence each."""
        return self._open.notices

    def load(self, content: Content) -> str:
        """The text of content in an event, which lies beside the log where it is long. Raises BlobError."""
        return self._open.load(content)

    @property
    def _open(self) -> Running:
        if self._running is None:
            raise UsageError("the session is not open", hint="async with Session(...) as session")
        return self._running

    # --- for its turns ------------------------------------------------------------------------------------------------

    async def begin(self, turn: Turn) -> None:
        """Say what begins this turn, once those before it are over. Raises ClawError."""
        running = self._open
        await self._talking.acquire()
        self._turn = turn
        try:
            entered = await running.enter(turn.text, turn.id, waits=True)
        except BaseException:
            self._let_go()
            raise
        if turn.seq < 0:  # it was received before, and has no event of its own
            turn.tell_again(events_of(self.path, entered.seq, log.tip(self.path) + 1), entered.seq)
            self._let_go()

    async def until(self, holds: Callable[[State], bool]) -> None:
        """Wait until the state is so, which is looked at once events have been given to their turn. Raises what has
        stopped the session.
        """
        await self._open.until(holds)

    def _watch(self, envelopes: Sequence[Envelope]) -> None:
        before, self._before = self._before, self._open.state
        assert before is not None, "the session was opened"
        if self._turn is not None:
            self._turn.take(envelopes, before, self._before)
            if self._turn.over:
                self._let_go()

    def _let_go(self) -> None:
        if self._turn is not None:
            self._turn = None
            self._talking.release()

    def _fail(self, error: Exception) -> None:
        """A function of the program's that was asked has raised this: whoever waits for the turn is told, else `close`
        says so; an agent in the background may have asked.
        """
        if self._turn is None:
            self._failed = self._failed or error
            return
        self._turn.failed = self._turn.failed or error


def _at_least_one(name: str, number: int | None) -> int | None:
    if number is not None and number < 1:
        raise UsageError(f"{name} must be at least 1, not {number}")
    return number


def _nusd(amount: float | Decimal) -> int:
    exact = Decimal(str(amount))
    if not exact.is_finite() or exact <= 0:
        raise UsageError(f"max_usd must be an amount of US dollars above 0, not {amount}")
    return int(exact * 10**9)


def _answer_tool(schema: Mapping[str, Any]) -> Declared:
    """The tool by which an answer of this schema is given. Raises UsageError."""
    try:
        tool: Declared = load("claw.tools.structured_output", "StructuredOutput")(json.dumps(schema))
    except (ToolError, TypeError, ValueError) as error:
        raise UsageError(f"schema: {error}") from None
    return tool
