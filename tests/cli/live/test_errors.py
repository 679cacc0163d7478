"""Errors in a terminal: each comes out as one sentence with its exit code, and the terminal is left as it was, whenever
it happens: before the screen opens, while it does, while a person is asked, while the model works, and at the end."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable

import pytest

from tests.cli.live.pseudo import Pseudo
from tests.cli.live.world import World, text, tool

Start = Callable[..., Pseudo]


def one_sentence(opened: Pseudo, *words: str) -> str:
    """claw's only sentence, which says this; the terminal is as it was."""
    assert opened.as_it_was(), opened.said
    assert b"Traceback" not in opened.said
    (sentence,) = opened.sentences()
    sentence = " ".join(sentence.split())
    for word in words:
        assert word in sentence
    return sentence


# --- before the screen opens, and while it does ----------------------------------------------------------------------


def nothing(world: World) -> None:
    return


def refused_settings(world: World) -> None:
    (world.home / ".claude").mkdir()
    (world.home / ".claude/settings.json").write_text('{"permissions": ')


def home_is_a_file(world: World) -> None:
    world.claw_home.write_text("")


def damaged_trust(world: World) -> None:
    (world.workspace / ".claude").mkdir()
    (world.workspace / ".claude/settings.json").write_text(json.dumps({"permissions": {"allow": ["Write"]}}))
    world.claw_home.mkdir()
    (world.claw_home / "trust.json").write_text("{")


def session(world: World) -> None:
    world.serve(text("x" * 70_000), text("Again."))
    assert world.run("-p", "hi", "--name", "old").returncode == 0


def without_its_folder(world: World) -> None:
    session(world)
    os.rename(world.workspace, world.root / "moved")


def without_a_blob(world: World) -> None:
    session(world)
    (blob,) = [path for path in world.claw_home.rglob("*") if path.is_file() and path.stat().st_size == 70_000]
    blob.unlink()


def damaged_log(world: World) -> None:
    session(world)
    (segment,) = world.claw_home.rglob("*.seg*")
    data = bytearray(segment.read_bytes())
    data[2_000] ^= 0xFF
    segment.write_bytes(data)


