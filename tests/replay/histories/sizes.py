"""What does not fit into the window since sizes are counted in bytes: results, summaries, inputs, and cut calls."""

from __future__ import annotations

from functools import partial
from typing import Any

from claw.decide.behaviour import CURRENT
from claw.decide.sizes import BYTES_PER_TOKEN, overhead
from claw.events.base import Blob
from claw.events.content import TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.model import ModelFailed, ModelFinished, StopReason
from claw.events.session import Model
from tests.pure.drive import Drive
from tests.replay.histories.parts import BASH, HISTORIES, READ_A, answered, failed, history


def now(window: int = 10_000, output: int = 1_000, **settings: Any) -> Drive:
    model = Model(provider="test", api="anthropic", name="m", window=window, max_output=output)
    return Drive(model=model, behaviours=CURRENT, **settings)


def refused(drive: Drive, status: int, failure: str = "invalid_request") -> None:
    call = drive.open("model.requested")
    drive.feed(ModelFailed(call=call, failure=failure, message="no", status=status))  # type: ignore[arg-type]


def asked(drive: Drive) -> bool:
    return "model.requested" in drive.state.main.pending.calls.values()


def hear(drive: Drive, *replies: str, tokens: int = 0) -> None:
    """The model answers as long as it is asked."""
    for reply in replies:
        if asked(drive):
            drive.reply(reply, tokens=tokens)


def read(drive: Drive, content: str, tokens: int = 100) -> None:
    drive.reply(READ_A, tokens=tokens)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), content)


@history
def room_for_one_result_and_for_several() -> Drive:
    drive = now()
    drive.say("hi")
    read(drive, "x" * 4_000, tokens=3_000)
    drive.reply(READ_A, READ_A, READ_A, tokens=6_000)
    for _ in range(3):
        drive.resolve(drive.open("tool.resolve_requested"))
    for _ in range(3):
        drive.finish(drive.open("tool.started"), "y" * 900)
    read(drive, "z", tokens=8_400)
    return drive


@history
def room_for_calls_one_after_the_other() -> Drive:
    drive = now(window=20_000)
    drive.say("\u4e2d" * 5_000)
    drive.reply(BASH, READ_A, BASH, tokens=9_000)
    drive.resolve(drive.open("tool.resolve_requested"))
    answered(drive)
    drive.finish(drive.open("tool.started"), "one")
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), "two" * 1_000)
    drive.resolve(drive.open("tool.resolve_requested"))
    answered(drive)
    drive.finish(drive.open("tool.started"), "three")
    drive.reply("done", tokens=0)
    return drive


def due(missing: int, tokens: int) -> Drive:
    """A conversation that is so many bytes short of the size at which it is compacted, by the count of the last reply
    or, where that is 0, by what claw counts."""
    drive = now()
    drive.say("\u4e2d" * 1_000)
    call = drive.open("model.requested")
    blocks = (ThinkingBlock(text="hm", api="anthropic", opaque="{}"), TextBlock(text=Blob(digest="00", size=20_000)))
    usage = Usage(input=tokens) if tokens else Usage()
    drive.feed(ModelFinished(call=call, content=blocks, stop="end_turn", usage=usage))
    said = (8_000 - tokens) * 4 if tokens else 32_000 - overhead(drive.state, drive.state.main) - 3_000 - 4 - 20_000
    drive.say("q" * (said - missing))
    hear(drive, "summed up", "answer", tokens=1)
    drive.say("more")
    return drive


for _tokens in (0, 5_000, 6_000):
    for _missing in (0, 1):
        HISTORIES[f"due_{_tokens}_{_missing}"] = partial(due, _missing, _tokens)


