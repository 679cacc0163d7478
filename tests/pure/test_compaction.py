"""A long conversation is made short: when, what is kept, and that no call loses its result."""

from __future__ import annotations

from claw import prompt
from claw.events.base import Blob
from claw.events.content import Message, TextBlock, ToolResultBlock, ToolUseBlock
from claw.events.context import CompactionStarted, ContextCompacted
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.model import ModelFailed, ModelRequested
from claw.events.session import SessionForked, TurnFinished
from tests.pure.drive import Drive, kinds, started

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
    first = drive.state.main.conversation.entries[0]
    assert next(b.text for b in first.blocks if isinstance(b, TextBlock)) == "the first words"
    assert "a summary" in str(first.blocks[1])


def test_calls_and_their_results_stay_together() -> None:
    drive = long_conversation()
    drive.reply("a summary")
    wanted: set[str] = set()
    for entry in drive.state.main.conversation.entries:
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
    assert len(drive.state.main.conversation.entries) == 1
    assert drive.state.main.quiet


def test_there_may_be_nothing_to_compact() -> None:
    drive = Drive()
    drive.feed(CommandInvoked(name="compact"))
    assert "nothing to compact" in drive.only(TurnFinished).message


def test_an_empty_summary_fails_the_turn_and_keeps_the_conversation() -> None:
    drive = long_conversation()
    entries = drive.state.main.conversation.entries
    drive.reply("")
    assert drive.only(TurnFinished).reason == "failed"
    assert drive.state.main.conversation.entries == entries


def test_a_cleared_conversation_is_empty_for_the_model_only() -> None:
    drive = Drive()
    drive.say("secret plan")
    drive.reply("hi")
    drive.feed(CommandInvoked(name="clear"))
    drive.say("next")
    call = drive.only(ModelRequested)
    assert all("secret" not in str(m) for m in prompt.build(drive.state, drive.state.main, call).messages)


def requested_messages(drive: Drive) -> list[Message]:
    """What the open model call was sent; an open compaction's request does not change the conversation."""
    return list(prompt.build(drive.state, drive.state.main, drive.only(ModelRequested)).messages)


def test_a_second_compaction_reads_what_the_first_left() -> None:
    drive = long_conversation()
    drive.reply("summary one")
    turn(drive, "z" * 100, 1_000)
    turn(drive, "w" * 100, 7_990)
    assert kinds([e.data for e in drive.new]) == ["CompactionStarted", "ModelRequested"]
    assert "summary one" in str(requested_messages(drive))
    before = len(drive.state.main.conversation.entries)
    drive.reply("summary two")
    entries = drive.state.main.conversation.entries
    assert len(entries) < before
    assert "summary one" not in str(entries)


def test_an_input_typed_while_a_tool_ran_does_not_part_the_call_from_its_result() -> None:
    drive = Drive()
    drive.say("first")
    turn(drive, "a" * 2_000, 1_000)
    drive.reply(READ, tokens=7_990)
    drive.say("typed meanwhile")
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"), "x" * 100)
    check_pairs(requested_messages(drive)[:-1])
    drive.reply("a summary")
    check_pairs(requested_messages(drive))


def check_pairs(messages: list[Message]) -> None:
    """Every call is answered in the next message, and no answer stands alone."""
    open_calls: set[str] = set()
    for message in messages:
        answered = {block.id for block in message.blocks if isinstance(block, ToolResultBlock)}
        assert answered == open_calls
        open_calls = {block.id for block in message.blocks if isinstance(block, ToolUseBlock)}
    assert not open_calls


def test_long_first_words_are_kept_by_reference() -> None:
    drive = Drive()
    drive.feed(InputReceived(text=Blob(digest="d", size=70_000)))
    drive.reply("hi")
    drive.feed(CommandInvoked(name="compact"))
    drive.reply("a summary")
    first = drive.state.main.conversation.entries[0].blocks[0]
    assert isinstance(first, TextBlock)
    assert first.text == Blob(digest="d", size=70_000)


def test_a_compaction_can_be_called_off() -> None:
    drive = long_conversation()
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ModelFailed(call=drive.open("model.requested"), failure="interrupted", message="m"))
    assert drive.only(TurnFinished).reason == "interrupted"
    assert drive.state.main.quiet


def test_a_fork_of_a_compaction_by_command_waits_for_an_input() -> None:
    drive = Drive()
    drive.say()
    drive.reply("hi")
    drive.feed(CommandInvoked(name="compact"))
    runtime = started().runtime
    drive.feed(SessionForked(session="f", parent="s", seq=0, chain="", runtime=runtime, workspace="/w"))
    assert drive.state.main.quiet


def test_compaction_events_name_what_they_kept() -> None:
    drive = long_conversation()
    started = drive.only(CompactionStarted)
    drive.reply("a summary")
    assert drive.only(ContextCompacted).keep_from == started.keep_from
