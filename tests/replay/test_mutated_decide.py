"""Replay bites: change one thing in the code that decides, and some session no longer comes out as it was recorded.

About a sixth of the changes is tried here, all of them in the long run (CLAW_FUZZ=long). Which ones, their own lines
say, so that a new line changes nothing about the others. Those that no session can notice are listed with the reason.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw import log
from claw.projections.state import INITIAL, fold
from claw.replay import replay
from tests.replay import mutants
from tests.replay.goldens import SESSIONS, golden, in_memory, rewrite
from tests.replay.histories import HISTORIES, write_all
from tests.replay.mutants import CLAW, Mutant
from tests.replay.test_policy import OTHER, judged_otherwise, under, with_rules_that_can_be_read

LONG = os.environ.get("CLAW_FUZZ") == "long"

UNNOTICED: dict[str, dict[str, str]] = {
    "decide/agents.py": {
        "event.agent_call >= 0": "no call is event 0 or 1",
        "prompt=event.text": "what an agent is told of its task is never in the blob store",
    },
    "decide/behaviour.py": {
        '"compaction": range(1, 4)': "the newest number, which is recorded and not decided by",
        "range(2, 4)": "the newest number, which is recorded and not decided by",
        "range(1, 3)": "the newest number, which is recorded and not decided by",
        'f"{part} {number}"': "the words of a message",
        "range(0)": "the empty range of an unknown part",
        "numbers[-1]": "the newest number, which is recorded and not decided by",
        "if runtime else 1": "a session always has a runtime",
    },
    "decide/clock.py": {"": "held by tests/pure/test_clock.py, against the calendar of the standard library"},
    "decide/clearing.py": {
        "freed * 100 >= window * GOAL_PERCENT": "one result more or less, at a token of half a window"
    },
    "projections/tools.py": {
        "altered=tools.altered, asked=tools.asked)": "a search is over before a question is asked"
    },
    "decide/mcp.py": {
        "link.call < 0": "no connection is event 0 or 1",
        "link.call >= 0": "no connection is event 0 or 1",
        "state.mcp.timer < 0": "no timer is event 0 or 1",
        "FIRST_DELAY_MS << max(0": "a connection that was lost has been tried once",
    },
    "decide/told.py": {'_ERRORS.get(event.failure or "", "unknown")': "a turn that fails has a failure with a name"},
    "decide/keeping.py": {"compacted(conversation, -1, event)": "a message that is only measured may have any number"},
    "decide/flow.py": {
        "return [too_long(state, agent)]": "a conversation of one entry is ended before",
        'said: str = ""': "a conversation of one entry is ended before",
        "sizes.LEAST < share < longest": "a byte of an estimate",
    },
    "decide/hooks.py": {
        "call.key < since": "no call begins with the event that configures hooks",
        "call.request > since": "no call begins with the event that configures hooks",
    },
    "decide/limits.py": {"Shared: TypeAlias": "a type"},
    "decide/loops.py": {
        "while place > 0": "the first entry is the user's",
        "count, first, name, known = 0": "read only where a call was repeated",
        "not all(call.id in given": "a reply with calls is followed by the results of all of them",
    },
    "decide/model.py": {"session.runtime.seed": "a session always has a runtime"},
    "decide/permission.py": {
        "[*grants, {": "where a grant of before named the line, nobody was asked about it",
        'order="deterministic"': "what is asked of policy has its fields in one order already",
        "isinstance(started, ToolStarted) else [started]": "policy that judges a call can read the rules it has",
        'verdict.get("unresolved")': "a command with a path that is not known asks by itself, and not by the mode",
        'verdict.get("rule") or ""': "the verdict always has it where it is not empty",
        'verdict.get("source") or ""': "the verdict always has a source",
        'verdict.get("part") or ""': "the verdict always has a part where it is not empty",
        'verdict.get("reason") or ""': "the verdict always has a reason",
    },
    "decide/questions.py": {"strict=False": "each question has an answer"},
    "decide/retry.py": {
        "LEAST_HELD": "a millisecond",
        "held.get(service_of": "a nanosecond of 1970",
        "(until - state.now)": "a nanosecond",
        "session.runtime.seed": "a session always has a runtime",
        "0xFFFF_FFFF": "less than a millisecond in a minute",
    },
    "decide/scheduling.py": {
        "TOGETHER: tuple[Footprint": "no built-in tool declares that it reaches the network only",
        "call.request >= 0": "no request is event 0 or 1",
    },
    "decide/typed.py": {"call.request < 0": "no request is event 0 or 1"},
    "decide/sizes.py": {
        "return max(0, (model.window": "a byte of an estimate",
        "if sum(texts) <= room_for_texts": "a byte of an estimate",
        "if limit >= LEAST": "a byte of an estimate",
        "default=0)": "there is always an entry with a text, and a level is asked for where not all texts fit",
        "estimated // 2": "a share of an estimate",
        "range(len(entries), 0, -1)": "the first entry is the user's",
        "(len(entries) + 1) // 2": "which half has the one in the middle",
        "it seems to have cut it": "the words of a message",
        "without saying so": "the words of a message",
        "CLAW_CONTEXT_WINDOW say how": "the words of a message",
        "FEW_WORDS": "a word of an estimate",
        "COUNTED_PERCENT": "a share of an estimate",
    },
    "decide/step.py": {
        "LONGEST = 10_000": "no step is that long",
        "> LONGEST": "no step is that long",
        "does not end": "the words of a message",
        "return not is_folded(kind)": "held by tests/replay/test_inert.py",
    },
    "decide/tasks.py": {"one not in seen and one in listed": "none comes before itself, or after one that is gone"},
    "decide/waiting.py": {
        "max(0, state.now - call.since)": "a nanosecond",
        "if not now < until <=": "a nanosecond",
    },
    "decide/titles.py": {
        "state.titles.call >= 0": "no call is event 0 or 1",
        "_AROUND = ": "one letter more or less that is no part of a title",
    },
    "prompt/first.py": {
        "phase=": "held by tests/pure/test_first_digest.py",
        "opaque=": "held by tests/pure/test_first_digest.py",
        'texts[0] if texts else ""': "held by tests/pure/test_first_digest.py",
    },
    "prompt/__init__.py": {
        'order="deterministic"': "what is encoded has its fields in one order already",
        "return digest(state, agent, model": "`digest_of` is for `claw show`, and tested there",
        "model = Model(provider=intent.provider": "`digest_of` is for `claw show`, and tested there",
        "make_entry(-1": "an entry's seq is not part of its digest",
        "return tuple(parts)": "a list is encoded as a tuple is",
        'purpose: Purpose = "turn") -> Model': "all but a compaction ask the same model",
        "session.runtime.platform": "a session always has a runtime",
    },
    "projections/schedules.py": {
        'project: str = ""': "of the user's own alone",
        'digest: str = ""': "no decision reads it",
        "digest=event.digest": "no decision reads it",
        "0 < schedule.until <= now": "a nanosecond",
        "replace(one, since=at)": "no decision reads when a time was over",
        "replace(schedules, own=own)": "no decision reads when a time was over",
        "_over(schedules, {missed": "no decision reads when a time was over",
    },
    "events/results.py": {
        "PIXELS_PER_TOKEN": "a token of an estimate",
        "Cut: TypeAlias": "a type",
        'data.rstrip("=")': "a byte of an estimate",
        " <= limit": "a byte of an estimate",
        "return tuple(kept)": "a list is encoded as a tuple is",
        "waiting": "a byte of an estimate, and less than LEAST is as good as nothing",
        "max(sizes, default=0)": "a level is asked for where not all texts fit",
        "block.title": "words, held by tests/events/test_results.py",
        "block.pages else": "words, held by tests/events/test_results.py",
        "block.size is None": "words, held by tests/events/test_results.py",
        "block.name": "words, held by tests/events/test_results.py",
        "({said})": "words, held by tests/events/test_results.py",
        "in_words": "for people and for hooks",
        "load(block.text)": "for people and for hooks",
        "count": "words, held by tests/events/test_results.py",
    },
    "projections/budget.py": {
        "asked: int = 0": "a question sets it",
        "loop: int = -1": "any number that no event has will do",
        "loop_most: int = 0": "a notice sets it",
        "turns: int = 0": "an input sets it",
        "nusd: int = 0": "session.started sets it",
        "tokens: int = 0": "session.started sets it",
        "before: int = 0": "a nanosecond",
        "since: int = 0": "session.started and agent.spawned set it",
        "seen: int = 0": "session.started and agent.spawned set it",
        "unpriced: bool = False": "session.started sets it",
        "counted: bool = False": "a request sets it",
        "counted=False": "a request comes before it is read again",
    },
    "projections/typed.py": {
        'name=""': "whoever requests the call names its tool",
        'if call.wanted else ""': "what a person has typed is for something",
        "strict=True": "each item has a call",
        'if isinstance(text, str) else ""': "such a call has no room for a text of that size",
    },
    "projections/conversation.py": {
        "return first.text if": "an input begins with a text",
        "plan_is_answer: bool = False": "a request sets it",
        'aside: Content = ""': "a question sets it before it is read",
        'first_words: Content = ""': "any input sets it; without one there is no compaction",
        "tokens: int = 0": "a reply sets it before a compaction can be due",
        'focus: str = ""': "a command sets it before it is read",
        "unmeasured=conversation.unmeasured": "until the next reply, which sets it, for people",
        "unmeasured: int = 0": "a reply sets it before a compaction can be due",
        "tokens=0, unmeasured=": "until the next reply, which sets both, no compaction is due again",
        "entries=entries, bytes=weight": "held by test_a_conversation_is_as_large_as_its_entries",
    },
    "projections/conversation_calls.py": {
        "return close(conversation, seq, call, told, True)": "what the person has run is told as a text",
        'advance("asked"': "a stage is read as wanted, resolved, allowed and started only",
        'stage="done"': "a stage is read as wanted, resolved, allowed and started only",
        'advance("resolving"': "a stage is read as wanted, resolved, allowed and started only",
    },
    "projections/conversation_changes.py": {
        "max(1, conversation.tokens - event.freed)": "a token of an estimate",
        "unmeasured=conversation.unmeasured": "until the next reply, which sets it, for people",
        "first_words=words, folded=folded": "cut once more with the next summary, it is the same",
        "replace(conversation, first_words=words)": "cut once more with the next summary, it is the same",
    },
    "projections/conversation_fold.py": {
        "len(conversation.inputs) + len(": "less than none is as good as some",
        "queued=(entry,), turn=Ready(), first_words=": "what is kept beside a summary has it since `compaction` 3",
        "if said else 0": "held by test_a_conversation_is_as_large_as_its_entries",
    },
    "projections/state.py": {
        "self.origin.end is not None or not": "an open turn of the main agent's waits for something",
        "if cls not in _ROUTES": "for snapshots, held by tests/replay/test_snapshots.py",
        "self.main.turn.is_open": "what the terminal shows",
        "or bool(self.main.pending.asides)": "what the terminal shows",
    },
    "projections/servers.py": {
        "fallen_back: bool = False": "an input sets it",
        "taught_by: int = -1": "any number that no event has will do",
        "title: int = -1": "any number that no event has will do",
    },
    "projections/titles.py": {
        'title: str = ""': "for people",
        "title=event.title": "for people",
        "call: int = -1": "any number that no event has will do",
    },
    "projections/hooks.py": {"since: int = -1": "session.started sets it"},
    "projections/turn.py": {
        "then=Stopping()": "a turn whose last input was refused asks whether it may end, and goes on, in the same way",
        "stopped: bool = False": "whatever calls a turn off sets it",
        "out_of_time: bool = False": "whatever calls a turn off sets it",
        "request: int = -1": "any number that no event has will do",
        "key: int = -1": "any number that no event has will do",
        'suggestion: str = ""': "a question sets it before it is read",
    },
    "projections/entries.py": {
        'order="deterministic"': "what is encoded has its fields in one order already",
        "len(block.opaque)": "a byte of an estimate",
        "instructions: bool = False": "whoever makes an entry says it",
        "instructions=entry.instructions": "held by tests/pure/test_instructions.py",
    },
    "projections/origin.py": {
        "event.agent_call < 0": "no call is event 0 or 1",
        "background: bool = False": "nothing has started the main agent",
        "call: int = -1": "nothing has started the main agent",
        'description: str = ""': "nothing has started the main agent",
        "End: TypeAlias": "a type",
    },
    "projections/permissions.py": {
        'mode: Mode = "default"': "session.started sets it",
        'event.scope == "once"': "an answer for once has no rule",
    },
    "projections/memory.py": {
        "JUST_NOW_NS": "a nanosecond",
        "read_at: int = 0": "what is read first sets it",
        "opening: bool = False": "what is read first sets it",
        "stale: bool = False": "an input sets it",
        "looks: int = -1": "any number that no event has will do",
        "read_at=envelope.ts": "a nanosecond since 1970",
        "read_at=0": "a nanosecond since 1970",
        'rstrip("/")': "held by tests/pure/test_instructions.py",
    },
    "projections/session.py": {
        "": "who, what name and whether it ended is for people, the runtime and recovery: no decision reads it",
    },
}
"""File -> a part of the line -> why the change makes no difference to any decision."""

DECIDED_BY = ("config=", "prompts=", "runtime=", "tools=", "workspace=", "home=", "date=")
"""What decisions do read of `projections/session.py`."""

MODE = "mode=event.mode"
"""What they do not: the mode in force is that of `projections/permissions.py`, and this one is for a resume."""


@pytest.fixture(scope="module")
def sessions() -> Iterator[list[Path]]:
    with in_memory() as folder:
        (folder / "judged").mkdir()
        judged = rewrite(golden("edit-with-diff"), folder / "judged", under(OTHER, judged_otherwise))
        asked = rewrite(max(golden("verdicts").parent.iterdir()), folder / "judged", under(OTHER))
        histories = dict(zip(HISTORIES, write_all(folder), strict=True))
        failed = rewrite(
            histories["where_policy_fails_after_the_question"],
            folder / "judged",
            under(OTHER, with_rules_that_can_be_read),
        )
        yield [*SESSIONS, *histories.values(), judged, asked, failed]


def test_every_history_replays(sessions: list[Path]) -> None:
    assert len(sessions) == len(SESSIONS) + len(HISTORIES) + 3 > len(SESSIONS) + 3
    assert [path for path in sessions if not replay(str(path)).ok] == []


def test_a_conversation_is_as_large_as_its_entries(sessions: list[Path]) -> None:
    for path in sessions:
        state = INITIAL
        for envelope in log.read(str(path)):
            state = fold(state, envelope)
        for agent in state.agents.values():
            conversation = agent.conversation
            assert conversation.bytes == sum(entry.bytes for entry in conversation.entries), path


def test_a_change_of_what_decides_is_noticed(sessions: list[Path]) -> None:
    everything = mutants.mutants()
    assert {mutant.file for mutant in everything} >= {"decide/core.py", "prompt/__init__.py", "projections/turn.py"}
    tried = [mutant for mutant in everything if (LONG or is_sample(mutant)) and reason(mutant) is None]
    unexplained = mutants.survivors(tried, sessions)
    assert unexplained == [], "\n".join(map(str, unexplained))


def test_a_session_notices_no_change_of_what_it_does_not_reach(sessions: list[Path]) -> None:
    """So nobody is missed for not having been asked."""
    some = sessions[::20]
    tried = [mutant for mutant in mutants.mutants() if is_sample(mutant)][::60]
    with mutants.processes() as pool:
        others = [[one for one in some if one not in asked] for asked in mutants.asked(tried, some, pool)]
        assert sum(map(bool, others)) > len(tried) // 2
        assert not any(pool.map(mutants.is_noticed, others, tried))


def test_an_unchanged_claw_is_not_noticed() -> None:
    """The other way round: a mutant that changes nothing passes, so what the others show is not the loading."""
    harmless = Mutant("decide/step.py", -1, 0, "nothing")
    assert mutants.survivors([harmless], SESSIONS[:3]) == [harmless]


@pytest.mark.parametrize(("file", "line"), [(file, line) for file in UNNOTICED for line in UNNOTICED[file] if line])
def test_every_excuse_is_about_a_line_that_is_there(file: str, line: str) -> None:
    assert line in (CLAW / file).read_text()


def is_sample(mutant: Mutant) -> bool:
    return zlib.crc32(f"{mutant.file} {line_of(mutant)} {mutant.what}".encode()) % 6 == 0


def line_of(mutant: Mutant) -> str:
    return (CLAW / mutant.file).read_text().splitlines()[mutant.line - 1].strip()


def reason(mutant: Mutant) -> str | None:
    line = line_of(mutant)
    if mutant.file == "projections/session.py" and mutant.what.startswith(DECIDED_BY) and MODE not in line:
        return None
    return next((why for part, why in UNNOTICED.get(mutant.file, {}).items() if part in line), None)
