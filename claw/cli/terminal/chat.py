"""A conversation: what is typed goes to the session, what the session's events say goes to the view."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio.abc import TaskGroup
from rich.console import RenderableType
from rich.text import Text

from claw import log
from claw.cli.crash import in_session
from claw.cli.terminal import agent_lines, status, task_list, trust_question
from claw.cli.terminal.agents import Agents
from claw.cli.terminal.commands.conversation import Leave, Say, Switch
from claw.cli.terminal.commands.performing import perform
from claw.cli.terminal.commands.registry import RESERVED
from claw.cli.terminal.heading import Heading
from claw.cli.terminal.layout import line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import ERROR, QUIET, WARNING
from claw.cli.terminal.transcript import PAST_KINDS_LEFT_OUT, Transcript
from claw.cli.terminal.view import READ_KEY, Typed, View
from claw.errors import ClawError, UsageError
from claw.events.base import Envelope
from claw.events.kinds import KINDS
from claw.events.permission import Mode
from claw.events.tools import Shown
from claw.late import load
from claw.log import Home
from claw.projections.state import MAIN
from claw.session import Session, resumed, started, trust
from claw.session.config import Options
from claw.session.schedules import Scheduler
from claw.settings import Settings

if TYPE_CHECKING:
    from claw.cli.terminal.status_line import StatusLine

PAST_PARTS = 200
"""How much of a past session is printed; `claw log` has all of it."""

SHELL = "!"
"""How a line begins that the person's shell runs."""

MODES: tuple[Mode, ...] = ("default", "acceptEdits", "plan")
"""The modes that Shift-Tab goes through; the others are typed."""


