"""What a summary leaves in the conversation, how it is taken back, and what makes room before one is needed."""

from __future__ import annotations

import json

from claw import prompt
from claw.events.content import TextBlock, ToolResultBlock, Usage
from claw.events.context import CompactionStarted, ContextCompacted, ContextRestored, ResultsCleared
from claw.events.input import CommandInvoked
from claw.events.model import ModelFinished, ModelRequested
from claw.events.session import TurnFinished
from tests.pure.drive import Drive, kinds
from tests.pure.test_compaction import check_pairs
from tests.replay.histories.keeping import began, call, calls_of, many_reads, refuse


def texts(drive: Drive, entry: int = 0) -> list[str]:
    blocks = drive.state.main.conversation.entries[entry].blocks
    return [str(block.text) for block in blocks if isinstance(block, TextBlock)]


def compacted(drive: Drive, summary: str = "the summary", focus: str = "") -> ContextCompacted:
    drive.feed(CommandInvoked(name="compact", argument=focus))
    drive.reply(summary)
    return drive.only(ContextCompacted)


def test_what_the_user_said_what_was_changed_and_what_was_refused_outlive_two_summaries() -> None:
    drive = began()
    drive.say("first: keep the API")
    call(drive, "Edit", {"file_path": "a", "old_string": "x", "new_string": "y"})
    refuse(drive, "make  install")
    drive.reply("done")
    drive.say("second: no tabs")
    drive.reply("fine")
    event = compacted(drive)
    assert event.before > 0 < event.after
    once = texts(drive)
    assert once[1:3] == ["first: keep the API", "second: no tabs"]
    assert "Files that calls have changed:\na" in once[-1]
    assert "Bash(make install): The user refused this call: not here" in once[-1]
    drive.say("third")
    call(drive, "Bash", {"command": "make  install"})
    drive.reply("installed")
    compacted(drive, "another")
    twice = texts(drive)
    assert twice[1:4] == ["first: keep the API", "second: no tabs", "third"]
    assert "the summary" not in "".join(twice)
    assert "make install" not in twice[-1], "it was allowed since"


def test_of_more_words_than_there_is_room_for_the_last_and_the_first_stay() -> None:
    drive = began()
    for number in range(6):
        drive.say(f"{number}" + "w" * 1_500)
        drive.reply("ok")
    compacted(drive)
    assert [text[0] for text in texts(drive)[1:-1]] == ["0", "5"]
    one = began()
    one.say("a" * 9_000)
    one.reply("ok")
    compacted(one)
    (said,) = texts(one)[1:-1]
    assert "bytes left out here" in said
    assert len(said) < 4_200


def test_words_that_stay_with_their_message_are_not_said_twice() -> None:
    drive = began()
    drive.say("the first words")
    call(drive, "Read", {"file_path": "a"}, "x" * 3_000)
    drive.reply("ok", tokens=7_990)
    drive.say("go on")
    assert drive.only(CompactionStarted).keep_from is not None
    drive.reply("the summary")
    said = str(prompt.build(drive.state, drive.state.main, drive.only(ModelRequested)))
    assert said.count("go on") == 1
    assert said.count("the first words") == 1


def test_a_focus_reaches_the_model_and_no_later_summary() -> None:
    drive = began()
    drive.say("hi")
    drive.reply("hello")
    drive.feed(CommandInvoked(name="compact", argument="the parser"))
    asked = prompt.build(drive.state, drive.state.main, drive.only(ModelRequested))
    assert str(asked.messages[-1].blocks).count("above all else: the parser") == 1
    drive.reply("s")
    drive.say("more")
    drive.reply("ok")
    drive.feed(CommandInvoked(name="compact"))
    assert drive.only(CompactionStarted).focus == ""


def test_a_summary_is_taken_back_with_what_came_since() -> None:
    drive = began()
    drive.say("one")
    call(drive, "Read", {"file_path": "a"}, "contents")
    drive.reply("two")
    before = drive.state.main.conversation
    compacted(drive)
    drive.say("three")
    drive.reply("four")
    since = drive.state.main.conversation.entries[1:]
    assert kinds(drive.feed(CommandInvoked(name="uncompact"))) == ["ContextRestored"]
    now = drive.state.main.conversation
    assert now.entries == (*before.entries, *since)
    assert now.bytes == sum(entry.bytes for entry in now.entries)
    assert drive.feed(CommandInvoked(name="uncompact")) == []
    drive.say("five")
    messages = list(prompt.build(drive.state, drive.state.main, drive.only(ModelRequested)).messages)
    check_pairs(messages)
    assert "the summary" not in str(messages)


