"""Calls: confined or not, with facts that change before they begin."""

from __future__ import annotations

from msgspec.structs import replace

from claw.events.input import CommandInvoked, InputInterrupted
from claw.events.permission import PermissionAnswered, Rule
from claw.events.session import ConfigChanged, Confinement, Model
from claw.events.shell import ShellFinished, ShellStarted
from claw.events.tool import PathFact, ToolInterrupted, ToolResolved
from tests.pure.drive import READ, Drive
from tests.replay.histories.hooked import heard, hook, hooks_run
from tests.replay.histories.parts import BASH, READ_A, answered, forked, history, resumed

FULL = Confinement(namespaces=True, landlock=7, seccomp=True)
READ_ONLY = ("Bash", '{"command":"pwd"}')
HERE = PathFact(parameter="file_path", given="a", canonical="a", inside=True)
WITH_LIMIT = '{"properties":{"file_path":{"type":"string"},"limit":{"type":"integer"}}}'
THERE = PathFact(parameter="file_path", given="a", canonical="/etc/a", inside=False)


def _run(drive: Drive, call: tuple[str, str], *, network: bool = False) -> None:
    drive.reply(call)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
    if "permission.asked" in drive.state.main.pending.calls.values():
        asked = drive.open("permission.asked")
        drive.feed(PermissionAnswered(call=asked, allowed=True, how="person", network=network))
    drive.finish(drive.open("tool.started"))


@history
def confined() -> Drive:
    drive = Drive(confinement=FULL)
    drive.say("run")
    for network in (False, True, False):
        _run(drive, BASH, network=network)
    _run(drive, READ_ONLY)
    drive.reply("done")
    return drive


def _with_texts(tools: int) -> Drive:
    drive = Drive(behaviours={"tools": tools}, tools=(replace(READ, schema=WITH_LIMIT),))
    drive.say("look")
    drive.reply(("Read", '{"file_path":"7","limit":"20"}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    return drive


@history
def a_text_for_a_number() -> Drive:
    return _with_texts(3)


@history
def a_text_for_a_number_before_it_was_taken_for_one() -> Drive:
    return _with_texts(2)


@history
def confined_to_domains() -> Drive:
    rules = (
        Rule(effect="deny", rule="Read(./secrets/**)", source="settings"),
        Rule(effect="ask", rule="Edit(*.lock)", source="settings"),
    )
    drive = Drive(confinement=FULL, domains=("example.com",), rules=rules)
    drive.say("run")
    _run(drive, BASH)
    drive.reply("done")
    return drive


@history
def anywhere() -> Drive:
    drive = Drive(confinement=FULL, domains=("*",))
    drive.say("run")
    _run(drive, BASH)
    return drive


@history
def confined_without_namespaces() -> Drive:
    drive = Drive(confinement=Confinement(landlock=1))
    drive.say("run")
    _run(drive, BASH)
    _run(drive, READ_ONLY)
    return drive


@history
def confined_but_for_the_mode() -> Drive:
    drive = Drive(confinement=FULL, mode="bypassPermissions")
    drive.say("run")
    _run(drive, BASH)
    return drive


@history
def planned() -> Drive:
    drive = Drive(confinement=FULL, mode="plan")
    drive.say("run")
    _run(drive, READ_ONLY)
    return drive


@history
def planned_by_another_model() -> Drive:
    model = Model(provider="test", api="anthropic", name="m", planner="p", window=10_000, max_output=1_000)
    drive = Drive(model=model, mode="plan")
    drive.say("plan")
    drive.reply("a plan")
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode="default")))
    drive.say("do it")
    drive.reply("done")
    return drive


@history
def restless() -> Drive:
    drive = Drive()
    drive.say("read")
    drive.reply(READ_A)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(HERE,)))
    for _ in range(4):
        drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(HERE,)))
    drive.reply(READ_A)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(HERE,)))
    drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(THERE,)))
    answered(drive)
    drive.feed(ToolResolved(call=drive.open("tool.started"), error="gone"))
    drive.reply("done")
    return drive


