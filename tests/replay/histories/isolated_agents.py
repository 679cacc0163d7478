"""Agents in worktrees of their own: made, closed, refused, called off, and what their parents are told."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from claw.events.agent import AgentsChanged
from claw.events.base import Event
from claw.events.hook import HookFinished
from claw.events.input import InputInterrupted
from claw.events.model import ModelFailed
from claw.events.permission import Rule
from claw.events.tool import PathFact, ToolFinished, ToolInterrupted, ToolResolved
from claw.events.worktree import Worktree, WorktreeClosed, WorktreeMade, WorktreeRequested
from claw.tools.agent_kinds import KINDS
from tests.pure.drive import Drive
from tests.replay.histories.hooked import hook
from tests.replay.histories.parts import HISTORIES, READ_A, forked, history
from tests.replay.histories.tasks import at_work, kind, look, resolved, spawn, task, with_agents

alone = partial(task, isolation="worktree")


def made(drive: Drive, agent: int = 0, nth: int = 0, **fields: Any) -> None:
    """The agent's worktree is there, as it should be but for these fields."""
    call = drive.open("worktree.requested", nth, agent)
    intent = drive.log[call].data
    assert isinstance(intent, WorktreeRequested)
    top = "/w" if intent.origin.startswith("/w") else intent.origin.removesuffix("/sub")
    path = f"/trees/{intent.name}"
    tree = Worktree(
        **{
            "path": path,
            "workspace": path + intent.origin.removeprefix(top),
            "git": "/w/.git",
            "top": top,
            "origin": intent.origin,
            "branch": intent.name,
            "base": "c0ffee" * 6 + "abcd",
            **fields,
        }
    )
    drive.feed(WorktreeMade(call=call, agent_call=intent.agent_call, room=intent.room, worktree=tree), agent=agent)


def not_made(drive: Drive, error: str = "It is in no repository.", nth: int = 0) -> None:
    call = drive.open("worktree.requested", nth)
    intent = drive.log[call].data
    assert isinstance(intent, WorktreeRequested)
    drive.feed(WorktreeMade(call=call, agent_call=intent.agent_call, error=error))


def closed(drive: Drive, agent: int = 1, **fields: Any) -> None:
    call = drive.open("worktree.close_requested", agent=agent)
    drive.feed(WorktreeClosed(call=call, agent_call=drive.log[call].data.agent_call, **fields), agent=agent)


def over(drive: Drive) -> Drive:
    drive.reply("done")
    return drive


CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a_branch": {"branches": ("claw-1",), "commit": "c0de", "files": 2, "stat": " a | 1 +"},
    "binary_files": {"branches": ("claw-1",), "commit": "c0de", "files": 2},
    "two_branches": {"branches": ("claw-1", "claw-1-2"), "commit": "c0de", "stat": " a | 1 +"},
    "three_branches": {
        "branches": ("claw-1", "claw-1-2", "claw-1-3"),
        "commit": "c0de",
        "files": 2,
        "stat": " a | 1 +",
    },
    "a_folder_beside": {"branches": ("claw-1",), "commit": "c0de", "stat": " a | 1 +", "kept": "/t", "error": "x: y"},
    "perhaps_more": {"branches": ("claw-1",), "commit": "c0de", "files": 2, "stat": " a | 1 +", "error": "no log"},
    "a_folder": {"kept": "/t", "error": "git add failed"},
    "nothing_known": {"error": "git is gone"},
}


def come_back(**fields: Any) -> Drive:
    drive = with_agents()
    spawn(drive, alone())
    made(drive)
    look(drive, 1, "I look")
    drive.reply("looked", agent=1)
    closed(drive, **fields)
    return over(drive)


for _name, _fields in CHANGES.items():
    HISTORIES[f"a_worktree_comes_to_{_name}"] = partial(come_back, **_fields)


