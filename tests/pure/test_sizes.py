"""Nothing that is larger than the window ends a session: results, a summary's request, a message."""

from __future__ import annotations

import pytest

from claw import prompt
from claw.decide import sizes
from claw.decide.behaviour import CURRENT
from claw.events.base import Blob
from claw.events.content import ToolResultBlock, ToolUseBlock, Usage
from claw.events.context import CompactionStarted
from claw.events.input import CommandInvoked
from claw.events.model import ModelFailed, ModelFinished, ModelRequested, StopReason
from claw.events.results import in_words
from claw.events.session import Model, TurnFinished
from claw.events.tool import ToolRequested, ToolStarted
from claw.projections.cutting import cut
from tests.pure.drive import Drive, kinds
from tests.pure.test_compaction import READ, check_pairs


def now(window: int = 10_000, output: int = 1_000) -> Drive:
    model = Model(provider="test", api="anthropic", name="m", window=window, max_output=output)
    return Drive(model=model, behaviours=CURRENT)


def overflow(drive: Drive, said: str = "too long") -> None:
    drive.feed(ModelFailed(call=drive.open("model.requested"), failure="context_overflow", message=said, status=400))


def sent(drive: Drive) -> int:
    """Bytes of what the open model call was sent."""
    return len(str(prompt.build(drive.state, drive.state.main, drive.only(ModelRequested)).messages).encode())


def test_results_of_one_reply_share_what_is_free_of_the_window() -> None:
    drive = now()
    drive.say()
    drive.reply(READ, READ, READ, tokens=6_000)
    for _ in range(3):
        drive.resolve(drive.open("tool.resolve_requested"))
    rooms = [e.data.room for e in drive.log if isinstance(e.data, ToolStarted)]
    assert all(room is not None and sizes.LEAST_ROOM <= room <= 10_000 for room in rooms)
    assert sum(room or 0 for room in rooms) <= (10_000 - 1_000 - 6_000) * 4


def test_a_full_window_leaves_a_little_room() -> None:
    drive = now()
    drive.say()
    drive.reply(READ, tokens=9_990)
    drive.resolve(drive.open("tool.resolve_requested"))
    assert drive.only(ToolStarted).room == sizes.LEAST_ROOM


def test_old_sessions_know_no_room() -> None:
    drive = Drive()
    drive.say()
    drive.reply(READ)
    drive.resolve(drive.open("tool.resolve_requested"))
    assert drive.only(ToolStarted).room is None


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\u4e2d"])
def test_a_result_larger_than_the_window_is_cut_for_the_summary(letter: str) -> None:
    drive = now()
    drive.say("first")
    drive.reply(READ, tokens=0)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), letter * 100_000)
    assert kinds([e.data for e in drive.new]) == ["CompactionStarted", "ModelRequested"]
    assert drive.only(CompactionStarted).limit is not None
    assert sent(drive) < 10_000 * 4
    drive.reply("a summary", tokens=0)
    assert drive.only(ModelRequested).purpose == "turn"
    assert sent(drive) < 4_000


def test_the_longest_results_are_cut_first() -> None:
    drive = now(window=1_000_000)
    drive.say("first")
    for content in ("short one", "L" * 90_000, "short two"):
        drive.reply(READ, tokens=0)
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"), content)
    overflow(drive)
    overflow(drive)
    blocks = [
        block
        for message in prompt.build(drive.state, drive.state.main, drive.only(ModelRequested)).messages
        for block in message.blocks
    ]
    results = [in_words(block.content, str) for block in blocks if isinstance(block, ToolResultBlock)]
    assert results[0] == "short one"
    assert len(results[1]) < 50_000
    assert "bytes left out here" in results[1]


def test_the_command_ends_with_its_summary_however_often_that_was_asked_for() -> None:
    drive = now(window=1_000_000)
    drive.say("read")
    drive.reply(READ, tokens=0)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), "x" * 40_000)
    drive.reply("noted", tokens=0)
    drive.feed(CommandInvoked(name="compact"))
    for _ in range(2):
        overflow(drive)
        assert drive.only(CompactionStarted).reason == "command"
    assert kinds(drive.reply("a summary")) == ["ContextCompacted", "TurnFinished"]


def test_a_summary_that_never_fits_ends_the_turn_and_not_the_session() -> None:
    drive = now(window=1_000_000)
    for size in (100, 40_000, 900, 70_000):
        drive.say("read")
        drive.reply(READ, tokens=0)
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"), "x" * size)
        drive.reply("noted", tokens=0)
    drive.say("go on")
    asked = 0
    while "model.requested" in drive.state.main.pending.calls.values():
        check_pairs(list(prompt.build(drive.state, drive.state.main, drive.only(ModelRequested)).messages)[:-1])
        overflow(drive)
        asked += 1
    assert 3 < asked < 25
    assert drive.only(TurnFinished).reason == "overflow"
    assert sum(sizes.longest([entry]) for entry in drive.state.main.conversation.entries) < 12_000
    drive.say("and now?")
    drive.reply("an answer")
    assert drive.only(TurnFinished).reason == "done"


