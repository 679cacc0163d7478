"""A turn: asked, answered, called off, limited, repeated."""

from __future__ import annotations

from claw.events.content import TextBlock, Usage
from claw.events.context import InstructionsFound
from claw.events.control import BudgetExhausted, CancelRequested, TimerFired, TimerSet
from claw.events.input import InputInterrupted
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.events.session import Limits, RecoveryReport, Retry, SessionResumed, TurnFinished
from claw.events.tool import ToolInterrupted, ToolRequested
from tests.pure.drive import Drive, kinds, started


def test_an_input_asks_the_model_and_its_answer_ends_the_turn() -> None:
    drive = Drive()
    assert kinds(drive.say()) == ["ModelRequested"]
    assert kinds(drive.reply("hi")) == ["TurnFinished"]
    assert drive.only(TurnFinished).reason == "done"
    assert drive.state.main.quiet


def test_an_input_before_the_instructions_are_read_waits_for_them() -> None:
    drive = Drive()
    from_the_start = [type(envelope.data).__name__ for envelope in drive.log]
    assert from_the_start == ["SessionStarted", "InstructionsRequested", "ToolsChanged", "InstructionsFound"]


def test_an_input_during_a_turn_is_carried_by_the_next_request() -> None:
    drive = Drive()
    drive.say("one")
    assert drive.say("two") == []
    assert kinds(drive.reply("first answer")) == ["ModelRequested"]
    assert [entry.role for entry in drive.state.main.conversation.entries] == ["user", "assistant", "user"]


def test_a_stop_for_length_or_refusal_is_said() -> None:
    for stop, reason in (("max_tokens", "max_tokens"), ("refusal", "refused"), ("stop_sequence", "done")):
        drive = Drive()
        drive.say()
        drive.reply("hm", stop=stop)  # type: ignore[arg-type]
        assert drive.only(TurnFinished).reason == reason


def test_a_paused_turn_is_asked_to_go_on() -> None:
    drive = Drive()
    drive.say()
    assert kinds(drive.reply("thinking", stop="pause_turn")) == ["ModelRequested"]


def failed(drive: Drive, **fields: object) -> ModelFailed:
    values = {"failure": "overloaded", "message": "busy", "retryable": True, **fields}
    return ModelFailed(call=drive.open("model.requested"), **values)  # type: ignore[arg-type]


def test_a_retryable_failure_sets_a_timer_and_the_next_attempt_follows() -> None:
    drive = Drive()
    drive.say()
    assert kinds(drive.feed(failed(drive))) == ["TimerSet"]
    delay = drive.only(TimerSet).delay_ms
    assert 500 <= delay <= 1_000
    assert kinds(drive.feed(TimerFired(call=drive.open("timer.set")))) == ["ModelRequested"]
    assert drive.only(ModelRequested).attempt == 2
    assert drive.state.main.budget.turns == 1


def test_the_delay_grows_and_is_never_less_than_the_provider_asks_for() -> None:
    drive = Drive()
    drive.say()
    drive.feed(failed(drive, retry_after_ms=30_000))
    assert drive.only(TimerSet).delay_ms == 30_000
    drive.feed(TimerFired(call=drive.open("timer.set")))
    drive.feed(failed(drive))
    assert 1_000 <= drive.only(TimerSet).delay_ms <= 2_000


def test_attempts_end() -> None:
    drive = Drive(retry=Retry(attempts=2))
    drive.say()
    drive.feed(failed(drive))
    drive.feed(TimerFired(call=drive.open("timer.set")))
    drive.feed(failed(drive))
    assert drive.only(TurnFinished).failure == "overloaded"


def test_a_longer_wish_than_the_cap_is_not_waited_for() -> None:
    drive = Drive()
    drive.say()
    drive.feed(failed(drive, retry_after_ms=3_600_000))
    assert drive.only(TurnFinished).reason == "failed"


def test_a_failure_that_cannot_be_repeated_ends_the_turn() -> None:
    drive = Drive()
    drive.say()
    drive.feed(failed(drive, failure="auth", retryable=False))
    assert drive.only(TurnFinished).failure == "auth"


def test_an_interrupt_cancels_the_model_and_ends_the_turn() -> None:
    drive = Drive()
    drive.say()
    drive.feed(InputInterrupted(how="user"))
    assert drive.only(CancelRequested).call == drive.open("model.requested")
    drive.feed(failed(drive, failure="interrupted", retryable=False))
    assert drive.only(TurnFinished).reason == "interrupted"
    assert kinds(drive.say("again")) == ["ModelRequested"]


