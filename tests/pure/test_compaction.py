"""A long conversation is made short: when, what is kept, and that no call loses its result."""

from __future__ import annotations

from claw import prompt
from claw.events.content import TextBlock, ToolResultBlock, ToolUseBlock
from claw.events.context import CompactionStarted, ContextCompacted
from claw.events.input import CommandInvoked
from claw.events.model import ModelFailed, ModelRequested
from claw.events.session import TurnFinished
from tests.pure.drive import Drive, kinds

READ = ("Read", '{"file_path":"a"}')


def turn(drive: Drive, content: str, tokens: int) -> None:
    """One call of a tool and the result; the model has said that the context is this long."""
    drive.reply(READ, tokens=tokens)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), content)


def long_conversation() -> Drive:
    drive = Drive()
    drive.say("the first words")
    turn(drive, "x" * 100, 1_000)
    turn(drive, "y" * 100, 7_990)
    return drive


def test_a_conversation_near_its_window_is_summarised_before_the_next_request() -> None:
    drive = long_conversation()
    assert kinds([e.data for e in drive.new]) == ["CompactionStarted", "ModelRequested"]
    request = drive.only(ModelRequested)
    assert (request.purpose, request.parameters.tools) == ("compaction", "none")
    assert kinds(drive.reply("a summary")) == ["ContextCompacted", "ModelRequested"]
    first = drive.state.conversation.entries[0]
    assert next(b.text for b in first.blocks if isinstance(b, TextBlock)) == "the first words"
    assert "a summary" in str(first.blocks[1])


def test_calls_and_their_results_stay_together() -> None:
    drive = long_conversation()
    drive.reply("a summary")
    wanted: set[str] = set()
    for entry in drive.state.conversation.entries:
        for block in entry.blocks:
            if isinstance(block, ToolUseBlock):
                wanted.add(block.id)
            if isinstance(block, ToolResultBlock):
                assert block.id in wanted


def test_the_log_keeps_everything() -> None:
    drive = long_conversation()
    before = list(drive.log)
    drive.reply("a summary")
    assert drive.log[: len(before)] == before


def test_an_overflow_leads_to_a_compaction_and_a_second_one_to_the_end() -> None:
    drive = Drive()
    drive.say()
    turn(drive, "x", 100)
    overflow = {"failure": "context_overflow", "message": "too long"}
    drive.feed(ModelFailed(call=drive.open("model.requested"), **overflow))  # type: ignore[arg-type]
    assert drive.only(CompactionStarted).reason == "overflow"
    drive.reply("a summary")
    drive.feed(ModelFailed(call=drive.open("model.requested"), **overflow))  # type: ignore[arg-type]
    assert drive.only(TurnFinished).reason == "overflow"


def test_a_summary_that_overflows_itself_reads_less() -> None:
    drive = Drive()
    drive.say()
    for _ in range(4):
        turn(drive, "x", 100)
    overflow = {"failure": "context_overflow", "message": "too long"}
    drive.feed(ModelFailed(call=drive.open("model.requested"), **overflow))  # type: ignore[arg-type]
    first = drive.only(CompactionStarted).first
    drive.feed(ModelFailed(call=drive.open("model.requested"), **overflow))  # type: ignore[arg-type]
    assert drive.only(CompactionStarted).first > first


def test_the_command_compacts_everything_and_ends_there() -> None:
    drive = Drive()
    drive.say()
    drive.reply("hi")
    assert kinds(drive.feed(CommandInvoked(name="compact"))) == ["CompactionStarted", "ModelRequested"]
    assert kinds(drive.reply("a summary")) == ["ContextCompacted", "TurnFinished"]
    assert len(drive.state.conversation.entries) == 1
    assert drive.state.pending.quiet


def test_there_may_be_nothing_to_compact() -> None:
    drive = Drive()
    drive.feed(CommandInvoked(name="compact"))
    assert "nothing to compact" in drive.only(TurnFinished).message


def test_an_empty_summary_fails_the_turn_and_keeps_the_conversation() -> None:
    drive = long_conversation()
    entries = drive.state.conversation.entries
    drive.reply("")
    assert drive.only(TurnFinished).reason == "failed"
    assert drive.state.conversation.entries == entries


def test_a_cleared_conversation_is_empty_for_the_model_only() -> None:
    drive = Drive()
    drive.say("secret plan")
    drive.reply("hi")
    drive.feed(CommandInvoked(name="clear"))
    drive.say("next")
    call = drive.only(ModelRequested)
    assert all("secret" not in str(m) for m in prompt.build(drive.state, call).messages)


def test_compaction_events_name_what_they_kept() -> None:
    drive = long_conversation()
    started = drive.only(CompactionStarted)
    drive.reply("a summary")
    assert drive.only(ContextCompacted).keep_from == started.keep_from
