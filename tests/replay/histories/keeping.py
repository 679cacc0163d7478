"""What summaries keep, how they are steered and taken back, and the results that make room before one is needed."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from msgspec.structs import replace

from claw.decide.behaviour import CURRENT
from claw.events.base import Blob
from claw.events.content import ImageBlock, ResultBlock, TextBlock, ToolUseBlock, Usage
from claw.events.hook import Hook, HookFinished
from claw.events.input import CommandInvoked, InputReceived
from claw.events.model import ModelFailed, ModelFinished, StopReason
from claw.events.permission import PermissionAnswered
from claw.events.results import texts
from claw.events.session import ConfigChanged, Model
from claw.events.tool import PathFact, ToolFinished, ToolResolved
from claw.events.tools import ToolSpec, Traits
from claw.projections.turn import Compacting
from claw.tools.tasks import TaskList
from claw.tools.todo_write import TodoWrite
from tests.pure.drive import BASH, EDIT, GREP, READ, Drive
from tests.replay.histories.parts import HISTORIES, history
from tests.replay.histories.tasks import at_work, look, resolved, spawn, task, with_agents

NETWORK = ToolSpec(
    name="Fetch",
    description="fetches",
    schema="{}",
    traits=Traits(footprint="network", subject="url", argument="url", paths=("into",)),
)
COPY = ToolSpec(
    name="Copy",
    description="copies",
    schema="{}",
    traits=Traits(footprint="write", subject="path", paths=("file_path", "to")),
)
TOOLS = (READ, EDIT, GREP, BASH, TodoWrite.spec, TaskList.spec, NETWORK, COPY)


def began(window: int = 10_000, **settings: Any) -> Drive:
    model = Model(provider="test", api="anthropic", name="m", window=window, max_output=1_000)
    return Drive(**{"model": model, "behaviours": CURRENT, "tools": TOOLS, **settings})


def call(
    drive: Drive,
    name: str,
    arguments: dict[str, str],
    result: str | tuple[ResultBlock, ...] = "ok",
    *,
    tokens: int = 100,
    is_error: bool = False,
    paths: tuple[PathFact, ...] | None = None,
) -> None:
    """One call that is allowed, and its result."""
    drive.reply((name, json.dumps(arguments)), tokens=tokens)
    if paths is None:
        drive.resolve(drive.open("tool.resolve_requested"))
    else:
        drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=paths))
    if "permission.asked" in drive.state.main.pending.calls.values():
        drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    content = texts(result) if isinstance(result, str) else result
    drive.feed(ToolFinished(call=drive.open("tool.started"), content=content, is_error=is_error))


def refuse(drive: Drive, command: str, how: str = "person", reason: str = "not here") -> None:
    drive.reply(("Bash", json.dumps({"command": command})))
    drive.resolve(drive.open("tool.resolve_requested"))
    asked = drive.open("permission.asked")
    drive.feed(PermissionAnswered(call=asked, allowed=False, how=how, reason=reason))  # type: ignore[arg-type]


def compact(drive: Drive, summary: str = "the summary", focus: str = "") -> None:
    drive.feed(CommandInvoked(name="compact", argument=focus))
    drive.reply(summary)


def ended(drive: Drive, text: str, stop: StopReason) -> None:
    """The summary ends so."""
    content = (TextBlock(text=text),) if text else ()
    drive.feed(ModelFinished(call=drive.open("model.requested"), content=content, stop=stop, usage=Usage(input=5)))


def listed(drive: Drive, *todos: tuple[str, str]) -> None:
    """The model writes a list of tasks."""
    wanted = [{"content": content, "status": status} for content, status in todos]
    drive.reply(("TodoWrite", json.dumps({"todos": wanted})))
    resolved(drive)


@history
def a_list_that_is_too_long() -> Drive:
    drive = began()
    drive.say("list")
    listed(drive, *((f"{number}" + "t" * 40, "pending") for number in range(60)))
    drive.reply("done")
    compact(drive)
    drive.say("on")
    drive.reply("ok")
    return drive


@history
def what_lists_say_does_not_make_room() -> Drive:
    drive = began(20_000)
    drive.say("list")
    listed(drive, *((f"{number}" + "t" * 150, "pending") for number in range(60)))
    for _ in range(3):
        drive.reply(("TaskList", "{}"))
        resolved(drive)
    for number in range(6):
        call(drive, "Read", {"file_path": f"{number}"}, "x" * 100, tokens=100 if number < 5 else 15_990)
    return going_on(drive)


@history
def a_summary_with_all_that_is_kept() -> Drive:
    drive = began()
    drive.say("first: keep the API")
    listed(drive, ("look", "completed"), ("mend", "pending"))
    call(drive, "Edit", {"file_path": "a", "old_string": "x", "new_string": "y"})
    facts = tuple(
        PathFact(parameter=parameter, given=path, canonical=path, inside=True)
        for parameter, path in (("file_path", "b"), ("to", "c"), ("probe", "d"))
    )
    call(drive, "Copy", {"file_path": "b", "to": "c"}, paths=facts)
    call(drive, "Edit", {"file_path": "a", "old_string": "y", "new_string": "z"})
    fact = PathFact(parameter="to", given="e", canonical="e", inside=True)
    call(drive, "Copy", {"file_path": "b", "to": "e"}, is_error=True, paths=(fact,))
    call(drive, "Copy", {}, paths=())
    refuse(drive, "make  install")
    refuse(drive, "make clean", how="headless", reason="")
    refuse(drive, "make later", how="withdrawn")
    refuse(drive, "m" * 294)
    refuse(drive, "m" * 295)
    drive.reply(("Copy", "{}"))
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=False, how="person"))
    drive.reply("done")
    drive.say("second: no tabs")
    drive.reply("fine")
    compact(drive, " the summary\n", focus="the parser")
    drive.say("third")
    call(drive, "Bash", {"command": "make  install"})
    refuse(drive, "make clean")
    refuse(drive, "rm -rf x" * 60, reason="r" * 400)
    drive.reply("installed")
    compact(drive, "another")
    drive.say("fourth")
    drive.reply("bye")
    return drive


@history
def nothing_is_kept_beside_a_summary() -> Drive:
    drive = began()
    drive.say("only this")
    listed(drive, ("look", "completed"))
    drive.reply("done")
    compact(drive)
    drive.say("more")
    drive.reply("ok")
    return drive


@history
def refusals_that_are_many_and_edits_that_are_many() -> Drive:
    drive = began(window=100_000)
    drive.say("go")
    for number in range(32):
        refuse(drive, f"make {number}")
    for number in range(102):
        fact = PathFact(parameter="file_path", given="a", canonical=f"{number}.py", inside=True)
        call(drive, "Edit", {"file_path": f"{number}.py", "old_string": "x", "new_string": "y"}, paths=(fact,))
    drive.reply("so")
    compact(drive)
    drive.say("on")
    drive.reply("ok")
    return drive


@history
def refused_by_a_mode_and_by_a_rule() -> Drive:
    drive = began(mode="plan")
    drive.say("go")
    drive.reply(("Edit", json.dumps({"file_path": "a", "old_string": "x", "new_string": "y"})))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(ConfigChanged(config=_with_mode(drive, "dontAsk")))
    drive.reply(("Bash", json.dumps({"command": "make"})))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.reply("so")
    compact(drive)
    drive.say("on")
    drive.reply("ok")
    return drive


def _with_mode(drive: Drive, mode: str) -> Any:
    return replace(drive.state.session.settings, mode=mode)  # type: ignore[arg-type]


def words(*sizes: int, window: int = 10_000) -> Drive:
    """Inputs of these sizes, all summarised."""
    drive = began(window)
    for number, size in enumerate(sizes):
        drive.say(f"{number}" + "w" * (size - 1))
        drive.reply("ok")
    compact(drive)
    drive.say("on")
    drive.reply("ok")
    return drive


for _name, _sizes in {
    "three_that_fit": (1_000, 1_000, 2_000),
    "one_too_many": (1_000, 1_001, 2_000),
    "the_first_does_not_fit": (2_001, 500, 2_000),
    "the_last_is_too_long": (100, 4_100),
    "one_that_is_too_long": (5_000,),
    "many_between": (1_000, 900, 900, 900, 1_000),
    "small_ones_between": (1_500, 300, 1_500, 300, 1_500),
}.items():
    HISTORIES[f"words_{_name}"] = partial(words, *_sizes)
HISTORIES["words_in_a_tiny_window"] = partial(words, 400, 400, 400, window=2_400)


@history
def words_beside_the_log() -> Drive:
    drive = began()
    drive.feed(InputReceived(text=Blob(digest="d", size=70_000)))
    drive.reply("hi")
    drive.say("and")
    drive.reply("ok")
    compact(drive)
    return drive


@history
def words_that_stay_with_their_messages() -> Drive:
    drive = began()
    drive.say("first")
    call(drive, "Read", {"file_path": "a"}, "x" * 3_000)
    drive.reply("ok", tokens=7_990)
    drive.say("go on")
    drive.reply("the summary")
    drive.reply("so")
    return drive


@history
def a_summary_taken_back() -> Drive:
    drive = began()
    drive.feed(CommandInvoked(name="uncompact"))
    drive.say("one")
    call(drive, "Read", {"file_path": "a"}, "contents")
    drive.reply("two")
    compact(drive)
    drive.say("three")
    drive.feed(CommandInvoked(name="uncompact"))
    drive.reply("four")
    drive.feed(CommandInvoked(name="uncompact"))
    drive.feed(CommandInvoked(name="uncompact"))
    drive.say("five")
    drive.reply("six", tokens=7_990)
    drive.say("seven")
    drive.reply("a summary of most")
    drive.reply("eight")
    drive.feed(CommandInvoked(name="uncompact"))
    drive.say("nine")
    drive.reply("ten")
    compact(drive)
    drive.feed(CommandInvoked(name="clear"))
    drive.feed(CommandInvoked(name="uncompact"))
    drive.say("eleven")
    return drive


@history
def summaries_that_come_to_nothing() -> Drive:
    drive = began()
    drive.say("one")
    drive.reply("two")
    for text, stop in (("", "end_turn"), (" \n", "end_turn"), ("no", "refusal"), ("half", "max_tokens")):
        drive.feed(CommandInvoked(name="compact", argument="f"))
        ended(drive, text, stop)  # type: ignore[arg-type]
    drive.say("three")
    drive.reply("four")
    return drive


@history
def a_steered_summary_that_overflows() -> Drive:
    drive = began()
    drive.say("hi")
    for number in range(4):
        call(drive, "Read", {"file_path": f"{number}"}, "x" * 2_000)
    drive.reply("ok")
    drive.feed(CommandInvoked(name="compact", argument="the parser"))
    refused = ModelFailed(call=drive.open("model.requested"), failure="context_overflow", message="m")
    drive.feed(refused)
    drive.reply("short")
    drive.say("on")
    drive.reply("ok")
    drive.feed(CommandInvoked(name="compact"))
    drive.reply("again")
    return drive


@history
def a_hook_is_told_what_the_summary_is_to_be_about() -> Drive:
    drive = began(hooks=(Hook(event="PreCompact", command="look", source="s"),))
    drive.say("one")
    drive.reply("two")
    drive.feed(CommandInvoked(name="compact", argument="the parser"))
    drive.feed(HookFinished(call=drive.open("hook.requested"), event="PreCompact", source="s", outcome="answered"))
    drive.reply("short")
    drive.say("three")
    drive.reply("four", tokens=7_990)
    drive.say("five")
    drive.feed(HookFinished(call=drive.open("hook.requested"), event="PreCompact", source="s", outcome="answered"))
    drive.reply("shorter")
    drive.reply("six")
    return drive


@history
def an_agent_keeps_its_task() -> Drive:
    model = Model(provider="test", api="anthropic", name="m", window=10_000, max_output=1_000)
    drive = with_agents(model=model)
    spawn(drive, task("Explore", prompt="Look at everything."))
    (agent,) = at_work(drive)
    look(drive, agent, content="x" * 3_000)
    look(drive, agent, content="x" * 3_000, tokens=7_990)
    drive.reply("a summary", agent=agent)
    drive.reply("seen", agent=agent)
    drive.reply("done")
    return drive


@history
def an_old_session_is_not_steered() -> Drive:
    drive = began(behaviours={**CURRENT, "compaction": 2})
    drive.say("one")
    drive.reply("two")
    drive.feed(CommandInvoked(name="compact", argument="the parser"))
    drive.reply("short")
    drive.say("three")
    drive.reply("four")
    return drive


# --- results that make room ------------------------------------------------------------------------------------------


def many_reads(
    window: int = 20_000,
    size: int = 8_000,
    last: int = 15_990,
    count: int = 8,
    name: str = "Read",
    key: str = "file_path",
) -> Drive:
    drive = began(window)
    drive.say("read all")
    for number in range(count):
        call(drive, name, {key: f"{number}"}, "x" * size, tokens=100 if number < count - 1 else last)
    return drive


def going_on(drive: Drive) -> Drive:
    """Whatever is asked for is given, three times."""
    for _ in range(3):
        if "model.requested" in drive.state.main.pending.calls.values():
            drive.reply("so")
    drive.say("on")
    drive.reply("ok")
    return drive


for _number, _given in enumerate(
    (
        {},
        {"size": 600},
        {"size": 1_000, "count": 40},
        {"size": 999, "count": 40},
        {"count": 5},
        {"count": 7},
        {"count": 16, "window": 30_000, "last": 23_990},
        {"last": 16_010, "count": 6},
        {"last": 19_500},
        {"size": 1_500, "count": 30, "last": 16_365},
        {"name": "Bash", "key": "command"},
        {"name": "Fetch", "key": "url"},
        {"name": "Grep", "key": "pattern"},
        {"name": "Edit", "key": "file_path"},
    )
):
    HISTORIES[f"room_{_number}"] = partial(lambda given: going_on(many_reads(**given)), _given)


def at_the_edge(enough: bool) -> Drive:
    """Results that are just large enough to make room, or just not."""
    low, high = 3_000, 8_000
    while high - low > 1:
        middle = (low + high) // 2
        if isinstance(many_reads(size=middle).state.main.turn, Compacting):
            low = middle
        else:
            high = middle
    return going_on(many_reads(size=high if enough else low))


HISTORIES["room_just_enough"] = partial(at_the_edge, enough=True)
HISTORIES["room_just_not_enough"] = partial(at_the_edge, enough=False)


@history
def results_of_many_kinds_make_room() -> Drive:
    drive = began(20_000)
    drive.say("look at all")
    image = ImageBlock(media_type="image/png", data="AAAA", width=1_500, height=1_500)
    call(drive, "Read", {"file_path": "a.png"}, (image,))
    call(drive, "Read", {"file_path": "b"}, (*texts("x" * 4_000), *texts("y" * 4_000)))
    call(drive, "Read", {"file_path": "c"}, "x" * 9_000, is_error=True)
    call(drive, "Read", {"file_path": "d" * 400}, "x" * 8_500)
    drive.reply(
        ("Fly", "{}"), ("Read", '{"file_path":"e"'), ("Read", '{"file_path":"f"}'), ("Bash", '{"command":"make"}')
    )
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), "z" * 8_100)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    drive.finish(drive.open("tool.started"), "z" * 8_200)
    for number in range(5):
        call(drive, "Read", {"file_path": f"{number}"}, "x" * 100, tokens=100 if number < 4 else 15_990)
    return going_on(drive)


@history
def results_make_room_again_and_again() -> Drive:
    drive = many_reads()
    for number in range(8, 40):
        tokens = drive.state.main.conversation.tokens + 2_000
        call(drive, "Read", {"file_path": f"{number}.py"}, "x" * 4_000, tokens=tokens)
        if isinstance(drive.state.main.turn, Compacting):
            break
    return going_on(drive)


@history
def results_that_nobody_counted_make_room() -> Drive:
    drive = began(20_000)
    drive.say("read all")
    for number in range(9):
        drive.reply(("Read", json.dumps({"file_path": f"{number}"})), tokens=0)
        call_of = drive.open("tool.resolve_requested")
        drive.resolve(call_of)
        drive.finish(drive.open("tool.started"), "x" * 8_000)
    return going_on(drive)


@history
def results_that_nobody_counted_do_not_make_room_enough() -> Drive:
    drive = began(20_000)
    drive.say("read all")
    for number in range(8):
        drive.reply(("Read", json.dumps({"file_path": f"{number}"})), tokens=0)
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"), "x" * (8_000 if number < 7 else 26_000))
    return going_on(drive)


@history
def the_largest_results_make_room_first() -> Drive:
    drive = began(40_000)
    drive.say("read all")
    for number in range(16):
        tokens = 100 if number < 15 else 31_990
        call(drive, "Read", {"file_path": f"{number}"}, "x" * (2_000 + 1_000 * (number * 7 % 16)), tokens=tokens)
    return going_on(drive)


@history
def a_long_conversation_is_restored_and_made_short_again() -> Drive:
    drive = began()
    drive.say("read")
    for number in range(4):
        call(drive, "Read", {"file_path": f"{number}"}, "x" * 9_000)
    drive.reply("read")
    compact(drive)
    drive.feed(CommandInvoked(name="uncompact"))
    drive.say("on")
    return going_on(drive)


@history
def a_summary_of_a_conversation_whose_results_made_room_is_taken_back() -> Drive:
    drive = many_reads()
    drive.reply("read")
    compact(drive)
    drive.feed(CommandInvoked(name="uncompact"))
    drive.say("on")
    drive.reply("ok")
    return drive


def calls_of(drive: Drive) -> list[ToolUseBlock]:
    entries = drive.state.main.conversation.entries
    return [block for entry in entries for block in entry.blocks if isinstance(block, ToolUseBlock)]