@dataclass(slots=True)
class Chat:
    """One person at one terminal; the session may change. Implements `Presenter` for the view."""

    home: Home
    options: Options
    glyphs: Glyphs
    view: View = field(init=False)
    _session: Session | None = None
    _transcript: Transcript | None = None
    _watch: status.Stopwatch = field(default_factory=status.Stopwatch)
    _line: StatusLine | None = None
    _tasks: TaskGroup | None = None
    _seen: int = 0
    """Seq of the next event to show."""
    _moved: anyio.Event = field(default_factory=anyio.Event)

    @property
    def session(self) -> Session:
        assert self._session is not None, "no session is open"
        return self._session

    def opened(self) -> Session | None:
        """The session that is talked to now; None: none yet."""
        return self._session

    @property
    def followed(self) -> Agents:
        """The agents of the session."""
        return self._transcript.agents if self._transcript is not None else Agents()

    # --- sessions one after the other --------------------------------------------------------------------------------

    async def run(self, path: str, prompt: str) -> str:
        """Talk until the person leaves; the id of the last session. No `path`: a new one. Raises ClawError."""
        before = ""
        while True:
            opened = False
            try:
                if not await self._look_at_wishes(path):
                    return before and Path(before).name
                async with self._open(path) as session:
                    opened, path = True, session.path
                    with in_session(session.path):
                        following = await self._talk(session, prompt)
            except ClawError as error:
                if opened or not before:
                    raise
                self.view.print([line(error.message, ERROR)])
                path, prompt = before, ""
                continue
            if following is None:
                return session.id
            before, path, prompt = path, following, ""

    async def _look_at_wishes(self, path: str) -> bool:
        """Ask whether what the folder wants may take effect, if that is not known; False: the person leaves."""
        workspace = log.describe(path).workspace if path else self.options.workspace
        found = trust_question.asked(self.home, self.options, workspace)
        if found is None:
            return True
        options, settings, question = found
        self.view.print(trust_question.shown(question, workspace))
        while (said := await self.view.choose(trust_question.SUBJECT, trust_question.answers(question))) == "more":
            self.view.print(trust_question.shown(question, workspace, everything=True))
        if said is None:
            return False
        trust.remember(self.home, options, settings, question, trusted=said == "yes")
        return True

    def _open(self, path: str) -> AbstractAsyncContextManager[Session]:
        if path:
            return resumed(self.home, path, self.options, self.view)
        return started(self.home, self.options, self.view)

    async def _talk(self, session: Session, prompt: str) -> str | None:
        """The path of the session to go on with; None: the person leaves."""
        self._session = session
        draws = self.view.draws
        way = READ_KEY if draws else ""
        self._transcript = Transcript(self.glyphs, session.load, self._shown, beginnings=not draws, way=way)
        self._watch = status.Stopwatch()
        self._line = self._status_line(session)
        self._show_past(session)
        self.view.print([line(notice, WARNING) for notice in (*session.notices, *self._shadowed(session))])
        session.subscribe(self._listen)
        following: str | None = None
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self._notice_failure, session)
            self._tasks.start_soon(Scheduler(session, self.options.environ, self._warn).run)
            if self._line is not None:
                self._tasks.start_soon(self._line.run, self.view.refresh)
            following = await self._converse(session, prompt)
            self._tasks.cancel_scope.cancel()
        self._tasks = None
        return following

    def _shown(self, name: str) -> Shown:
        """How calls of this tool are shown."""
        tools = self.session.state.tools
        known = tools.known.get(name) or next((one for one in tools.offered if one.name == name), None)
        return known.traits.shown if known is not None else Shown()

    def _status_line(self, session: Session) -> StatusLine | None:
        """Who shows what a program of the person's writes below the input; None: nobody wants that."""
        program = session.status_line
        if program is None or not self.view.draws:
            return None
        follow = load("claw.cli.terminal.status_line", "StatusLine")
        made: StatusLine = follow(session, program, self._warn)
        return made

    def show_status_line(self, settings: Settings) -> None:
        """Have the one written from now on that these settled settings name."""
        if self._line is not None:
            self._line.close()
        self.session.adopt_status_line(settings)
        self._line = self._status_line(self.session)
        if self._line is not None and self._tasks is not None:
            kinds = [kind for kind in KINDS if kind not in PAST_KINDS_LEFT_OUT]
            for envelope in log.read(self.session.path, kinds=kinds):
                self._line.take(envelope)
            self._tasks.start_soon(self._line.run, self.view.refresh)

    def _warn(self, text: str) -> None:
        self.view.print([line(text, WARNING)])

    def _shadowed(self, session: Session) -> list[str]:
        """Files that have the name of a command of claw's."""
        files = session.own.at_start.files.values() if session.own is not None else ()
        return [
            f"{file.source}:1: left out: /{file.name} is claw's own command." for file in files if file.name in RESERVED
        ]

    async def _converse(self, session: Session, prompt: str) -> str | None:
        if prompt:
            await self._send(session, prompt)
        while (typed := await self.view.line()) is not None:
            text = typed.text
            try:
                if typed.is_text:
                    await self._send(session, text, is_text=True)
                    continue
                if text.startswith(SHELL):
                    await session.shell(text.removeprefix(SHELL))
                    continue
                done = await perform(self, text)
                if isinstance(done, Leave):
                    return None
                if isinstance(done, Switch):
                    return done.path
                if isinstance(done, Say):
                    await self._send(session, done.text)
            except UsageError as error:
                self._complain(error)
        return None

    async def _send(self, session: Session, text: str, *, is_text: bool = False) -> None:
        """Give an input, which waits while a turn is open; where nothing is drawn of it, that is said."""
        waits = session.state.main.turn.is_open
        if is_text:
            await session.send(text, waits=True)
        elif notes := (await session.enter(text, waits=True, reserved=RESERVED)).notes:
            self.view.print([line(note, WARNING) for note in notes])
        if waits and not self.view.draws:
            self.view.print([line("queued until this turn is over; /steer WORDS says something into it", QUIET)])

    def _complain(self, error: UsageError) -> None:
        self.view.print([line(error.message, ERROR), *([line(error.hint, QUIET)] if error.hint else [])])

    async def _notice_failure(self, session: Session) -> None:
        """Raise what stops the session while nobody waits for it."""
        while True:
            moved = self._moved
            await session.settled()
            await moved.wait()

    # --- events ------------------------------------------------------------------------------------------------------

    def _show_past(self, session: Session) -> None:
        kinds = [kind for kind in KINDS if kind not in PAST_KINDS_LEFT_OUT]
        parts: deque[RenderableType] = deque(maxlen=PAST_PARTS)
        self._seen = 0
        for envelope in log.read(session.path, 0, session.first_seq, kinds):
            parts += self._take(envelope)
        if len(parts) == PAST_PARTS:
            parts[0] = line(f"what came before: claw log {session.id}", QUIET)
        for envelope in session.so_far():
            parts += self._take(envelope)
        self.view.print(list(parts))
        self._watch.watch(session.state)

    def _listen(self, envelopes: Sequence[Envelope]) -> None:
        parts = [part for envelope in envelopes if envelope.seq >= self._seen for part in self._take(envelope)]
        self._watch.watch(self.session.state)
        if parts:
            self.view.print(parts)
        self.view.refresh()
        self._moved.set()
        self._moved = anyio.Event()

    def _take(self, envelope: Envelope) -> list[RenderableType]:
        assert self._transcript is not None
        self._seen = envelope.seq + 1
        if self._line is not None:
            self._line.take(envelope)
        return self._transcript.take(envelope)

    # --- Presenter ---------------------------------------------------------------------------------------------------

    def busy(self) -> bool:
        return self._session is not None and self._session.state.busy

    def growing(self) -> list[RenderableType]:
        if self._transcript is None:
            return []
        tasks = task_list.brief(self.session.state.main.tasks, self.glyphs) if self.busy() else []
        return [*self._transcript.growing(), *([Text("\n").join(tasks)] if tasks else [])]

    def whole(self) -> list[RenderableType]:
        return self._transcript.whole() if self._transcript is not None else []

    def path(self) -> str:
        return self._session.path if self._session is not None else ""

    def agents(self, width: int, most: int, *, folded: bool) -> list[Text]:
        if self._transcript is None or not self._transcript.agents.at_work:
            return []
        state, now = self.session.state, time.time_ns()
        return agent_lines.listed(self._transcript.agents, state, now, width, most, folded=folded, glyphs=self.glyphs)

    def asker(self, request: int) -> int:
        agents = self.session.state.agents.values()
        return next((one.id for one in agents if one.conversation.call_of_request(request) is not None), MAIN)

    def others(self) -> bool:
        return self._session is not None and len(self._session.state.main.conversation.unfinished) > 1

    def told(self, request: int) -> None:
        if self._transcript is not None:
            self._transcript.told(request)

    def status(self, stop: str) -> str:
        if self._session is None or self._transcript is None:
            return ""
        return status.status(self._session.state, self._transcript, self._watch, self.glyphs, stop)

    def under(self) -> list[Text]:
        return self._line.said if self._line is not None else []

    def heading(self) -> Heading:
        if self._session is None:
            return Heading("", self.options.workspace)
        state = self._session.state
        return Heading(state.session.name or state.titles.title, state.session.workspace)

    def footer(self) -> str:
        return status.footer(self._session.state, self.glyphs) if self._session is not None else ""

    def interrupt(self) -> None:
        if self._tasks is not None:
            self._tasks.start_soon(self.session.interrupt, "user")

    def steer(self, typed: Typed) -> None:
        if self._tasks is not None:
            self._tasks.start_soon(self._steer, typed)

    def queues(self) -> bool:
        return self._session is not None and bool(self._session.state.main.conversation.waiting)

    def take_back(self, give: Callable[[str], None]) -> None:
        if self._tasks is not None:
            self._tasks.start_soon(self._take_back, give)

    async def _take_back(self, give: Callable[[str], None]) -> None:
        try:
            give(await self.session.withdraw())
        except UsageError as error:
            self._complain(error)

    async def _steer(self, typed: Typed) -> None:
        text = typed.text
        try:
            if typed.is_text:
                await self.session.send(text)
            elif text.startswith(SHELL):
                await self.session.shell(text.removeprefix(SHELL))
            else:
                await self.session.enter(text, reserved=RESERVED)
        except UsageError as error:
            self._complain(error)

    def next_mode(self) -> None:
        if self._tasks is not None:
            mode = self.session.state.permissions.mode
            after = MODES[(MODES.index(mode) + 1) % len(MODES)] if mode in MODES else MODES[0]
            self._tasks.start_soon(self._set_mode, after)

    async def _set_mode(self, mode: Mode) -> None:
        try:
            await self.session.configure(mode=mode)
        except UsageError as error:
            self._complain(error)
