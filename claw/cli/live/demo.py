"""`claw demo`: a session from beginning to end, with no key and no network; only the model is played."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from os import environ
from pathlib import Path

import anyio
from rich.console import RenderableType

from claw import log, session
from claw.cli.live.demo_stage import Script, Stage, script
from claw.cli.offline.survey import short_ids
from claw.cli.offline.verify import judge
from claw.cli.output import Output, standard
from claw.cli.terminal.layout import line
from claw.cli.terminal.screen import Abilities, Screen, of_this_process
from claw.cli.terminal.styles import QUIET, STRONG
from claw.cli.terminal.transcript import Transcript
from claw.errors import ClawError
from claw.events.base import Envelope
from claw.events.tool import ToolRequested
from claw.handlers.permission import Headless
from claw.log import Home
from claw.providers.scripted.server import ScriptedServer
from claw.replay import replay, report
from claw.session import Session

PACE_S = 0.03
"""Between the pieces of a reply on a terminal; in a pipe nobody watches them come."""


class Failed(ClawError):
    """A part of the demo did not do what it says."""


def demo() -> int:
    """Watch claw repair a small repository, then verify, replay and fork the session."""
    return anyio.run(_Demo(standard()).run)


class _Demo:
    def __init__(self, output: Output) -> None:
        self._output = output
        live = sys.stdout.isatty()
        self._screen = of_this_process() if live else Screen(_plain(), "utf-8")
        self._width = shutil.get_terminal_size().columns - 1 if live else 100
        self._script: Script = script(PACE_S if live else 0)
        self._home = Home.default(environ)

    async def run(self) -> int:
        """All parts, in order; 0. Raises ClawError when one of them fails."""
        stage = Stage.make()
        folder = stage.repository("measures", self._script.files)
        self._say(f"A repository with a failing test: {folder}")
        self._say("The model is a script on this machine. Everything else is real: the log, the tools, the files.")
        self._say(f"Allowed without a question: reading, and {', '.join(self._script.rules)}")
        _must(not stage.tests_pass(folder), "the tests pass before anything is done")
        first = await self._first(stage, folder)
        _must(stage.tests_pass(folder), "the tests still fail")
        self._check(first)

        edit = _edit_of(first)
        copy = stage.repository("measures-again", self._script.files)
        self._title("Fork")
        self._say(
            f"Back to before event {edit}, the edit. A fork branches the conversation; files stay as they are, so the "
            f"fork gets a fresh copy of the repository: {copy}"
        )
        at = log.fork_point(first, log.parse_address(f"@last@{edit}^"))
        second = str(self._home.session_path(session.fork(self._home, first, at, workspace=str(copy))))
        await self._second(stage, second, copy)
        _must(stage.tests_pass(copy), "the tests fail in the fork")
        self._check(second)
        self._by_hand(Path(first).name, Path(second).name, edit, stage.repository("measures-yours", self._script.files))
        return 0

    # --- sessions ----------------------------------------------------------------------------------------------------

    async def _first(self, stage: Stage, folder: Path) -> str:
        async with ScriptedServer(self._script.first) as server:
            options = stage.options(folder, self._script.rules, server.url)
            return await self._watch(session.started(self._home, options, Headless()), self._script.prompt)

    async def _second(self, stage: Stage, path: str, copy: Path) -> None:
        async with ScriptedServer(self._script.second) as server:
            options = stage.options(copy, self._script.rules, server.url)
            await self._watch(session.resumed(self._home, path, options, Headless()), "")

    async def _watch(self, opening: AbstractAsyncContextManager[Session], prompt: str) -> str:
        """Show a session until it is quiet; its folder."""
        async with opening as opened:
            transcript = Transcript(self._screen.glyphs, opened.load)
            opened.subscribe(self._shower(transcript.take))
            if prompt:
                await opened.send(prompt)
            end = await opened.settled()
            path = opened.path
        _must(end is not None and end.reason == "done", f"the session ended {end.reason if end else 'at once'}")
        return path

    def _shower(self, take: Callable[[Envelope], list[RenderableType]]) -> Callable[[Sequence[Envelope]], None]:
        def show(envelopes: Sequence[Envelope]) -> None:
            for envelope in envelopes:
                for part in take(envelope):
                    self._print(part)

        return show

    def _check(self, path: str) -> None:
        """Verify and replay the session."""
        self._title("Verify and replay")
        verdict = judge(Path(path))
        _must(verdict.code == 0, f"the log does not verify: {verdict.line}")
        self._say(f"verified {verdict.line}")
        result = replay(path)
        _must(result.ok, report(result))
        self._say(report(result))

    # --- words -------------------------------------------------------------------------------------------------------

    def _by_hand(self, first: str, second: str, edit: int, folder: Path) -> None:
        """The commands that do the same. They are whole lines without decoration, to be copied."""
        names = [path.name for path in log.session_paths(self._home)]
        ids = short_ids(names, names)
        one, other = ids[first], ids[second]
        self._title("By hand")
        asked = max(event.seq for event in log.read(str(self._home.session_path(first)), 0, edit, ["model.requested"]))
        commands = {
            "what happened, event by event": f"claw log {one}",
            "one event, here the edit that the model wanted": f"claw show {one}@{edit}",
            "what the model was sent before it answered so": f"claw show {one}@{asked} --request",
            "the session as it was lived": f"claw show {one}",
            "is the record whole, and does claw decide the same again?": f"claw verify {one} {other}",
            "": f"claw replay {one} {other}",
            "what it cost": f"claw cost {one}",
            "a fork of your own, in a fresh copy (to go on in it: --model NAME, and a key)": (
                f"claw fork {one}@{edit}^ -C {shlex.quote(str(folder))}"
            ),
        }
        program = _as_typed()
        for what, command in commands.items():
            if what:
                self._print(line(f"# {what}", QUIET), apart=False)
            self._output.styled(f"{program}{command.removeprefix('claw')}\n")

    def _title(self, text: str) -> None:
        self._print(line(text, STRONG))

    def _say(self, text: str) -> None:
        self._print(line(text), apart=False)

    def _print(self, part: RenderableType, *, apart: bool = True) -> None:
        lines = self._screen.lines(part, max(1, self._width))
        self._output.styled("".join(f"{text}\n" for text in ([""] if apart else []) + lines))


def _as_typed() -> str:
    """The name by which a shell finds this program: `claw` where that is it, else the path it was started by."""
    found, started = shutil.which("claw"), shutil.which(sys.argv[0])
    if started is None or (found is not None and Path(found).samefile(started)):
        return "claw"
    return shlex.quote(started)


def _edit_of(path: str) -> int:
    events = log.read(path, kinds=["tool.requested"])
    calls = ((one.seq, one.data) for one in events if isinstance(one.data, ToolRequested))
    return next(seq for seq, call in calls if call.traits.footprint == "write")


def _plain() -> Abilities:
    return Abilities(colour=None, plain_colours=True, unicode=(sys.stdout.encoding or "").lower() == "utf-8", dumb=True)


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Failed(f"the demo failed: {otherwise}", hint="claw doctor")
