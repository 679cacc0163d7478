"""One open session, as its users know it: talked to, configured, called off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from claw import log
from claw._native import LogWriter, blake3
from claw.decide import limits
from claw.errors import ProviderError, UsageError
from claw.events.base import Content, Envelope
from claw.events.input import (
    AsideAsked,
    CommandInvoked,
    CommandName,
    InputInterrupted,
    InputReceived,
    InputSource,
    InputWithdrawn,
    ShellEntered,
)
from claw.events.permission import Mode
from claw.events.schedule import Missed, Schedule, ScheduleFired, SchedulesLoaded, SchedulesMissed
from claw.events.session import ConfigChanged, Limits, Model, SessionRenamed, SessionTagged, Style, TurnFinished
from claw.execution.threads import finished
from claw.late import load
from claw.log import Home
from claw.log.inbox import Sent
from claw.log.tags import check_tags, parse_tags
from claw.projections.state import MAIN, Agent, State
from claw.projections.turn import Interrupting
from claw.providers.catalogue import DEFAULT_OPENAI, efforts_of, has_key
from claw.providers.names import ALIASES
from claw.runtime import Listener, Runtime
from claw.session.agents import KnownAgents
from claw.session.config import (
    DEFAULT_STYLE,
    Options,
    check_mode,
    check_model,
    effort_named,
    memory_of,
    model_named,
    with_effort,
)
from claw.session.tools import changed
from claw.session.wiring import Wiring, settings_of, wanted_by

if TYPE_CHECKING:
    from claw.events.command import CommandUse
    from claw.session.own_commands import OwnCommands, Told
    from claw.session.status_line import StatusProgram
    from claw.session.styles import Row
    from claw.settings import Settings
    from claw.settings.agents import AgentFile
    from claw.settings.commands import CommandFile

LONGEST_ARGUMENT = 4_000
"""Characters of what may follow a command."""
LONGEST_LINE = 16_000
"""Characters of a command line that the person runs."""
LONGEST_NAME = 200
"""Characters of what a sender calls itself."""


class Entered(NamedTuple):
    """The seq of the `input.received`; where the text named a command file, its name, and what of it has no effect."""

    seq: int
    command: str = ""
    notes: tuple[str, ...] = ()


EARLY = 64
"""Events at the beginning of a run that are kept for whoever looks on; where there are more, they are read."""


class Session:
    """One open session. All methods belong to the event loop it was opened in."""

    def __init__(
        self,
        path: Path,
        writer: LogWriter,
        runtime: Runtime,
        wiring: Wiring,
        options: Options,
        notices: tuple[str, ...] = (),
    ) -> None:
        self.id = path.name
        self.path = str(path)
        self._runtime = runtime
        self._wiring = wiring
        self._options = options
        self._end: TurnFinished | None = None
        self._when_rung: list[Callable[[], None]] = []
        self.first_seq = writer.next_seq
        """Where this run's own events begin."""
        self.notices = notices
        """What the user should know at once, one sentence each."""
        self._early: list[Envelope] | None = []
        runtime.subscribe(self._watch)

    @property
    def state(self) -> State:
        """The state after the last committed event."""
        return self._runtime.state

    @property
    def agents(self) -> KnownAgents:
        """The kinds of agent as this run of the session has read them, and what is wrong with their files."""
        return self._wiring.agents

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with the events of each block, once they are written."""
        self._runtime.subscribe(listener)

    def so_far(self) -> Sequence[Envelope]:
        """The events of this run until now."""
        early, self._early = self._early, None
        return list(log.read(self.path, self.first_seq)) if early is None else early

    def load(self, content: Content) -> str:
        """The text of some content. Raises BlobError."""
        return self._wiring.blobs.text(content)

    async def send(self, text: str, id: str = "", *, waits: bool = False) -> int:
        """Give the user's input; the seq of its `input.received`. `waits`: while a turn is open it waits for the end of
        that; else the model reads it with its next request. Raises InputConflict.
        """
        digest = blake3(text.encode()) if id else ""
        content = self._wiring.keep(self._wiring.mask(text))
        return await self._runtime.submit(InputReceived(text=content, id=id, digest=digest, waits=waits))

    async def withdraw(self) -> str:
        """Take back the last thing that the person has typed and that waits for the turn's end; its text. Raises
        UsageError where there is none.
        """
        for entry in reversed(self.state.main.conversation.waiting):
            event = log.event_at(self.path, entry.seq).data
            if isinstance(event, InputReceived) and event.source is None and event.command is None and not event.id:
                await self._runtime.submit(InputWithdrawn(input=entry.seq))
                return self.load(event.text)
        raise UsageError("nothing waits that can be taken back")

    async def receive(self, sent: Sent) -> int:
        """Give what another process has sent; the seq of its event. Raises InputConflict."""
        if sent.does == "rename":
            return await self._runtime.submit(SessionRenamed(name=log.check_name(sent.text)))
        if sent.does == "tag":
            return await self._runtime.submit(parse_tags(sent.text.split()))
        mask, keep = self._wiring.mask, self._wiring.keep
        source = InputSource(how="outside", name=mask(sent.sender[:LONGEST_NAME]), at=max(0, sent.at))
        text, digest = keep(mask(sent.text)), blake3(sent.text.encode())
        event = InputReceived(text=text, id=sent.id, digest=digest, waits=sent.waits, source=source)
        return await self._runtime.submit(event)

    async def fire(self, schedule: Schedule, due: int, *, skipped: int, personal: bool) -> None:
        """Give a prompt that was due; that it was, and the prompt, are one block of the log. Raises ClawError."""
        text, source = self._wiring.mask(schedule.prompt), InputSource(how="schedule", name=schedule.id, at=due)
        self._runtime.record(ScheduleFired(id=schedule.id, due=due, skipped=skipped, personal=personal))
        id, digest = f"schedule {schedule.id} {due}", blake3(text.encode())
        event = InputReceived(text=self._wiring.keep(text), id=id, digest=digest, waits=True, source=source)
        await self._runtime.submit(event)

    async def load_schedules(self, schedules: Iterable[Schedule]) -> None:
        """What the user's own log has for sessions here; an event where that is not what is known. Raises ClawError."""
        found = tuple(self._without_secrets(one) for one in schedules)
        digest = blake3(msgspec.msgpack.encode(found)) if found else ""
        if digest != self.state.schedules.digest:
            await self._runtime.submit(SchedulesLoaded(schedules=found, digest=digest))

    async def miss(self, missed: Iterable[Missed]) -> None:
        """Record what was due while nobody was there. Raises ClawError."""
        told = tuple(replace(one, schedule=self._without_secrets(one.schedule)) for one in missed)
        await self._runtime.submit(SchedulesMissed(missed=told))

    def _without_secrets(self, schedule: Schedule) -> Schedule:
        return replace(schedule, prompt=self._wiring.mask(schedule.prompt))

    def when_rung(self, call: Callable[[], None]) -> None:
        """Call this when another process says that something has changed, as it does for what it has sent."""
        self._when_rung.append(call)

    def rung(self) -> None:
        """Another process has said so."""
        for call in self._when_rung:
            call()

    async def enter(self, text: str, id: str = "", *, waits: bool = False, reserved: Collection[str] = ()) -> Entered:
        """Give what was typed: a command of the user's or the repository's stands for its text. Names that are
        `reserved` are those of claw's own commands. Raises UsageError, InputConflict.
        """
        found = self._named(text, reserved)
        mask, keep = self._wiring.mask, self._wiring.keep
        use: CommandUse | None
        notes: tuple[str, ...]
        if found is not None:
            told = await finished(lambda: self._told(*found))
            use, notes = told.use, told.notes
        else:
            use, notes = self._prompted(text), ()
        if use is None:
            return Entered(await self.send(text, id, waits=waits))
        digest = blake3(text.encode()) if id else ""
        event = InputReceived(text=keep(mask(text)), id=id, digest=digest, waits=waits, command=use)
        return Entered(await self._runtime.submit(event), use.name, notes)

    def _prompted(self, text: str) -> CommandUse | None:
        """What a command of claw's stands for that is a text for the model; None: the line names none."""
        if not text.startswith("/"):
            return None
        told: Callable[..., CommandUse | None] = load("claw.session.prompted", "told")
        return told(text, self._wiring.mask, self._wiring.keep)

    def _named(self, text: str, reserved: Collection[str]) -> tuple[CommandFile, str] | None:
        """The command file that a line names, and the words behind it; None: it names none."""
        own = self._wiring.own
        if own is None or not text.startswith("/"):
            return None
        match = load("claw.session.own_commands", "CALL").fullmatch(text.strip())
        file = own.find(match[1]) if match else None
        if match is None or file is None:
            return None
        if file.name in reserved:
            raise UsageError(
                f"/{file.name} is claw's own command, and {file.source} cannot stand in for it",
                hint="give the file another name",
            )
        return file, (match[2] or "").strip()

    def _told(self, file: CommandFile, words: str) -> Told:
        own = self._wiring.own
        assert own is not None, "a file was found"
        return own.use(file, words)

    @property
    def status_line(self) -> StatusProgram | None:
        """What writes a line below the input; None: nothing does."""
        return self._wiring.status_line

    def adopt_status_line(self, settings: Settings) -> None:
        """Have the one written that these settled settings name."""
        made = load("claw.session.status_line", "program")(self._wiring.context, settings)
        self._wiring = replace(self._wiring, status_line=made)

    @property
    def own(self) -> OwnCommands | None:
        """Command files and skills; None: there is no folder for them."""
        return self._wiring.own

    async def shell(self, command: str) -> int:
        """Run a command line of the person's own, once no turn is open; the seq of its `input.shell_entered`. Raises
        UsageError for one that cannot be run.
        """
        if not command.strip():
            raise UsageError("which command?", hint="!COMMAND runs it in your shell")
        if len(command) > LONGEST_LINE:
            raise UsageError(f"the command has {len(command)} characters; {LONGEST_LINE} are the most")
        if self._wiring.mask(command) != command:
            raise UsageError("the command holds a secret, which the log must not keep: run it in another terminal")
        return await self._runtime.submit(ShellEntered(command=command.strip()))

    async def aside(self, text: str) -> int:
        """Ask beside the conversation, which goes on without it; the seq of the `input.aside_asked`. Raises UsageError
        where nothing may be used any more.
        """
        if limits.is_spent(self.state, self.state.main):
            raise UsageError("what this run may use is used up", hint="/cost says what was used")
        return await self._runtime.submit(AsideAsked(text=self._wiring.keep(self._wiring.mask(text))))

    async def tell(self, agent: int, text: str) -> int:
        """Say something to an agent that another one has started, which reads it before its next step; the seq of its
        `input.received`. Raises UsageError where it is not at work.
        """
        if isinstance(self._at_work(agent).turn, Interrupting):
            raise UsageError(f"agent {agent} is being stopped, and reads nothing more")
        return await self._runtime.submit(InputReceived(text=self._wiring.keep(self._wiring.mask(text))), agent)

    async def stop(self, agent: int) -> None:
        """Stop an agent that another one has started, and all below it; the one that has started it is told so.

        Raises UsageError where it is not at work.
        """
        self._at_work(agent)
        await self._runtime.submit(InputInterrupted(how="user"), agent)

    def _at_work(self, id: int) -> Agent:
        agent = self.state.agents.get(id)
        if agent is None or id == MAIN:
            raise UsageError(f"there is no agent {id}", hint="/agents lists those that there are")
        if agent.over:
            why = agent.origin.end or "its changes are being put into a branch"
            raise UsageError(f"agent {id} has ended already ({why})")
        return agent

    async def interrupt(self, how: Literal["user", "signal", "quit"]) -> None:
        """Call the turn off, and hooks that run; nothing happens when there is neither.

        Only `user` lets inputs that wait begin another turn.
        """
        if how != "quit":
            self._wiring.hurry()
        leaves = how == "quit" and self.state.main.pending.lingers
        if leaves or not self.state.quiet or self.state.main.hooks.open:
            await self._runtime.submit(InputInterrupted(how=how))

    async def command(self, name: CommandName, argument: str = "") -> None:
        """A command that changes the session. Raises UsageError while a turn is open, save for `revoke`."""
        if name != "revoke" and not self.state.quiet:
            raise UsageError(f"/{name} has to wait until this turn is over", hint="press Esc to interrupt the turn")
        if name == "uncompact" and self.state.main.conversation.folded is None:
            raise UsageError("there is no summary to take back: none was made, or it is taken back already")
        if len(argument) > LONGEST_ARGUMENT:
            raise UsageError(f"what follows /{name} has {len(argument)} characters; {LONGEST_ARGUMENT} are the most")
        await self._runtime.submit(CommandInvoked(name=name, argument=self._wiring.mask(argument)))

    async def configure(
        self,
        *,
        model: str | None = None,
        mode: Mode | None = None,
        limits: tuple[Limits, str] | None = None,
        effort: str | None = None,
        memory: bool | None = None,
    ) -> None:
        """Change the model, the mode, the limits (and which of them), how much the model thinks, or whether there is
        long-term memory, as the settings files say it now, from here on.

        Raises UsageError, ProviderError.
        """
        config = self.state.session.settings
        settings = settings_of(self._options, self.state.session.workspace)
        sources = dict(config.sources)
        if model is not None:
            check_model(model, settings)
            other = model_named(model, self._options.environ, settings.models)
            config = replace(config, model=replace(other, effort=config.model.effort if efforts_of(other) else "off"))
            sources["model"] = "/model"
        if effort is not None:
            config = replace(config, model=with_effort(config.model, effort_named(effort)))
            sources["model.effort"] = "/effort"
        if mode is not None:
            check_mode(mode, self._options, settings)
            config = replace(config, mode=mode)
            sources["mode"] = "/permissions"
        if limits is not None:
            config = replace(config, limits=limits[0])
            sources[f"limits.{limits[1]}"] = "/budget"
        if memory is not None:
            config = replace(config, memory=memory_of(self._options, settings, sources))
            if config.memory != memory:
                raise UsageError(f"{sources.get('memory')} says that there is no long-term memory")
        await self._runtime.submit(ConfigChanged(config=replace(config, sources=sources)))
        if memory is not None:
            toolbox = self._wiring.toolbox
            toolbox.want(wanted_by(config))
            for event in changed(self.state.tools, toolbox):
                await self._runtime.submit(event)

    async def restyle(self, name: str) -> None:
        """Change how the model answers, from here on: to the output style of this name, as it is now.

        Raises UsageError, also while a turn is open.
        """
        now = load("claw.session.styles", "style_now")
        style: Style | None = await finished(lambda: now(self._home, self._options, name))
        if not self.state.quiet:
            raise UsageError("the output style is changed between turns", hint="press Esc to interrupt the turn")
        config = self.state.session.settings
        sources = {**config.sources, "style": "/output-style"}
        await self._runtime.submit(ConfigChanged(config=replace(config, style=style, sources=sources)))

    def styles_here(self) -> list[Row]:
        """The output styles that there are now. Looks at the disk. Raises UsageError."""
        found: list[Row] = load("claw.session.styles", "styles_here")(self._home, self._options)
        return found

    @property
    def _home(self) -> Home:
        return Home(Path(self._wiring.context.claw_home))

    @property
    def style(self) -> str:
        """The name of the output style."""
        style = self.state.session.settings.style
        return style.name if style else DEFAULT_STYLE

    async def bring_agents(self, files: Sequence[AgentFile]) -> None:
        """More kinds of agent from here on, which stand in for those of the same name. Raises UsageError."""
        kinds = load("claw.session.agents", "with_brought")(
            self.agents, files, self._options, self._wiring.toolbox.specs_of_others, self._wiring.mask
        )
        self._wiring = replace(self._wiring, agents=kinds)
        await self._runtime.submit(self._wiring.agents_changed())
        self._wiring.toolbox.know(kinds.kinds)
        for event in changed(self.state.tools, self._wiring.toolbox):
            await self._runtime.submit(event)

    @property
    def mask(self) -> Callable[[str], str]:
        """What takes the secrets of this process out of a text."""
        return self._wiring.mask

    def models_here(self) -> list[Model]:
        """Those that can be chosen by a short name here: the newest of each line whose service the environment leads
        to.
        """
        found: dict[tuple[str, str], Model] = {}
        settings = settings_of(self._options, self.state.session.workspace)
        for name in (*ALIASES, DEFAULT_OPENAI):
            try:
                model = model_named(name, self._options.environ, settings.models)
            except (UsageError, ProviderError):
                continue
            if has_key(model, self._options.environ):
                found.setdefault((model.provider, model.name), model)
        return list(found.values())

    async def rename(self, name: str) -> None:
        """Raises UsageError for what cannot be a name."""
        await self._runtime.submit(SessionRenamed(name=log.check_name(name)))

    async def tag(self, words: Sequence[str]) -> SessionTagged:
        """Give the session tags, or take them away, as `NAME` and `-NAME`; what of it changed something. Raises
        UsageError.
        """
        if self._wiring.mask(" ".join(words)) != " ".join(words):
            raise UsageError("a tag holds a secret, which the log must not keep")
        event = check_tags(self.state.session.tags, parse_tags(words))
        if event.added or event.removed:
            await self._runtime.submit(event)
        return event

    async def settled(self) -> TurnFinished | None:
        """Wait until no turn is open and nothing runs; how the last turn since the call before ended.

        Raises what has stopped the session.
        """
        await self._runtime.until(lambda state: state.quiet)
        end, self._end = self._end, None
        return end

    async def until(self, holds: Callable[[State], bool]) -> None:
        """Wait until the state is so, which is looked at once the listeners have been told. Raises what has stopped the
        session.
        """
        await self._runtime.until(holds)

    def _watch(self, envelopes: Sequence[Envelope]) -> None:
        if self._early is not None:
            self._early = [*self._early, *envelopes] if len(self._early) + len(envelopes) <= EARLY else None
        for envelope in envelopes:
            if envelope.agent == MAIN and isinstance(envelope.data, TurnFinished):
                self._end = envelope.data