@pytest.mark.parametrize(
    ("world_is", "arguments", "code", "words"),
    [
        (nothing, ["--max-turns", "0"], 2, ["--max-turns must be at least 1"]),
        (nothing, ["--nonsense"], 2, ["No such option"]),
        (nothing, ["resume", "nobody"], 2, ["no session has the id or name 'nobody'"]),
        (nothing, ["--model", "nonsense"], 2, ["No service is known for the model 'nonsense'", "try: "]),
        (refused_settings, [], 2, [".claude/settings.json"]),
        (home_is_a_file, [], 2, ["cannot make"]),
        (damaged_trust, [], 2, ["trust.json is damaged"]),
        (without_a_blob, ["resume", "old"], 9, []),
        (damaged_log, ["resume", "THE SESSION"], 9, ["fsck"]),
        (without_its_folder, ["resume", "old"], 2, ["is gone", "claw fork"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_wrong_at_the_start_is_one_sentence(
    world: World, pseudo: Start, world_is: Callable[[World], None], arguments: list[str], code: int, words: list[str]
) -> None:
    world_is(world)
    where = world.workspace if world.workspace.exists() else world.root
    opened = pseudo(*(word.replace("THE SESSION", "".join(world.sessions())) for word in arguments), where=where)
    assert opened.exit_code() == code
    one_sentence(opened, *words)


def test_on_a_narrow_terminal_no_word_is_broken(world: World, pseudo: Start) -> None:
    del world.environ["ANTHROPIC_API_KEY"]
    opened = pseudo(columns=60)
    assert opened.exit_code() == 7
    lines = opened.said.decode().partition("Welcome")[2].splitlines()
    assert max(map(len, lines)) <= 60
    assert len(lines) > 5
    assert "No model is named, and the environment has no key" in " ".join(lines)


@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
def test_without_a_key_there_is_a_welcome(world: World, pseudo: Start, term: str) -> None:
    del world.environ["ANTHROPIC_API_KEY"]
    for arguments, missing in (
        ([], "no key to choose one by"),
        (["--model", "gpt-6.1-sol"], "OPENAI_API_KEY is not set"),
    ):
        opened = pseudo(*arguments, TERM=term)
        assert opened.exit_code() == 7
        assert opened.as_it_was()
        for words in ("Welcome to claw", missing, "export ANTHROPIC_API_KEY=", "claw demo needs no key"):
            assert words.encode() in opened.said
        assert opened.sentences() == []
    assert world.sessions() == [], "nothing was begun"
    told = world.run("-p", "hi")
    assert (told.returncode, told.stderr.count(b"\n")) == (7, 2), "where nobody is to be welcomed, it is a sentence"


def test_a_session_that_is_open_elsewhere(world: World, pseudo: Start) -> None:
    first = pseudo("--name", "first")
    first.wait("/help", "claude-")
    second = pseudo("resume", "first")
    assert second.exit_code() == 1
    one_sentence(second)


# --- at every moment -------------------------------------------------------------------------------------------------


def at_the_trust_question(world: World, pseudo: Start) -> Pseudo:
    (world.workspace / ".claude").mkdir()
    (world.workspace / ".claude/settings.json").write_text(json.dumps({"permissions": {"allow": ["Write"]}}))
    opened = pseudo()
    opened.wait("Trust just this?")
    return opened


def at_rest(world: World, pseudo: Start) -> Pseudo:
    opened = pseudo()
    opened.wait("/help", "claude-")
    return opened


def while_the_model_speaks(world: World, pseudo: Start) -> Pseudo:
    world.serve(text(*["word "] * 2_000, pace=0.02))
    opened = at_rest(world, pseudo)
    opened.type("go\r")
    opened.wait("word")
    return opened


def while_a_command_runs(world: World, pseudo: Start) -> Pseudo:
    world.serve(tool("Bash", {"command": "echo begun; sleep 600"}))
    opened = pseudo("--allowed-tools", "Bash")
    opened.wait("/help", "claude-")
    opened.type("go\r")
    opened.wait("begun")
    return opened


def at_a_question(world: World, pseudo: Start) -> Pseudo:
    world.serve(tool("Bash", {"command": "touch made"}))
    opened = at_rest(world, pseudo)
    opened.type("go\r")
    opened.wait("Press a key")
    return opened


def while_a_reason_is_typed(world: World, pseudo: Start) -> Pseudo:
    opened = at_a_question(world, pseudo)
    opened.type("\x1b[A\r")
    opened.wait("reason:")
    return opened


MOMENTS = [
    at_the_trust_question,
    at_rest,
    while_the_model_speaks,
    while_a_command_runs,
    at_a_question,
    while_a_reason_is_typed,
]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
def test_a_signal_ends_it_in_good_order(world: World, pseudo: Start, moment: Callable[[World, Start], Pseudo]) -> None:
    opened = moment(world, pseudo)
    os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() == 143
    assert opened.as_it_was()
    assert opened.sentences() == []


@pytest.mark.parametrize("moment", MOMENTS[:5], ids=lambda moment: moment.__name__)
def test_a_terminal_that_goes_away_ends_it(
    world: World, pseudo: Start, moment: Callable[[World, Start], Pseudo]
) -> None:
    opened = moment(world, pseudo)
    opened.hang_up()
    assert opened.exit_code() == 129
    assert not (world.claw_home / "crash").exists()
    if moment is not at_the_trust_question:
        assert world.kinds()[-1] == "session.ended"


@pytest.mark.parametrize("moment", MOMENTS[1:5], ids=lambda moment: moment.__name__)
def test_a_log_that_cannot_be_written_stops_it_with_a_sentence(
    world: World, pseudo: Start, moment: Callable[[World, Start], Pseudo]
) -> None:
    opened = moment(world, pseudo)
    resource.prlimit(opened.pid, resource.RLIMIT_FSIZE, (4_096, 4_096))
    # Whatever is done next is written, or what the model says is.
    opened.type("\x1b" if moment in (at_a_question, while_a_command_runs) else "more\r")
    assert opened.exit_code() == 1
    one_sentence(opened)


def test_a_log_that_cannot_be_closed_is_told_at_the_end(world: World, pseudo: Start) -> None:
    opened = at_rest(world, pseudo)
    resource.prlimit(opened.pid, resource.RLIMIT_FSIZE, (4_096, 4_096))
    opened.type("/quit\r")
    assert opened.exit_code() == 1
    one_sentence(opened)


# --- a fault of claw's own -------------------------------------------------------------------------------------------

BROKEN = """
import asyncio, sys
from pathlib import Path
from claw.cli import entry
from claw.cli.terminal.screen import of_this_process
from claw.cli.terminal.heading import Heading
from claw.settings.looks import Looks
from claw.cli.terminal.screen_view import ScreenView

class Presenter:
    breaks = False
    def busy(self): return sys.argv[1] == "a key" and self.broken()
    def growing(self): return []
    def agents(self, width, most, folded): return []
    def status(self, stop): return ""
    def under(self): return []
    def heading(self): return Heading("", "")
    def footer(self):
        if sys.argv[1] == "the first picture" or sys.argv[1] == "a later picture" and self.breaks: self.broken()
        return "footer"
    def interrupt(self): pass
    def next_mode(self): self.broken()
    def broken(self):
        if self.breaks or sys.argv[1] == "the first picture": raise ZeroDivisionError("of the test")

async def talk():
    presenter = Presenter()
    view = ScreenView(of_this_process(), presenter, {}, lambda text: [], ".", Path("history"), "settings", Looks())
    async with view.open():
        presenter.breaks = True
        if sys.argv[1] == "what uses it": raise ZeroDivisionError("of the test")
        view.refresh()
        while await view.line(): pass

entry.app.run = lambda arguments: asyncio.run(talk())
sys.exit(entry.main([]))
"""


@pytest.mark.parametrize("where", ["the first picture", "a later picture", "a key", "what uses it"])
def test_a_fault_of_claws_own_leaves_the_terminal_as_it_was(world: World, pseudo: Start, where: str) -> None:
    opened = pseudo(where, program=(sys.executable, "-c", BROKEN))
    if where == "a key":
        opened.wait("footer")
        opened.type("\x1b[Z")
    assert opened.exit_code() == 1
    one_sentence(opened, "something went wrong inside claw (ZeroDivisionError: of the test)", "crash")