def without(missing: tuple[str, ...], uncommitted: int, **more: Any) -> Drive:
    """What was not committed is told, with the result or at once."""
    drive = with_agents()
    spawn(drive, alone(**more))
    made(drive, missing=missing, uncommitted=uncommitted)
    if more:
        drive.reply("I wait")
    drive.reply("looked", agent=1)
    closed(drive)
    return over(drive)


HISTORIES["a_worktree_without_a_file"] = partial(without, ("a",), 1)
HISTORIES["a_worktree_without_many_files"] = partial(without, ("a", "b"), 5)
HISTORIES["a_worktree_in_the_background"] = partial(without, (), 0, run_in_background=True)
HISTORIES["a_worktree_in_the_background_without_a_file"] = partial(without, ("a",), 1, run_in_background=True)


@history
def worktrees_that_cannot_be_made() -> Drive:
    drive = with_agents()
    spawn(drive, alone(), alone())
    not_made(drive)
    not_made(drive, "There is no git.")
    return over(drive)


@history
def no_worktree_in_plan_mode() -> Drive:
    drive = with_agents(kind(isolation="worktree"), mode="plan")
    spawn(drive, alone(), task("own"), task())
    drive.reply("looked", agent=1)
    return over(drive)


@history
def a_kind_that_wants_a_worktree() -> Drive:
    drive = with_agents(kind(isolation="worktree"))
    spawn(drive, task("own"), task("own", isolation="worktree"))
    made(drive)
    made(drive)
    drive.reply("one", agent=1)
    drive.reply("two", agent=2)
    closed(drive, 2)
    closed(drive, 1)
    return over(drive)


@history
def a_kind_that_is_gone_once_its_worktree_is_made() -> Drive:
    drive = with_agents(kind(isolation="worktree"))
    spawn(drive, task("own"))
    drive.feed(AgentsChanged(kinds=KINDS))
    made(drive)
    closed(drive, 0)
    return over(drive)


@history
def a_kind_that_is_back_before_its_worktree_is_closed() -> Drive:
    drive = with_agents(kind(isolation="worktree"))
    spawn(drive, task("own"))
    drive.feed(AgentsChanged(kinds=KINDS))
    made(drive)
    drive.feed(AgentsChanged(kinds=(*KINDS, kind())))
    closed(drive, 0)
    return over(drive)


@history
def worktrees_that_are_being_made_count_as_agents() -> Drive:
    drive = with_agents()
    for _ in range(32):
        spawn(drive, task(run_in_background=True))
    for _ in range(4):
        drive.reply(*(alone() for _ in range(9)))
        resolved(drive)
        for _ in drive.all_open("worktree.requested"):
            not_made(drive)
    drive.reply(*(alone() for _ in range(34)))
    resolved(drive)
    return drive


@history
def calls_and_hooks_in_a_worktree() -> Drive:
    """What acts is told where; rules of the session's workspace hold."""
    rules = (
        Rule(effect="deny", rule="Read(//w/secret/**)", source="s"),
        Rule(effect="deny", rule="Edit(./kept)", source="s"),
    )
    hooks = (hook("PreToolUse"), hook("PostToolUse"))
    drive = with_agents(hooks=hooks, rules=rules, mode="bypassPermissions")
    drive.reply(alone())
    _heard(drive, 0)
    made(drive)
    drive.reply(READ_A, ("Edit", json.dumps({"file_path": "kept"})), agent=1)
    _heard(drive, 1)
    fact = PathFact(parameter="file_path", given="secret/x", canonical="secret/x", inside=True)
    for call in drive.all_open("tool.resolve_requested", 1):
        drive.feed(ToolResolved(call=call, paths=(fact,)), agent=1)
    fact = PathFact(parameter="file_path", given="/w/kept", canonical="/w/kept", inside=False)
    for call in drive.all_open("tool.resolve_requested", 1):
        drive.feed(ToolResolved(call=call, paths=(fact,)), agent=1)
    _heard(drive, 1)
    drive.reply(READ_A, agent=1)
    fact = PathFact(parameter="file_path", given="a", canonical="a", inside=True)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested", agent=1), paths=(fact,)), agent=1)
    _heard(drive, 1, {"file_path": "b"})
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested", agent=1), paths=(fact,)), agent=1)
    _heard(drive, 1)
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    _heard(drive, 1)
    drive.reply("done", agent=1)
    closed(drive)
    _heard(drive, 0)
    return over(drive)


