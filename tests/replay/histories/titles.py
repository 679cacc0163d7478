"""What a session is about, said by a model beside the conversation, where something comes in between."""

from __future__ import annotations

from msgspec.structs import replace

from claw.decide.behaviour import CURRENT
from claw.events.base import Blob
from claw.events.content import TextBlock, Usage
from claw.events.input import InputInterrupted
from claw.events.model import Failure, ModelFailed, ModelFinished
from claw.events.session import Limits, Model, Prompts, SessionRenamed
from tests.pure.drive import Drive
from tests.replay.histories.beside import ask
from tests.replay.histories.parts import READ_A, command, forked, history, resumed

PROMPTS = Prompts(system="be good", compaction="sum up", title="name it")
SMALL = Model(provider="test", api="anthropic", name="small", window=9_000, max_output=2_000, having=("freeform",))
USAGE = Usage(input=900, output=10)


def beginning(titles: str = "beside", **fields: object) -> Drive:
    drive = Drive(behaviours=CURRENT, prompts=PROMPTS, titles=titles, small=SMALL, **fields)
    drive.say("sort it " + "z" * 3_000)
    return drive


def end(drive: Drive, call: int, *words: str) -> None:
    content = tuple(TextBlock(text=word) for word in words)
    drive.feed(ModelFinished(call=call, content=content, stop="end_turn", usage=USAGE))


def fail(
    drive: Drive, call: int, failure: Failure = "invalid_request", refused: str = "", after: int | None = None
) -> None:
    again = after is not None
    drive.feed(
        ModelFailed(call=call, failure=failure, message="no", refused=refused, retryable=again, retry_after_ms=after)
    )


def asked(drive: Drive) -> int:
    """The key of the last call of a model that is open."""
    return drive.all_open("model.requested")[-1]


@history
def a_title_that_is_too_long() -> Drive:
    drive = beginning()
    drive.say("and more", waits=True)
    drive.reply("sorted " + "y" * 3_000)
    end(drive, asked(drive), "x" * 58 + "  " + "y" * 9)
    drive.reply("done")
    return drive


@history
def a_title_that_is_one_word_too_long() -> Drive:
    drive = beginning()
    drive.reply("sorted")
    end(drive, asked(drive), "x" * 70)
    return drive


@history
def a_title_that_is_as_long_as_it_may_be() -> Drive:
    drive = beginning()
    drive.reply("sorted")
    end(drive, asked(drive), "x" * 60)
    return drive


@history
def a_title_that_nobody_wants() -> Drive:
    drive = beginning("never")
    drive.reply("sorted")
    return drive


@history
def a_title_while_the_models_own_server_wants_to_be_left_alone() -> Drive:
    """Another one is asked all the same, and what that refuses is not known of the first."""
    drive = Drive(behaviours=CURRENT, prompts=PROMPTS, titles="beside", small=replace(SMALL, base_url="http://s"))
    drive.say("sort it")
    fail(drive, asked(drive), refused="stream")
    fail(drive, ask(drive), "overloaded", after=60_000)
    drive.reply("sorted")
    fail(drive, asked(drive), refused="api")
    drive.later(90_000)
    drive.say("on")
    drive.reply("done")
    return drive


@history
def a_title_of_a_server_that_wants_to_be_left_alone() -> Drive:
    drive = beginning()
    fail(drive, ask(drive), "overloaded", after=60_000)
    drive.reply("sorted")
    drive.later(90_000)
    drive.say("on")
    drive.reply("done")
    end(drive, asked(drive), "Sorted")
    return drive


@history
def a_title_of_several_texts() -> Drive:
    drive = beginning()
    drive.reply("sorted")
    end(drive, asked(drive), '  "Blue  things."', "more")
    drive.say("on")
    drive.reply("done")
    return drive


@history
def a_title_of_what_cannot_be_shown() -> Drive:
    drive = Drive(behaviours=CURRENT, prompts=PROMPTS, titles="waited", small=SMALL)
    drive.say(Blob(digest="long", size=2_000))
    drive.reply(READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    drive.reply("sorted")
    end(drive, asked(drive), "\u202e", "** safe **")
    return drive


@history
def a_title_that_says_nothing() -> Drive:
    drive = beginning()
    drive.reply("sorted")
    end(drive, asked(drive), " ** ")
    drive.say("on")
    drive.reply("done")
    return drive


@history
def a_title_while_the_next_turn_runs() -> Drive:
    """What is asked into it, cleared, called off and refused is the turn's alone."""
    drive = beginning()
    drive.reply("sorted")
    title = asked(drive)
    drive.say("on")
    turn = asked(drive)
    drive.feed(InputInterrupted(how="user"))
    fail(drive, turn, "interrupted")
    command(drive, "clear")
    drive.say("again")
    fail(drive, asked(drive), refused="stream")
    fail(drive, title, "overloaded", refused="api")
    end(drive, asked(drive), "done")
    drive.say("more")
    drive.reply("done")
    return drive


@history
def a_title_whose_call_is_left_open() -> Drive:
    """At the end it is called off; a fork and a resume do not ask again."""
    drive = beginning()
    drive.reply("sorted")
    title = asked(drive)
    drive.feed(InputInterrupted(how="signal"))
    command(drive, "compact")
    end(drive, asked(drive), "summed up")
    drive.feed(InputInterrupted(how="quit"))
    fail(drive, title, "interrupted")
    resumed(drive)
    drive.say("on")
    drive.reply("done")
    forked(drive)
    drive.say("there")
    drive.reply("done")
    return drive


@history
def a_title_is_not_asked_for() -> Drive:
    """Of a session with a name, or behind a turn that failed; then it is."""
    drive = beginning()
    fail(drive, asked(drive))
    drive.feed(SessionRenamed(name="mine"))
    drive.say("on")
    drive.reply("done")
    drive.feed(SessionRenamed(name=""))
    drive.say("on")
    drive.reply("done")
    end(drive, asked(drive), "named")
    return drive


@history
def a_title_beyond_a_limit() -> Drive:
    drive = beginning(limits=Limits(tokens=90))
    drive.reply("sorted")
    drive.say("on")
    return drive


@history
def a_title_of_the_models_own_without_a_small_one() -> Drive:
    model = Model(provider="test", api="anthropic", name="m", window=10_000, max_output=500, effort="low")
    drive = Drive(behaviours=CURRENT, prompts=PROMPTS, titles="beside", model=model)
    drive.say("sort it")
    drive.reply("sorted")
    end(drive, asked(drive), "Named")
    drive.say("on")
    drive.reply("done")
    return drive