def test_an_interrupt_of_tools_waits_for_those_that_run_and_drops_the_rest() -> None:
    drive = Drive(mode="bypassPermissions")
    drive.say()
    drive.reply(("Edit", '{"file_path":"a"}'), ("Edit", '{"file_path":"b"}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.feed(InputInterrupted(how="user"))
    assert drive.only(CancelRequested).call == drive.open("tool.started")
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    assert drive.only(TurnFinished).reason == "interrupted"
    results = drive.state.main.conversation.entries[-1].blocks
    assert ["before it ran" in str(block.content) for block in results] == [False, True]  # type: ignore[union-attr, operator]


def test_a_reply_that_comes_after_the_interrupt_starts_no_tool() -> None:
    drive = Drive()
    drive.say()
    drive.feed(InputInterrupted(how="user"))
    assert kinds(drive.reply(("Read", '{"file_path":"a"}'))) == ["ToolRequested", "TurnFinished"]
    assert drive.state.main.conversation.unfinished == ()


def test_an_interrupt_while_nothing_happens_does_nothing() -> None:
    drive = Drive()
    assert drive.feed(InputInterrupted(how="user")) == []
    assert kinds(drive.say()) == ["ModelRequested"]


def test_an_input_that_waits_while_the_turn_is_called_off_opens_the_next() -> None:
    drive = Drive()
    drive.say("one")
    drive.say("two")
    drive.feed(InputInterrupted(how="user"))
    assert kinds(drive.feed(failed(drive, failure="interrupted"))) == ["TurnFinished", "ModelRequested"]


def test_leaving_begins_no_other_turn_though_an_input_waits() -> None:
    drive = Drive()
    drive.say("one")
    drive.say("two")
    drive.feed(InputInterrupted(how="quit"))
    assert kinds(drive.feed(failed(drive, failure="interrupted"))) == ["TurnFinished"]
    assert drive.state.main.quiet


def test_an_input_called_off_before_it_was_carried_begins_nothing() -> None:
    drive = Drive()
    drive.feed(SessionResumed(runtime=started().runtime, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    drive.say()
    drive.feed(InputInterrupted(how="user"))
    found = InstructionsFound(call=drive.open("context.instructions_requested"), files=())
    assert kinds(drive.feed(found)) == ["TurnFinished"]
    assert drive.state.main.quiet


def test_a_terminal_event_that_comes_too_late_folds_to_nothing() -> None:
    drive = Drive()
    drive.say()
    call = drive.open("model.requested")
    drive.reply(("Read", '{"file_path":"a"}'))
    before = drive.state.main.conversation
    text = TextBlock(text="late")
    assert drive.feed(ModelFinished(call=call, content=(text,), stop="end_turn", usage=Usage(input=1))) == []
    assert drive.feed(ModelFailed(call=call, failure="overloaded", message="m", retryable=True)) == []
    assert drive.state.main.conversation == before


def test_no_intent_is_decided_twice_when_a_bad_call_follows_a_good_one() -> None:
    drive = Drive()
    drive.say()
    drive.reply(("Read", '{"file_path":"a"}'), ("Fly", "{}"))
    assert [type(e.data).__name__ for e in drive.new].count("ResolveRequested") == 1


def test_turns_are_limited() -> None:
    drive = Drive(limits=Limits(turns=1), mode="bypassPermissions")
    drive.say()
    drive.reply(("Read", '{"file_path":"a"}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    assert drive.only(BudgetExhausted).what == "turns"
    assert drive.only(TurnFinished).reason == "turns"


def test_the_last_allowed_turn_may_be_retried() -> None:
    drive = Drive(limits=Limits(turns=1))
    drive.say()
    drive.feed(failed(drive))
    assert kinds(drive.feed(TimerFired(call=drive.open("timer.set")))) == ["ModelRequested"]


def test_money_is_limited() -> None:
    drive = Drive(limits=Limits(nusd=5))
    drive.say()
    drive.reply("hi")
    drive.say("more")
    assert drive.only(BudgetExhausted).used == 5
    assert drive.only(TurnFinished).reason == "budget"


def test_an_unknown_tool_and_bad_arguments_go_back_to_the_model() -> None:
    drive = Drive()
    drive.say()
    drive.reply(("Fly", "{}"), ("Read", '{"a":1,"a":2}'), ("Read", "[1]"))
    errors = [envelope.data.error for envelope in drive.new if isinstance(envelope.data, ToolRequested)]
    assert "no tool 'Fly'" in errors[0]
    assert "given twice" in errors[1]
    assert all(errors)
    assert kinds([drive.new[-1].data]) == ["ModelRequested"]


def test_what_a_server_refuses_is_left_out_of_the_next_request_and_of_those_after_it() -> None:
    drive = Drive(retry=Retry(attempts=1))
    drive.say()
    refusal = {"failure": "invalid_request", "message": "no", "retryable": False}
    assert kinds(drive.feed(failed(drive, **refusal, refused="stream_options"))) == ["ModelRequested"]
    assert drive.only(ModelRequested).parameters.without == ("stream_options",)
    drive.reply("hi")
    drive.say("again")
    assert drive.only(ModelRequested).parameters.without == ("stream_options",)
    assert kinds(drive.feed(failed(drive, **refusal, refused="stream_options"))) == ["TurnFinished"], "it was not there"


def test_a_server_that_refuses_one_thing_after_the_other_ends_the_turn() -> None:
    drive = Drive(retry=Retry(attempts=1))
    drive.say()
    for number in range(30):
        if drive.state.main.quiet:
            break
        drive.feed(failed(drive, failure="invalid_request", retryable=False, refused=f"part_{number}"))
    assert drive.only(TurnFinished).failure == "invalid_request"