def test_a_cut_or_refused_or_empty_summary_is_said_and_the_session_goes_on() -> None:
    drive = began()
    drive.say("one")
    drive.reply("two")
    for content, stop, said in (((), "end_turn", "gave no summary"), ((TextBlock(text="no"),), "refusal", "refused")):
        drive.feed(CommandInvoked(name="compact"))
        drive.feed(ModelFinished(call=drive.open("model.requested"), content=content, stop=stop, usage=Usage()))  # type: ignore[arg-type]
        end = drive.only(TurnFinished)
        assert end.reason == "failed"
        assert said in end.message
        assert "/clear" in end.message
        assert len(drive.state.main.conversation.entries) == 2
    drive.feed(CommandInvoked(name="compact"))
    drive.reply("half a summ", stop="max_tokens")
    assert "half a summ\n\n[The summary ends here" in "".join(texts(drive))
    assert drive.state.main.quiet


# --- results that make room ------------------------------------------------------------------------------------------


def results(drive: Drive) -> list[str]:
    entries = drive.state.main.conversation.entries
    return [
        str(part.text)
        for entry in entries
        for block in entry.blocks
        if isinstance(block, ToolResultBlock)
        for part in block.content
        if isinstance(part, TextBlock)
    ]


def test_old_results_go_before_a_summary_is_needed_and_the_model_is_told_what_was_there() -> None:
    drive = many_reads()
    cleared = drive.only(ResultsCleared)
    assert len(cleared.results) == 2
    assert kinds([one.data for one in drive.new])[-1] == "ModelRequested"
    assert drive.only(ModelRequested).purpose == "turn"
    assert results(drive)[0] == (
        "[claw: the output of Read(0), 8 kB, was cleared to make room; call it again if you need it]"
    )
    assert [len(result) for result in results(drive)[2:]] == [8_000] * 6
    check_pairs(list(prompt.build(drive.state, drive.state.main, drive.only(ModelRequested)).messages))
    conversation = drive.state.main.conversation
    assert conversation.bytes == sum(entry.bytes for entry in conversation.entries)
    assert conversation.tokens == 16_000 - cleared.freed


def test_where_too_little_would_go_a_summary_is_made() -> None:
    drive = many_reads(size=600)
    assert kinds([one.data for one in drive.new]) == ["CompactionStarted", "ModelRequested"]


def test_the_last_results_stay_and_so_do_errors() -> None:
    assert many_reads(count=5).only(CompactionStarted)
    drive = began(20_000)
    drive.say("read all")
    for number in range(10):
        tokens = 100 if number < 9 else 15_990
        call(drive, "Read", {"file_path": f"{number}"}, "x" * 8_000, tokens=tokens, is_error=number == 1)
    assert ["cleared" in result for result in results(drive)] == [number in (0, 2, 3) for number in range(10)]


def test_what_a_command_did_stands_though_its_output_goes() -> None:
    drive = began(20_000)
    drive.say("build")
    for number in range(8):
        command = {"command": f"make {number}"}
        call(drive, "Bash", command, "x" * 8_000, tokens=100 if number < 7 else 15_990)
    assert "Bash(make 0), 8 kB, was cleared to make room; what it did stands]" in results(drive)[0]


def test_it_happens_rarely() -> None:
    drive = many_reads()
    cleared = 0
    for number in range(8, 60):
        tokens = drive.state.main.conversation.tokens + 2_000
        call(drive, "Read", {"file_path": f"{number}.py"}, "x" * 4_000, tokens=tokens)
        cleared += any(isinstance(one.data, ResultsCleared) for one in drive.new)
        if any(isinstance(one.data, CompactionStarted) for one in drive.new):
            break
        assert drive.open("model.requested")
    assert 0 < cleared < number // 3


def test_a_call_is_known_by_the_message_before_its_result() -> None:
    """Ids are a provider's, and may come again."""
    drive = many_reads()
    names = [json.loads(b.arguments)["file_path"] for b in calls_of(drive)]
    assert names[:2] == ["0", "1"]
    assert "Read(1)" in results(drive)[1]


def test_a_restored_event_names_the_summary_it_takes_back() -> None:
    drive = began()
    drive.say("one")
    drive.reply("two")
    compacted(drive)
    summary = next(one.seq for one in drive.log if isinstance(one.data, ContextCompacted))
    drive.feed(CommandInvoked(name="uncompact"))
    assert drive.only(ContextRestored).compacted == summary
