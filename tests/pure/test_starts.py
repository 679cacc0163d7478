"""How a call begins: on the facts it was judged by, confined as its verdict says, under a grant of its own."""

from __future__ import annotations

import pytest

from claw.events.input import InputInterrupted
from claw.events.permission import (
    Mode,
    PermissionAnswered,
    PermissionAsked,
    PermissionEvaluated,
    PermissionGranted,
    Rule,
)
from claw.events.session import Confinement, RecoveryReport, SessionResumed
from claw.events.tool import PROBE, DeniedCommand, PathFact, Sandbox, ToolResolved, ToolStarted
from tests.pure.drive import Drive, kinds, started

FULL = Confinement(namespaces=True, landlock=7, seccomp=True)
TRACED = Confinement(namespaces=True, landlock=7, seccomp=True, traced=True)
HERE = PathFact(parameter="file_path", given="a", canonical="a", inside=True)
THERE = PathFact(parameter="file_path", given="a", canonical="/etc/a", inside=False, linked=True)


def running(command: str = "make", **settings: object) -> Drive:
    """The model wants to run something, and it was resolved."""
    drive = Drive(**settings)
    drive.say()
    drive.reply(("Bash", f'{{"command":"{command}"}}'))
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
    return drive


def reading(**settings: object) -> Drive:
    drive = Drive(**settings)
    drive.say()
    drive.reply(("Read", '{"file_path":"a"}'))
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(HERE,)))
    return drive


def test_facts_that_changed_right_before_the_start_are_judged_anew() -> None:
    drive = reading()
    first = drive.only(ToolStarted)
    drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(THERE,)))
    assert kinds([one.data for one in drive.new]) == ["PermissionEvaluated", "PermissionAsked"]
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    again = drive.only(ToolStarted)
    assert (first.paths, again.paths) == ((HERE,), (THERE,))
    assert first.digest != again.digest == drive.only(PermissionGranted).digest
    assert kinds(drive.finish(drive.open("tool.started"))) == ["ModelRequested"]


def test_a_yes_holds_for_the_facts_it_was_given_for() -> None:
    drive = reading()
    for _ in range(2):
        drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(THERE,)))
        drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    assert [type(envelope.data) for envelope in drive.log].count(PermissionGranted) == 2


def test_a_call_whose_paths_never_rest_is_denied() -> None:
    drive = reading()
    for _ in range(3):
        drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(HERE,)))
        assert drive.only(PermissionEvaluated).verdict == "allow"
    drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(HERE,)))
    assert drive.only(PermissionEvaluated).verdict == "deny"
    assert "tool.started" not in drive.state.main.pending.calls.values()
    assert "was another thing each time" in str(drive.state.main.conversation.entries[-1].blocks[0].content)  # type: ignore[union-attr]


def test_arguments_that_became_wrong_end_the_call() -> None:
    drive = reading()
    assert kinds(drive.feed(ToolResolved(call=drive.open("tool.started"), error="a leads in a circle"))) == [
        "ModelRequested"
    ]


def test_what_changed_while_the_turn_was_called_off_is_not_judged() -> None:
    drive = reading()
    call = drive.open("tool.started")
    drive.feed(InputInterrupted(how="user"))
    assert kinds(drive.feed(ToolResolved(call=call, paths=(THERE,)))) == ["TurnFinished"]
    assert drive.state.main.quiet


def test_a_process_is_confined_where_the_kernel_can() -> None:
    drive = running(confinement=FULL, domains=("example.com",))
    assert drive.only(PermissionAsked).network
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    assert drive.only(ToolStarted).sandbox == Sandbox(writable=True, network=("example.com",))


def test_an_answer_may_grant_the_network_to_this_call_alone() -> None:
    drive = running(confinement=FULL)
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person", network=True))
    assert drive.only(ToolStarted).sandbox == Sandbox(writable=True, network=("*",))
    drive.finish(drive.open("tool.started"))
    drive.reply(("Bash", '{"command":"make"}'))
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    assert drive.only(ToolStarted).sandbox == Sandbox(writable=True)


@pytest.mark.parametrize(
    ("confinement", "mode", "sandbox"),
    [
        (Confinement(), "default", None),
        (Confinement(landlock=3), "default", Sandbox(writable=True, namespaces=False)),
        (FULL, "acceptEdits", Sandbox(writable=True)),
        (FULL, "bypassPermissions", None),
    ],
)
def test_what_the_kernel_lacks_is_in_the_intent(confinement: Confinement, mode: Mode, sandbox: Sandbox | None) -> None:
    drive = running(confinement=confinement, mode=mode)
    if "permission.asked" in drive.state.main.pending.calls.values():
        assert drive.only(PermissionAsked).network == (confinement is FULL)
        drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    assert drive.only(ToolStarted).sandbox == sandbox


