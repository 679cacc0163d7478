"""Commands in the background: what the model is told of them, and that they ask for nothing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from claw import prompt
from claw.events import results
from claw.events.content import TextBlock
from claw.events.context import ContextCleared
from claw.events.input import CommandInvoked, InputInterrupted
from claw.events.model import ModelRequested
from claw.events.session import SessionForked
from claw.events.shell import ShellEnd, ShellFinished, ShellOutput, ShellStarted
from claw.events.tool import ToolFinished, ToolStarted
from tests.pure.drive import Drive, kinds, started


def background(drive: Drive, id: str = "bash_1") -> None:
    """A command is started by a call, which ends at once; its turn is over."""
    drive.say("serve it")
    drive.reply(("Bash", '{"command":"serve","run_in_background":true}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    call = drive.open("tool.started")
    assert drive.feed(ShellStarted(id=id, call=call, command="serve")) == []
    drive.feed(ToolFinished(call=call, content=results.texts(f"Running in the background as {id}.")))
    drive.reply("It runs.")


def texts(drive: Drive) -> list[str]:
    """What the user's side of the next request says."""
    (requested,) = [envelope for envelope in drive.new if isinstance(envelope.data, ModelRequested)]
    messages = prompt.build(drive.before, drive.before.main, requested.data).messages
    return [block.text for message in messages for block in message.blocks if isinstance(block, TextBlock)]


@pytest.fixture
def drive() -> Drive:
    return Drive(mode="bypassPermissions")


def test_a_session_is_quiet_while_one_runs(drive: Drive) -> None:
    background(drive)
    assert drive.state.main.quiet
    (shell,) = drive.state.shells.running
    assert (shell.id, shell.command, shell.status) == ("bash_1", "serve", "running")
    assert isinstance(drive.log[shell.call].data, ToolStarted)


def test_what_it_says_changes_nothing(drive: Drive) -> None:
    background(drive)
    before = drive.state
    assert drive.feed(ShellOutput(id="bash_1", index=0, text="listening")) == []
    assert drive.state == before


@pytest.mark.parametrize(
    ("reason", "exit", "told"),
    [
        ("exited", 3, "[claw: The background command bash_1 ended with exit code 3.]"),
        ("session_end", None, "[claw: The background command bash_1 was killed when the session ended.]"),
        ("crash", None, "[claw: The background command bash_1 ended when claw stopped.]"),
    ],
)
def test_its_end_asks_for_nothing_and_is_told_with_the_next_request(
    drive: Drive, reason: ShellEnd, exit: int | None, told: str
) -> None:
    background(drive)
    assert drive.feed(ShellFinished(id="bash_1", reason=reason, exit=exit)) == []
    assert drive.state.main.quiet
    assert drive.state.shells.running == ()
    drive.say("and now?")
    assert texts(drive)[-2:] == [told, "and now?"]
    drive.reply("good")
    drive.say("again")
    assert texts(drive).count(told) == 1


def test_its_end_during_a_turn_is_told_behind_the_results(drive: Drive) -> None:
    background(drive)
    drive.say("look")
    drive.reply(("Bash", '{"command":"ls"}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(ShellFinished(id="bash_1", reason="exited", exit=0))
    assert kinds(drive.finish(drive.open("tool.started"))) == ["ModelRequested"]
    assert texts(drive)[-1] == "[claw: The background command bash_1 ended with exit code 0.]"


def test_what_the_model_itself_has_killed_is_not_told(drive: Drive) -> None:
    background(drive)
    drive.feed(ShellFinished(id="bash_1", reason="killed"))
    drive.say("and now?")
    assert texts(drive)[-1] == "and now?"
    assert "[claw:" not in "".join(texts(drive))


def test_an_end_that_comes_twice_is_one(drive: Drive) -> None:
    background(drive)
    drive.feed(ShellFinished(id="bash_1", reason="exited", exit=0))
    before = drive.state
    drive.feed(ShellFinished(id="bash_1", reason="crash"))
    assert replace(drive.state, now=before.now) == before


def test_interrupting_a_turn_leaves_them_alone(drive: Drive) -> None:
    background(drive)
    drive.say("long work")
    assert kinds(drive.feed(InputInterrupted(how="user"))) == ["CancelRequested"]
    assert len(drive.state.shells.running) == 1


def test_after_clear_they_run_on_and_their_end_is_told(drive: Drive) -> None:
    background(drive)
    assert [type(event) for event in drive.feed(CommandInvoked(name="clear"))] == [ContextCleared]
    assert len(drive.state.shells.running) == 1
    drive.feed(ShellFinished(id="bash_1", reason="exited", exit=0))
    drive.say("hello")
    assert texts(drive) == ["[claw: The background command bash_1 ended with exit code 0.]", "hello"]


def test_a_fork_has_none_and_says_so_and_gives_no_id_again(drive: Drive) -> None:
    background(drive)
    fork = SessionForked(
        session="f", parent="s", seq=drive.last_key(), chain="", runtime=started().runtime, workspace="/w"
    )
    drive.feed(fork)
    assert drive.state.shells.known == ()
    assert drive.state.shells.started == 1
    drive.say("go on")
    assert "does not run here: bash_1" in texts(drive)[-2]