def far_too_much(*results: int) -> Drive:
    """Results that a window of before had room for, and a summary that overflows until nothing can be left out."""
    drive = now(window=1_000_000)
    for size in results:
        drive.say("read it")
        read(drive, "\u4e2d" * (size // 3) + "x" * (size % 3))
        drive.reply("\u00e9" * 700, tokens=0)
    drive.say("go on")
    while asked(drive):
        failed(drive, "context_overflow")
    drive.say("and now?")
    hear(drive, "an answer", "another")
    return drive


for _number, _results in enumerate([(100,), (40_000,), (9_000, 50_000, 1_000), (1_500,) * 5, (2_000, 999)]):
    HISTORIES[f"far_too_much_{_number}"] = partial(far_too_much, *_results)


def smaller_window(window: int, *results: int) -> Drive:
    """A window that is found too small when its conversation is summarised."""
    drive = now(window=window, output=window // 4)
    for size in results:
        drive.say("read it")
        read(drive, "x" * size, tokens=0)
        if asked(drive):
            drive.reply("noted " * 30, tokens=0)
    drive.say("go on")
    hear(drive, "the summary", "the answer", "and more")
    return drive


for _number, _case in enumerate(
    [(4_000, 60_000), (4_000, 5_000, 6_000, 7_000), (2_000, 900, 900, 900, 3_000), (1_000, 10, 5_000, 20), (1_000, 990)]
):
    HISTORIES[f"smaller_window_{_number}"] = partial(smaller_window, *_case)


def refused_near(tokens: int, status: int, failure: str) -> Drive:
    drive = now()
    drive.say("one")
    read(drive, "r" * 400, tokens=tokens - 110)
    refused(drive, status, failure)
    if asked(drive):
        refused(drive, status, failure)
    if asked(drive):
        drive.reply("the summary")
        refused(drive, status, failure)
    return drive


for _number, _refusal in enumerate(
    [
        (6_000, 400, "invalid_request"),
        (5_999, 400, "invalid_request"),
        (7_000, 413, "invalid_request"),
        (7_000, 422, "invalid_request"),
        (7_000, 401, "invalid_request"),
        (7_000, 400, "auth"),
    ]
):
    HISTORIES[f"refused_near_{_number}"] = partial(refused_near, *_refusal)


@history
def a_summary_that_is_refused_while_it_is_large() -> Drive:
    drive = now()
    drive.say("one")
    for _ in range(3):
        read(drive, "r" * 8_000, tokens=0)
    drive.say("x")
    while asked(drive):
        refused(drive, 400)
    return drive


def a_summary_refused_at(tokens: int) -> Drive:
    """Only while its request nearly fills the window such a refusal is taken for one of the size."""
    drive = now()
    drive.say("one")
    beside = overhead(drive.state, drive.state.main) + len("one") + sum(map(len, READ_A)) + len("sum up")
    read(drive, "r" * (tokens * BYTES_PER_TOKEN - beside), tokens=9_500)
    while asked(drive):
        refused(drive, 400)
    return drive


HISTORIES["a_large_summary_is_refused"] = partial(a_summary_refused_at, 6_000)
HISTORIES["a_small_summary_is_refused"] = partial(a_summary_refused_at, 5_999)


@history
def refused_with_two_inputs() -> Drive:
    drive = now()
    drive.say("x" * 26_000)
    failed(drive, "auth")
    drive.say("and")
    refused(drive, 400)
    hear(drive, "the summary", "the answer")
    return drive


def one_input(size: int, failure: str, window: int = 10_000) -> Drive:
    drive = now(window=window)
    drive.say("x" * size)
    if failure == "refused":
        refused(drive, 400)
    else:
        failed(drive, failure)
    drive.say("shorter")
    hear(drive, "answer", "another")
    drive.say("longer " * 5_000)
    if asked(drive):
        failed(drive, "context_overflow")
    if asked(drive):
        drive.reply("the summary", tokens=0)
    if asked(drive):
        failed(drive, "context_overflow")
    drive.say("last")
    hear(drive, "answer", "another")
    return drive


HISTORIES["one_input_far_too_long"] = partial(one_input, 80_000, "context_overflow")
HISTORIES["one_input_of_a_small_window"] = partial(one_input, 5_000, "context_overflow", 4_900)
HISTORIES["one_input_of_a_fitting_share"] = partial(one_input, 1_001, "context_overflow", 5_000)
HISTORIES["one_input_of_just_the_share"] = partial(one_input, 2_000, "context_overflow")
HISTORIES["one_input_refused"] = partial(one_input, 80_000, "refused")


@history
def one_input_in_the_blob_store() -> Drive:
    drive = now()
    drive.say(Blob(digest="d", size=70_000))
    failed(drive, "context_overflow")
    drive.say("shorter")
    drive.reply("hi", tokens=0)
    return drive


def cut(stop: StopReason, output: int, arguments: str, *, more: bool = False) -> Drive:
    drive = now()
    drive.say("write it")
    call = ToolUseBlock(id="a", name="Read", arguments='{"file_path":"a"}')
    last = TextBlock(text="And") if more else ToolUseBlock(id="b", name="Read", arguments=arguments)
    usage = Usage(input=10, output=output)
    drive.feed(ModelFinished(call=drive.open("model.requested"), content=(call, last), stop=stop, usage=usage))
    while "tool.resolve_requested" in drive.state.main.pending.calls.values():
        drive.resolve(drive.open("tool.resolve_requested"))
    while "tool.started" in drive.state.main.pending.calls.values():
        drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive


WHOLE = '{"file_path":"b"}'
HISTORIES["cut_whole"] = partial(cut, "max_tokens", 5, WHOLE)
HISTORIES["cut_in_the_middle"] = partial(cut, "max_tokens", 1_000, '{"file_path":"b')
HISTORIES["cut_unsaid"] = partial(cut, "tool_use", 1_000, '{"file_path":"b')
HISTORIES["cut_no_limit"] = partial(cut, "tool_use", 999, '{"file_path":"b')
HISTORIES["cut_not"] = partial(cut, "tool_use", 1_000, WHOLE)
HISTORIES["cut_a_text"] = partial(cut, "max_tokens", 1_000, "", more=True)


def cut_by_the_server(words: int, tokens: int, base_url: str) -> Drive:
    model = Model(provider="test", api="openai-chat", name="m", base_url=base_url, window=32_768, max_output=4_096)
    drive = Drive(model=model, behaviours=CURRENT)
    drive.say("word " * (words - 20))
    read(drive, "word " * 5, tokens=tokens)
    drive.reply("done", tokens=tokens - 10)
    return drive


for _number, _case in enumerate(
    [
        (1_100, 300, "http://x"),
        (1_100, 300, ""),
        (900, 300, "http://x"),
        (1_100, 661, "http://x"),
        (1_100, 10, "http://x"),
    ]
):
    HISTORIES[f"cut_by_the_server_{_number}"] = partial(cut_by_the_server, *_case)
