"""The turn is one of its cases at a time, and a decision reads what its event names, whatever else there is."""

from __future__ import annotations

from typing import Any

import pytest

from claw.decide.core import decide
from claw.events.base import Envelope, Event
from claw.events.codec import envelop
from claw.events.context import ContextAdded
from claw.events.hook import HookFinished, InputRefused
from claw.events.input import CommandInvoked, InputInterrupted, InputReceived
from claw.events.model import ModelFailed, ModelRequested
from claw.events.permission import PermissionAnswered
from claw.events.session import Config, ConfigChanged, RecoveryReport, SessionForked, SessionResumed, TurnFinished
from claw.events.tool import PathFact, ToolFinished, ToolResolved
from claw.projections.state import State, fold
from claw.projections.turn import (
    AskingModel,
    BeforeCompaction,
    Compacting,
    Idle,
    Interrupting,
    Ready,
    Stopping,
    Turn,
)
from tests.pure.drive import Drive, kinds, started
from tests.pure.hooking import BASH, EDIT, READ, answer, hook, sent
from tests.pure.test_compaction import long_conversation

# --- the cases -------------------------------------------------------------------------------------------------------


def now(drive: Drive) -> Turn:
    return drive.state.main.turn


def test_a_turn_goes_from_the_input_over_the_model_and_its_calls_to_its_end() -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"), hook("Stop")))
    assert now(drive) == Idle()
    drive.say()
    assert now(drive) == Ready()
    answer(drive)
    assert now(drive) == AskingModel(key=drive.open("model.requested"), attempt=1)
    drive.reply(READ, READ)
    assert [call.stage for call in drive.state.main.conversation.calls] == ["resolving", "resolving"]
    for _ in range(2):
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.finish(drive.open("tool.started"))
    assert now(drive) == AskingModel(key=drive.open("model.requested"), attempt=1)
    drive.reply("done")
    assert now(drive) == Stopping()
    answer(drive)
    assert now(drive) == Idle()


def test_a_call_that_failed_is_counted_where_it_is_made_again_and_nowhere_else() -> None:
    drive = Drive()
    drive.say()
    call = drive.open("model.requested")
    drive.feed(ModelFailed(call=call, failure="overloaded", message="m", retryable=True))
    assert now(drive) == Ready(asked=True, attempts=1)
    drive.feed(SessionForked(session="f", parent="s", seq=1, chain="", runtime=started().runtime, workspace="/w"))
    assert now(drive) == Ready(asked=True)


def test_a_compaction_knows_what_the_turn_goes_on_with() -> None:
    drive = long_conversation()
    assert isinstance(now(drive), Compacting)
    assert now(drive).then == Ready(asked=True)  # type: ignore[union-attr]
    drive.reply("a summary")
    assert isinstance(now(drive), AskingModel)


@pytest.mark.parametrize(("typed", "after"), [(False, Idle), (True, AskingModel)])
def test_after_a_compaction_that_a_person_asked_for_comes_nothing_but_what_was_typed_meanwhile(
    typed: bool, after: type[Turn]
) -> None:
    drive = Drive(hooks=(hook("PreCompact"),))
    drive.say()
    drive.reply("hi")
    drive.feed(CommandInvoked(name="compact"))
    assert now(drive) == BeforeCompaction(reason="command", then=Idle())
    answer(drive)
    assert isinstance(now(drive), Compacting)
    if typed:
        drive.say("and now?")
    drive.reply("a summary")
    assert isinstance(now(drive), after)


