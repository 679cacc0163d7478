"""The list of agents at work: as many lines of as many cells as there is room for, whatever they are called."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from rich.cells import cell_len

from claw.cli.terminal.agent_lines import ENDS, listed, now_doing
from claw.cli.terminal.agents import Agents
from claw.cli.terminal.screen import ASCII, UNICODE
from claw.cli.terminal.status import Stopwatch, status
from claw.cli.terminal.transcript import Transcript
from claw.events.session import Limits, TurnEnd
from claw.events.tool import ToolResolved
from tests.pure.drive import Drive
from tests.replay.histories.tasks import fails, look, spawn, task, with_agents

ODD = ("look", "漢字" * 40, "a\n\x1b[2J\u202eb", "x" * 190, "\u200d" * 30)
SECOND = 10**9


def at_work(count: int) -> tuple[Drive, Agents]:
    """So many agents, one with one below it, one that edits and one that waits to edit."""
    drive = with_agents(mode="acceptEdits")
    spawn(drive, *(task(None, "Look.", ODD[number % len(ODD)]) for number in range(count - 1)))
    spawn(drive, task(None, "Below.", "below"), agent=1)
    for agent in (2, 3):
        look(drive, agent, "so far")
        drive.reply(("Edit", json.dumps({"file_path": f"f{agent}" * 20})), agent=agent)
        drive.resolve(drive.open("tool.resolve_requested", agent=agent), agent=agent)
    agents = Agents()
    for envelope in drive.log:
        agents.take(envelope)
    return drive, agents


def test_every_end_is_said_in_words() -> None:
    assert {*get_args(TurnEnd), "forked"} <= set(ENDS)


@pytest.mark.parametrize("width", [5, 20, 40, 60, 79, 80, 100, 200])
def test_it_never_takes_more_room_than_there_is(width: int) -> None:
    drive, agents = at_work(64)
    for most in (1, 2, 3, 8, 100):
        for folded in (False, True):
            for glyphs in (UNICODE, ASCII):
                lines = listed(agents, drive.state, 75 * SECOND, width, most, folded=folded, glyphs=glyphs)
                assert 1 <= len(lines) <= (1 if folded else most)
                assert all(cell_len(line.plain) <= max(width, 13) for line in lines), [line.plain for line in lines]
                assert not any(sign in line.plain for line in lines for sign in "\n\x1b\u202e\u200d")


def test_it_says_what_each_does_below_its_parent() -> None:
    drive, agents = at_work(5)
    lines = [line.plain for line in listed(agents, drive.state, 75 * SECOND, 120, 9, folded=False, glyphs=UNICODE)]
    assert lines[0] == "5 agents at work · 550 tokens · 1m 14s · Ctrl-T folds them"
    assert lines[1] == "  1 general-purpose: look · waiting for its agents · 110 tokens · 1m 14s"
    assert lines[2] == "    5 general-purpose: below · waiting for the model · 1m 14s"
    assert " · Edit(" in lines[3]
    assert " · waiting for the workspace: Edit(" in lines[4]
    assert len(lines) == 6
    few = [line.plain for line in listed(agents, drive.state, 75 * SECOND, 120, 4, folded=False, glyphs=UNICODE)]
    assert few == [*lines[:3], "  and 3 more"]


def test_who_is_next_for_the_workspace_has_it_when_the_other_is_done() -> None:
    drive, agents = at_work(4)
    first, second = (drive.open("tool.started", agent=agent) for agent in (2, 3))
    assert [agents.waits_for_workspace(call) for call in (first, second)] == [False, True]
    for envelope in drive.log[drive.last_key() :]:
        agents.take(envelope)
    before = len(drive.log)
    drive.feed(ToolResolved(call=first, error="moved"), agent=2)
    for envelope in drive.log[before:]:
        agents.take(envelope)
    assert not agents.waits_for_workspace(second)


def test_a_limit_of_time_is_nothing_that_is_waited_for() -> None:
    """The timer of the limit is open as long as the turn is; that of another try is waited for."""
    drive = with_agents(limits=Limits(ms=60_000), said="")
    drive.say("hello")
    transcript = Transcript(UNICODE, str)

    def said() -> str:
        return status(drive.state, transcript, Stopwatch(), UNICODE, "Esc")

    assert "timer.set" in drive.state.main.pending.calls.values()
    assert " Working " in said()
    fails(drive, 0, "overloaded", retryable=True)
    assert " Waiting to try again " in said()
    drive = with_agents(limits=Limits(ms=60_000))
    spawn(drive, task())
    fails(drive, 1, "overloaded", retryable=True)
    assert now_doing(drive.state.agents[1], Agents()) == ("waiting to try again", False)