def _heard(drive: Drive, agent: int, updated: dict[str, Any] | None = None) -> None:
    """Hooks have nothing to say, or another input; what is found out about calls of the tool Agent is nothing."""
    for call in drive.all_open("tool.resolve_requested", agent) if agent == 0 else ():
        drive.feed(ToolResolved(call=call), agent=agent)
    while asked := drive.all_open("hook.requested", agent):
        event = drive.log[asked[0]].data.event
        drive.feed(
            HookFinished(call=asked[0], event=event, source="s", outcome="answered", updated=updated), agent=agent
        )
        updated = None


def reads(drive: Drive, path: str, agent: int = 0) -> None:
    """The agent reads this file, if it may."""
    drive.reply(("Read", json.dumps({"file_path": path})), agent=agent)
    inside = not path.startswith("/")
    fact = PathFact(parameter="file_path", given=path, canonical=path, inside=inside, exists=True)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested", agent=agent), paths=(fact,)), agent=agent)
    for call in drive.all_open("tool.started", agent):
        if drive.log[call].data.name == "Read":
            drive.finish(call, agent=agent)


@history
def rules_in_the_worktrees_of_others() -> Drive:
    """They hold as long as there is the worktree, whatever else is closed."""
    rules = (Rule(effect="deny", rule="Read(./secret/**)", source="s"),)
    drive = with_agents(kind(isolation="worktree"), mode="bypassPermissions", rules=rules)
    spawn(drive, alone(run_in_background=True))
    made(drive, path="/trees/one", workspace="/trees/one")
    reads(drive, "/trees/one/secret/x")
    reads(drive, "a")
    spawn(drive, task("own"), agent=1)
    drive.feed(AgentsChanged(kinds=KINDS))
    made(drive, 1, path="/trees/two", workspace="/trees/two")
    reads(drive, "/trees/one/secret/x")
    closed(drive, 1)
    reads(drive, "/trees/one/secret/x")
    reads(drive, "secret/x", agent=1)
    reads(drive, "a", agent=1)
    drive.reply("one", agent=1)
    closed(drive, 1, kept="/trees/one", error="x")
    reads(drive, "/trees/one/secret/x")
    spawn(drive, alone())
    made(drive, path="/trees/three", workspace="/trees/three")
    reads(drive, "/trees/one/secret/x", agent=2)
    reads(drive, "/w/secret/x", agent=2)
    drive.reply("three", agent=2)
    closed(drive, 2)
    reads(drive, "/trees/three/secret/x")
    return over(drive)


@history
def one_below_in_the_same_worktree_and_one_in_its_own() -> Drive:
    drive = with_agents(mode="bypassPermissions")
    spawn(drive, alone())
    made(drive, workspace="/trees/one/sub", path="/trees/one")
    spawn(drive, task(), alone(), agent=1)
    made(drive, 1)
    drive.reply(READ_A, agent=2)
    drive.reply(READ_A, agent=3)
    for agent in (2, 3):
        fact = PathFact(parameter="file_path", given="a", canonical="a", inside=True)
        drive.feed(ToolResolved(call=drive.open("tool.resolve_requested", agent=agent), paths=(fact,)), agent=agent)
        drive.finish(drive.open("tool.started", agent=agent), agent=agent)
    drive.reply("two", agent=2)
    drive.reply("three", agent=3)
    closed(drive, 3, **CHANGES["a_branch"])
    drive.reply("one", agent=1)
    closed(drive, 1)
    return over(drive)