def test_who_was_first_to_call_a_turn_off_is_who_did() -> None:
    drive = Drive(hooks=(hook("PostToolUse"),))
    drive.say()
    drive.reply(READ, ("Read", '{"file_path":"b"}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    answer(drive, halt="enough")
    drive.feed(InputInterrupted(how="user"))
    assert isinstance(now(drive), Interrupting)
    drive.finish(drive.open("tool.started"))
    end = drive.only(TurnFinished)
    assert (end.reason, end.message) == ("blocked", "enough")


# --- what a decision reads -------------------------------------------------------------------------------------------


def decided(drive: Drive, *events: Event) -> list[list[Event]]:
    """What is decided of each of these, once all have happened."""
    state: State = drive.state
    envelopes: list[Envelope] = []
    for event in events:
        envelopes.append(envelop(event, seq=len(drive.log) + len(envelopes), ts=0, agent=0, cause=None))
        state = fold(state, envelopes[-1])
    return [[derived.event for derived in decide(state, state.main, envelope)] for envelope in envelopes]


def test_facts_are_judged_as_those_of_the_call_that_they_were_asked_for() -> None:
    drive = Drive()
    drive.say()
    drive.reply(READ, READ)
    keys = [drive.open("tool.resolve_requested", nth) for nth in range(2)]
    fact = PathFact(parameter="file_path", given="a", canonical="a", inside=True)
    for order in (keys, keys[::-1]):
        steps = decided(drive, *(ToolResolved(call=key, paths=(fact,)) for key in order))
        assert [step[0].request for step in steps] == [key - 2 for key in order]  # type: ignore[attr-defined]


def test_an_answer_lets_the_call_act_that_it_was_asked_about() -> None:
    drive = Drive(mode="default")
    drive.say()
    drive.reply(("Read", '{"file_path":"a"}'), ("Read", '{"file_path":"b"}'))
    requests = [call.request for call in drive.state.main.conversation.calls]
    for _ in requests:
        drive.resolve(drive.open("tool.resolve_requested"), inside=False)
    keys = [drive.open("permission.asked", nth) for nth in range(2)]
    steps = decided(drive, *(PermissionAnswered(call=key, allowed=True, how="person") for key in keys[::-1]))
    assert [step[0].request for step in steps] == requests[::-1]  # type: ignore[attr-defined]


def test_what_a_hook_adds_goes_with_the_input_that_it_was_asked_about() -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.feed(InputReceived(text="one"))
    first = drive.last_key() - 1
    said: dict[str, Any] = {"event": "UserPromptSubmit", "source": "s", "outcome": "answered"}
    key = drive.open("hook.requested")
    drive.feed(InputReceived(text="two"))
    later = HookFinished(call=key, context="know this", **said)
    ((added,),) = decided(drive, later)
    assert isinstance(added, ContextAdded)
    assert (added.call, added.subject) == (key, first)


def test_the_hooks_about_one_call_do_not_start_another() -> None:
    drive = Drive(hooks=(hook("PreToolUse", "a"), hook("PreToolUse", "b")))
    drive.say()
    drive.reply(READ, READ)
    for _ in range(2):
        drive.resolve(drive.open("tool.resolve_requested"))
    requests = [call.request for call in drive.state.main.conversation.calls]
    open_hooks = drive.state.main.hooks.open
    about = {request: [key for key in open_hooks if open_hooks[key].subject == request] for request in requests}
    ends = [
        HookFinished(call=key, event="PreToolUse", source="s", outcome="answered")
        for request in reversed(requests)
        for key in about[request]
    ]
    steps = decided(drive, *ends)
    assert [[getattr(event, "request", None) for event in step] for step in steps] == [
        [request, request] for request in reversed(requests) for _ in about[request]
    ]


def test_a_refusal_is_tried_again_only_where_that_very_failure_said_something_new() -> None:
    drive = Drive()
    drive.say()
    failed = {"failure": "invalid_request", "message": "no effort", "refused": "effort", "status": 400}
    assert kinds(drive.feed(ModelFailed(call=drive.open("model.requested"), **failed))) == ["ModelRequested"]  # type: ignore[arg-type]
    assert drive.only(ModelRequested).parameters.without == ("effort",)
    assert kinds(drive.feed(ModelFailed(call=drive.open("model.requested"), **failed))) == ["TurnFinished"]  # type: ignore[arg-type]


def test_hooks_are_told_of_the_call_that_has_ended_though_all_have_results() -> None:
    drive = Drive(hooks=(hook("PostToolUse"),), mode="bypassPermissions")
    drive.say()
    drive.reply(EDIT, BASH)
    for _ in range(2):
        drive.resolve(drive.open("tool.resolve_requested"))
        drive.feed(ToolFinished(call=drive.open("tool.started"), content=()))
        asked = drive.state.main.hooks.open[drive.open("hook.requested")]
        told = asked.input["tool_name"], asked.input["tool_use_id"]
        answer(drive)
        assert told in {("Edit", "t0"), ("Bash", "t1")}
    assert told == ("Bash", "t1")
    assert isinstance(now(drive), AskingModel)


# --- inputs that wait ------------------------------------------------------------------------------------------------


def test_a_cleared_input_that_a_hook_kept_back_does_not_end_a_later_turn() -> None:
    drive = Drive(hooks=(hook("UserPromptSubmit"),))
    drive.say("one")
    drive.feed(SessionResumed(runtime=started().runtime, recovery=RecoveryReport(clean=False), date="2026-01-02"))
    answer(drive, outcome="lost")
    drive.feed(InputInterrupted(how="quit"))
    drive.feed(SessionForked(session="f", parent="s", seq=1, chain="", runtime=started().runtime, workspace="/w"))
    drive.feed(CommandInvoked(name="clear"))
    drive.say("two")
    assert answer(drive) == ["ModelRequested"]
    assert sent(drive) == ["two"]


def test_an_input_from_before_there_were_hooks_is_refused_all_the_same() -> None:
    drive = Drive()
    drive.say("one")
    drive.say("the password is hunter2")
    settings = drive.state.session.settings
    drive.feed(ConfigChanged(config=Config(model=settings.model, hooks=(hook("UserPromptSubmit"),))))
    drive.reply("done")
    assert answer(drive, verdict="deny", reason="no")[0] == "InputRefused"
    assert drive.only(InputRefused).reason == "no"
    assert sent(drive) == ["one"]