def test_what_a_person_saw_and_allowed_can_be_reached() -> None:
    drive = Drive(confinement=FULL)
    drive.say()
    drive.reply(("Bash", '{"command":"make -C /far"}'))
    far = PathFact(parameter="command", given="/far", canonical="/far", inside=False, exists=True)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(far,)))
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    assert drive.only(ToolStarted).sandbox == Sandbox(writable=True, opened=("/far",))


def test_what_was_only_looked_for_is_not_opened_by_a_yes() -> None:
    drive = Drive(confinement=FULL)
    drive.say()
    drive.reply(("Bash", '{"command":"cd src && git status; make"}'))
    there = PathFact(parameter="command", given="src", canonical="src", inside=True, exists=True, directory=True)
    probe = PathFact(parameter=PROBE, given="src/.git", canonical="src/.git", inside=True, protected=True)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(there, probe)))
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    assert drive.only(ToolStarted).sandbox == Sandbox(writable=True)


def test_a_process_cannot_reach_what_rules_keep_from_tools() -> None:
    rules = (
        Rule(effect="deny", rule="Read(./secrets/**)", source="test"),
        Rule(effect="ask", rule="Edit(*.lock)", source="test"),
        Rule(effect="deny", rule="Write(dist/**)", source="test"),
    )
    drive = running(confinement=FULL, rules=rules)
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person"))
    sandbox = drive.only(ToolStarted).sandbox
    assert sandbox is not None
    assert (sandbox.hidden, sandbox.kept) == (("/w/secrets/**",), ("/w/dist/**", "/w/**/*.lock"))


def test_a_tool_without_a_process_has_nothing_to_confine() -> None:
    assert reading(confinement=FULL).only(ToolStarted).sandbox is None


def test_another_machine_after_a_resume_counts_from_then_on() -> None:
    drive = Drive(confinement=FULL)
    runtime = started(confinement=Confinement(why="user namespaces are off")).runtime
    drive.feed(SessionResumed(runtime=runtime, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    assert drive.state.session.confinement.why == "user namespaces are off"


RULES = (
    Rule(effect="deny", rule="Bash(rm:*)", source="settings.json:3"),
    Rule(effect="deny", rule="Read(secrets/**)", source="settings.json:4"),
    Rule(effect="ask", rule="Bash(git push:*)", source="settings.json:5"),
    Rule(effect="allow", rule="Bash(make:*)", source="flag", layer="command-line"),
    Rule(effect="allow", rule="Bash(make clean)", source="flag", layer="command-line"),
)
RM = DeniedCommand(rule="Bash(rm:*)", source="settings.json:3")


@pytest.mark.parametrize(
    ("command", "mode", "confinement", "denied"),
    [
        pytest.param("make", "default", TRACED, (RM,), id="a rule holds for what starts"),
        pytest.param("make clean", "default", TRACED, (), id="unless the line is allowed to the letter"),
        pytest.param("make clean x", "default", TRACED, (RM,), id="and no other"),
        pytest.param("make", "bypassPermissions", TRACED, (RM,), id="also where nothing is confined"),
        pytest.param("make", "default", FULL, (), id="not where nothing can be traced"),
    ],
)
def test_deny_rules_for_commands_are_in_the_intent(
    command: str, mode: Mode, confinement: Confinement, denied: tuple[DeniedCommand, ...]
) -> None:
    assert running(command, rules=RULES, mode=mode, confinement=confinement).only(ToolStarted).denied == denied


def test_a_tool_that_starts_nothing_needs_no_rules_for_commands() -> None:
    assert reading(rules=RULES, confinement=TRACED).only(ToolStarted).denied == ()


def test_a_line_that_is_allowed_for_ever_may_start_what_it_wants_at_once() -> None:
    drive = running("make clean", rules=RULES[:3], confinement=TRACED)
    drive.feed(PermissionAnswered(call=drive.open("permission.asked"), allowed=True, how="person", scope="session"))
    assert drive.only(PermissionGranted).rule == "Bash(make clean)"
    assert drive.only(ToolStarted).denied == ()
    once = running("make clean", rules=RULES[:3], confinement=TRACED)
    once.feed(PermissionAnswered(call=once.open("permission.asked"), allowed=True, how="person"))
    assert once.only(ToolStarted).denied == (RM,)