@history
def a_worktree_waits_for_all_who_work_there() -> Drive:
    """Its agent is over, and those below it in the background, one of which has its own, are being stopped."""
    drive = with_agents()
    spawn(drive, alone())
    made(drive)
    for call in (task(run_in_background=True), alone(run_in_background=True)):
        spawn(drive, call, agent=1)
    made(drive, 1)
    for agent in (2, 3):
        drive.reply(READ_A, agent=agent)
        drive.resolve(drive.open("tool.resolve_requested", agent=agent), agent=agent)
    drive.reply("that is all", agent=1)
    drive.reply("and this", agent=1) if drive.all_open("model.requested", 1) else None
    drive.feed(ToolInterrupted(call=drive.open("tool.started", agent=2), reason="cancelled"), agent=2)
    drive.feed(ToolInterrupted(call=drive.open("tool.started", agent=3), reason="cancelled"), agent=3)
    closed(drive, 3)
    closed(drive, 1)
    return over(drive)


def about(name: str, agent: int, **more: Any) -> tuple[str, str]:
    return name, json.dumps({"agent_id": agent, **more})


@history
def one_whose_worktree_is_being_closed_is_told_nothing() -> Drive:
    drive = with_agents()
    spawn(drive, alone(run_in_background=True))
    made(drive)
    drive.reply("that is all", agent=1)
    spawn(drive, about("AgentMessage", 1, message="x"), about("AgentStop", 1), about("AgentOutput", 1))
    drive.reply("I wait")
    closed(drive, **CHANGES["a_branch"])
    return over(drive)


def called_off(*events: Event, worktree: bool = True) -> Drive:
    """While a worktree is being made, and there is one or none then."""
    drive = with_agents()
    spawn(drive, alone(), task())
    for event in events:
        drive.feed(event)
    drive.feed(ModelFailed(call=drive.open("model.requested", agent=1), failure="interrupted", message=""), agent=1)
    if worktree:
        made(drive)
        closed(drive, 0)
    else:
        not_made(drive, "It was called off.")
    return drive


STOP = InputInterrupted(how="user")
HISTORIES["called_off_while_a_worktree_is_made"] = partial(called_off, STOP)
HISTORIES["called_off_while_a_worktree_cannot_be_made"] = partial(called_off, STOP, worktree=False)
HISTORIES["called_off_twice_while_a_worktree_is_made"] = partial(called_off, STOP, STOP)


@history
def called_off_while_it_works_in_a_worktree() -> Drive:
    drive = with_agents()
    spawn(drive, alone(), alone())
    made(drive)
    made(drive)
    drive.reply(READ_A, agent=1)
    drive.resolve(drive.open("tool.resolve_requested", agent=1), agent=1)
    drive.reply("that is all", agent=2)
    drive.feed(STOP)
    drive.feed(ToolInterrupted(call=drive.open("tool.started", agent=1), reason="cancelled"), agent=1)
    drive.feed(STOP)
    closed(drive, 1, **CHANGES["a_branch"])
    closed(drive, 2)
    return drive


@history
def forks_of_one_with_a_worktree() -> Drive:
    drive = with_agents()
    spawn(drive, alone(), alone())
    made(drive)
    drive.reply("that is all", agent=1)
    forked(drive, "01a22bd9-4b9b-7e2f-a55b-5f9f357e02d5")
    assert at_work(drive) == []
    drive.say("and now?")
    spawn(drive, alone())
    made(drive)
    drive.reply("that is all", agent=max(drive.state.agents))
    closed(drive, max(drive.state.agents))
    return over(drive)


@history
def a_result_of_the_call_before_it_is_heard() -> Drive:
    """Two calls in a row, the second of which may change something, wait for the worktree."""
    drive = with_agents(mode="acceptEdits")
    drive.reply(alone(), ("Edit", json.dumps({"file_path": "a"})))
    resolved(drive, most=1)
    made(drive)
    drive.reply("one", agent=1)
    closed(drive)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(ToolFinished(call=drive.open("tool.started"), content=()))
    return over(drive)
