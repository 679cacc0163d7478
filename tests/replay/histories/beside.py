"""Inputs that wait for the end of the turn, and questions beside the conversation, where something comes in between."""

from __future__ import annotations

from claw.events.content import TextBlock, Usage
from claw.events.input import AsideAsked, InputInterrupted, InputWithdrawn
from claw.events.model import Failure, ModelFailed, ModelFinished
from claw.events.session import Limits
from tests.pure.drive import Drive
from tests.replay.histories.hooked import heard, hook
from tests.replay.histories.parts import READ_A, command, forked, history, resumed

USAGE = Usage(input=900, output=10)


def ask(drive: Drive, text: str = "which?") -> int:
    """The key of the call that answers it."""
    before = drive.all_open("model.requested")
    drive.feed(AsideAsked(text=text))
    (call,) = (key for key in drive.all_open("model.requested") if key not in before)
    return call


def told(drive: Drive, call: int, words: str = "that one") -> None:
    drive.feed(ModelFinished(call=call, content=(TextBlock(text=words),), stop="end_turn", usage=USAGE))


def lost(drive: Drive, call: int, failure: Failure = "overloaded") -> None:
    said = (TextBlock(text="so far"),)
    drive.feed(ModelFailed(call=call, failure=failure, message="no", retryable=True, content=said))


def reading(drive: Drive) -> None:
    """The model's call of a tool runs."""
    drive.reply("I look", READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))


@history
def waiting_for_the_end_of_the_turn() -> Drive:
    """Behind what is said into the turn; two together; one that comes while nothing runs does not wait."""
    drive = Drive()
    drive.say("one", waits=True)
    drive.say("two", waits=True)
    reading(drive)
    drive.say("into it")
    drive.say("three", waits=True)
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    drive.reply("done again")
    return drive


@history
def waiting_while_the_turn_is_called_off() -> Drive:
    """The person's own lets it follow, a signal does not: then it goes with the next input."""
    drive = Drive()
    for how in ("user", "signal"):
        drive.say("one")
        drive.say("two", waits=True)
        drive.feed(InputInterrupted(how=how))  # type: ignore[arg-type]
        lost(drive, drive.open("model.requested"), "interrupted")
        if how == "user":
            drive.reply("done")
    drive.say("three")
    drive.reply("done")
    return drive


@history
def what_waits_is_taken_back() -> Drive:
    """One of two, then the only one, with which the turn that it would have begun is gone; none that was sent."""
    drive = Drive()
    drive.say("one")
    drive.say("two", waits=True)
    first = drive.state.main.conversation.waiting[-1].seq
    drive.say("three", waits=True)
    drive.feed(InputWithdrawn(input=first))
    drive.reply("done")
    drive.reply("done again")
    drive.say("four")
    drive.say("five", waits=True)
    only = drive.state.main.conversation.waiting[-1].seq
    drive.feed(InputWithdrawn(input=only))
    drive.reply("done")
    drive.feed(InputWithdrawn(input=only))
    drive.say("six")
    drive.say("seven", waits=True)
    drive.feed(InputInterrupted(how="user"))
    lost(drive, drive.open("model.requested"), "interrupted")
    drive.reply("done")
    return drive


@history
def waiting_in_a_fork_and_behind_a_summary() -> Drive:
    drive = Drive()
    drive.say("one")
    drive.reply("yes")
    command(drive, "compact")
    drive.say("two", waits=True)
    drive.reply("summed up")
    drive.reply("done")
    drive.say("three")
    drive.say("four", waits=True)
    drive.feed(InputInterrupted(how="user"))
    forked(drive)
    resumed(drive)
    drive.say("five")
    drive.reply("done")
    return drive


@history
def waiting_for_what_a_hook_says() -> Drive:
    """One that hooks keep back begins no turn."""
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    heard(drive)
    drive.say("into it")
    drive.say("two", waits=True)
    drive.reply("well")
    heard(drive, verdict="deny", reason="a password")
    heard(drive, verdict="deny", reason="another")
    drive.say("three")
    heard(drive)
    drive.reply("done")
    return drive


@history
def asked_beside_everything() -> Drive:
    """Before the first word, while the model answers, while its call runs, during a summary, when nothing runs."""
    drive = Drive()
    told(drive, ask(drive))
    drive.say("one")
    first = ask(drive)
    reading(drive)
    second = ask(drive, "and which now?")
    told(drive, first)
    drive.finish(drive.open("tool.started"))
    told(drive, second)
    drive.reply("done")
    lost(drive, ask(drive))
    command(drive, "compact")
    third = ask(drive)
    lost(drive, third, "server")
    drive.reply("summed up")
    drive.say("two")
    drive.reply("done")
    return drive


@history
def asked_beside_and_called_off() -> Drive:
    """With a turn that has nothing else open, with one that has, and with none."""
    drive = Drive()
    call = ask(drive)
    drive.feed(InputInterrupted(how="user"))
    lost(drive, call, "interrupted")
    drive.say("one")
    call = ask(drive)
    drive.feed(InputInterrupted(how="user"))
    lost(drive, drive.open("model.requested"), "interrupted")
    lost(drive, call, "interrupted")
    drive.say("two")
    reading(drive)
    call = ask(drive)
    drive.feed(InputInterrupted(how="quit"))
    lost(drive, call, "lost")
    drive.finish(drive.open("tool.started"))
    drive.say("three")
    drive.reply("done")
    return drive


@history
def asked_beside_with_limits() -> Drive:
    """An answer counts for money and tokens and for no turn; with nothing left nothing is asked."""
    drive = Drive(limits=Limits(turns=2, tokens=2_500))
    drive.say("one")
    told(drive, ask(drive))
    reading(drive)
    told(drive, ask(drive))
    drive.finish(drive.open("tool.started"))
    drive.reply("done", tokens=600)
    drive.feed(AsideAsked(text="more?"))
    drive.say("two")
    return drive


@history
def asked_beside_and_killed() -> Drive:
    drive = Drive(limits=Limits(turns=1))
    drive.say("one")
    call, turn = ask(drive), drive.open("model.requested")
    resumed(drive)
    lost(drive, turn, "lost")
    lost(drive, call, "lost")
    drive.reply("done")
    return drive