@history
def moved_while_called_off() -> Drive:
    drive = Drive()
    drive.say("read")
    drive.reply(READ_A, READ_A)
    for _ in range(2):
        drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(HERE,)))
    drive.feed(InputInterrupted(how="user"))
    drive.feed(ToolResolved(call=drive.open("tool.started"), paths=(THERE,)))
    drive.feed(ToolInterrupted(call=drive.open("tool.started"), reason="cancelled"))
    drive.say("again")
    drive.reply("done")
    return drive


ELSEWHERE = PathFact(parameter="command", given="x", canonical=".envrc", inside=True, protected=True)


@history
def allowed_by_an_answer_with_paths_in_sight() -> Drive:
    drive = Drive(confinement=FULL)
    drive.say("run")
    drive.reply(BASH)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(ELSEWHERE,)))
    answered(drive)
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive


@history
def allowed_by_rule_with_paths_out_of_sight() -> Drive:
    drive = Drive(confinement=FULL, rules=(Rule(effect="allow", rule="Bash(make:*)", source="settings"),))
    drive.say("run")
    drive.reply(BASH)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(ELSEWHERE,)))
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive


@history
def read_only_and_asked_about() -> Drive:
    drive = Drive(confinement=FULL, rules=(Rule(effect="ask", rule="Bash(pwd)", source="settings"),))
    drive.say("run")
    drive.reply(READ_ONLY)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
    answered(drive)
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive


def _serve(drive: Drive, *ids: str) -> None:
    drive.say("serve")
    for id in ids:
        drive.reply(("Bash", '{"command":"serve","run_in_background":true}'))
        drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
        call = drive.open("tool.started")
        drive.feed(ShellStarted(id=id, call=call, command="serve"))
        drive.finish(call)
    drive.reply("they run")


@history
def forked_with_some_in_the_background() -> Drive:
    drive = Drive(mode="bypassPermissions")
    _serve(drive, "bash_1", "bash_2", "bash_3")
    drive.feed(ShellFinished(id="bash_1", reason="killed"))
    for _ in range(2):
        forked(drive)
        resumed(drive)
    drive.say("and now?")
    drive.reply("only here")
    return drive


@history
def cleared_and_forked_with_some_in_the_background() -> Drive:
    drive = Drive(mode="bypassPermissions")
    _serve(drive, "bash_1", "bash_2")
    drive.feed(ShellFinished(id="bash_1", reason="exited", exit=0))
    drive.feed(CommandInvoked(name="clear"))
    forked(drive)
    resumed(drive)
    drive.say("and now?")
    drive.reply("only here")
    return drive


@history
def news_of_the_background_is_no_input_that_hooks_are_asked_about() -> Drive:
    drive = Drive(mode="bypassPermissions", hooks=(hook("UserPromptSubmit"),))
    drive.say("serve")
    heard(drive)
    drive.reply(("Bash", '{"command":"serve","run_in_background":true}'))
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested")))
    call = drive.open("tool.started")
    drive.feed(ShellStarted(id="bash_1", call=call, command="serve"))
    drive.finish(call)
    drive.reply("it runs")
    drive.feed(ShellFinished(id="bash_1", reason="exited", exit=0))
    drive.say("and now?")
    while hooks_run(drive):
        heard(drive)
    drive.reply("it ended")
    return drive


@history
def in_sight_because_it_only_reads_or_was_granted() -> Drive:
    outside = PathFact(parameter="command", given="x", canonical="/etc/a", inside=False)
    drive = Drive(confinement=FULL)
    for call in (READ_ONLY, BASH, BASH):
        drive.say("run")
        drive.reply(call)
        drive.feed(ToolResolved(call=drive.open("tool.resolve_requested"), paths=(outside,)))
        if "permission.asked" in drive.state.main.pending.calls.values():
            answered(drive, scope="session")
        drive.finish(drive.open("tool.started"))
        drive.reply("done")
    return drive