def test_an_overlong_first_message_is_told_with_both_limits_and_the_next_one_is_answered() -> None:
    drive = now()
    drive.say("x" * 60_000)
    overflow(drive, "maximum context length is 8192 tokens")
    end = drive.only(TurnFinished)
    assert end.reason == "overflow"
    for word in ("The message", " 15061 tokens", "10000 tokens", "1000 of them", "maximum context length is 8192"):
        assert word in end.message, end.message
    drive.say("something else")
    assert sent(drive) < 4_000
    drive.reply("an answer")
    assert drive.only(TurnFinished).reason == "done"


def test_an_overlong_later_message_leaves_the_session_alive() -> None:
    drive = now()
    drive.say("first")
    drive.reply("hi", tokens=100)
    drive.say("x" * 60_000)
    drive.reply("a summary of what was before", tokens=0)
    overflow(drive)
    assert "The message" in drive.only(TurnFinished).message
    drive.say("something else")
    assert sent(drive) < 6_000


def test_overlong_first_words_do_not_come_back_with_each_summary() -> None:
    for words in ("x" * 30_000, Blob(digest="d", size=70_000)):
        drive = now()
        drive.say(words)
        drive.reply("hi", tokens=8_100)
        drive.say("next")
        drive.reply("a summary", tokens=0)
        assert sent(drive) < 5_000


def test_a_server_that_reports_no_usage_has_its_requests_counted() -> None:
    drive = now()
    for _ in range(4):
        drive.say("x" * 8_000)
        if drive.only(ModelRequested).purpose == "compaction":
            return
        drive.feed(ModelFinished(call=drive.open("model.requested"), content=(), stop="end_turn", usage=Usage()))
    raise AssertionError("the conversation is four times the window, and nothing was compacted")


@pytest.mark.parametrize(
    ("status", "tokens", "compacts"),
    [(400, 7_000, True), (422, 7_000, True), (400, 300, False), (401, 7_000, False)],
)
def test_a_refusal_in_unknown_words_is_one_of_the_size_where_the_window_is_nearly_full(
    status: int, tokens: int, compacts: bool
) -> None:
    drive = now()
    drive.say()
    drive.reply(READ, tokens=tokens)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), "r")
    call = drive.open("model.requested")
    drive.feed(ModelFailed(call=call, failure="invalid_request", message="computer says no", status=status))
    assert any(isinstance(e.data, CompactionStarted) for e in drive.new) == compacts
    if not compacts:
        assert drive.only(TurnFinished).message == "computer says no"


@pytest.mark.parametrize(
    ("stop", "output", "arguments", "told"),
    [
        ("max_tokens", 5, '{"file_path":"b"}', "cut at its limit of 1000 tokens"),
        ("max_tokens", 1_000, '{"file_path":"b', "cut at its limit of 1000 tokens"),
        ("max_tokens", 1_000, "", "cut at its limit of 1000 tokens"),
        ("tool_use", 1_000, '{"file_path":"b', "cut at its limit of 1000 tokens"),
        ("tool_use", 20, '{"file_path":"b', "arguments are not valid"),
        ("tool_use", 1_000, '{"file_path":"b"}', ""),
    ],
)
def test_a_call_that_the_token_limit_cut_is_told_so_and_not_run(
    stop: StopReason, output: int, arguments: str, told: str
) -> None:
    drive = now()
    drive.say()
    calls = tuple(ToolUseBlock(id=id, name="Read", arguments=text) for id, text in (("a", "{}"), ("b", arguments)))
    usage = Usage(input=10, output=output)
    drive.feed(ModelFinished(call=drive.open("model.requested"), content=calls, stop=stop, usage=usage))
    first, last = [e.data for e in drive.new if isinstance(e.data, ToolRequested)]
    assert not first.error, "the call before it is whole"
    assert told in last.error
    assert bool(last.error) == bool(told)


@pytest.mark.parametrize("text", ["x" * 5_000, "\u4e2d" * 5_000, "\U0001f600" * 999])
def test_what_is_cut_keeps_its_beginning_and_its_end(text: str) -> None:
    short = cut(text, 1_500)
    assert isinstance(short, str)
    assert short[:100] == text[:100]
    assert short[-100:] == text[-100:]
    assert len(short.encode()) < 1_700
    assert cut("short", 1_500) == "short"
    assert cut(Blob(digest="d", size=9_000), 1_500) == "[9000 bytes left out here: too much for the model's window]"


@pytest.mark.parametrize(("words", "tokens", "told"), [(2_000, 1_000, True), (2_000, 1_900, False), (500, 20, False)])
@pytest.mark.parametrize("base_url", ["http://127.0.0.1:11434/v1", ""])
def test_a_server_that_cuts_without_a_word_is_noticed(words: int, tokens: int, told: bool, base_url: str) -> None:
    model = Model(provider="test", api="openai-chat", name="m", base_url=base_url, window=32_768, max_output=4_096)
    drive = Drive(model=model, behaviours=CURRENT)
    drive.say("word " * words)
    drive.reply("done", tokens=tokens)
    end = drive.only(TurnFinished)
    assert end.reason == "done"
    assert ("num_ctx" in end.message) == (told and base_url != "")
