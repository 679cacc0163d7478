"""Where a session works becomes another place: what the model is told of it, and what it is not told twice."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from claw._native import POLICY_DIGEST
from claw.decide.behaviour import CURRENT
from claw.events.context import InstructionsFound
from claw.events.environment import Environment, GitState
from claw.events.session import ConfigChanged, Model, RecoveryReport, Runtime, SessionResumed
from tests.pure.drive import Drive
from tests.replay.histories.parts import READ_A, command, history
from tests.replay.histories.tasks import spawn, task, with_agents

MODEL = Model(provider="test", api="anthropic", name="m", window=10_000, max_output=1_000, planner="thinker")
CLEAN = GitState(branch="main", head="1" * 40, changed=0, commits=("1111111 first",))
DIRTY = GitState(branch="main", head="1" * 40, changed=3, changes=(" M a.txt", "?? b.txt"), commits=("1111111 first",))
DETACHED = GitState(head="2" * 40, changed=1, changes=(" M a.txt",), commits=("2222222 second",))
UNKNOWN = GitState(branch="next", head="3" * 40, trouble="git took too long")
HERE = Environment(date="2026-01-01", platform="Linux", git=CLEAN)


def place(**settings: Any) -> Drive:
    """A session in a repository without changes, whose model for plan mode is another one."""
    drive = Drive(**{"behaviours": CURRENT, "model": MODEL, **settings})
    says(drive, HERE)
    return drive


def says(drive: Drive, environment: Environment | None, *reply: str | tuple[str, str]) -> None:
    """An input, what is found out then, and the answer."""
    drive.say(environment=environment)
    drive.reply(*reply or ("yes",))


@history
def each_thing_that_changes_is_told_once() -> Drive:
    drive = place()
    for environment in (
        replace(HERE, git=DIRTY),
        None,
        replace(HERE, git=DETACHED),
        replace(HERE, git=UNKNOWN, date="2026-01-02"),
        replace(HERE, git=None, folders=("/more", "/still")),
        replace(HERE, git=None, platform="Linux arm64"),
        replace(HERE, folders=()),
    ):
        says(drive, environment)
    return drive


@history
def a_conversation_that_begins_anew_has_what_is_true_then() -> Drive:
    drive = place()
    says(drive, replace(HERE, git=DIRTY))
    says(drive, replace(HERE, git=DETACHED))
    command(drive, "clear")
    says(drive, None)
    says(drive, replace(HERE, git=UNKNOWN))
    command(drive, "compact")
    drive.reply("All was well.")
    says(drive, None)
    return drive


@history
def plan_mode_and_its_model_are_told_behind_the_conversation() -> Drive:
    drive = place()
    for mode in ("default", "plan", "plan", "default"):
        drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode=mode)))
        says(drive, None)
    command(drive, "compact")
    drive.reply("All was well.")
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode="plan")))
    says(drive, None)
    return drive


@history
def plan_mode_from_the_beginning() -> Drive:
    drive = place(mode="plan")
    says(drive, None, READ_A)
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive


@history
def agents_begin_with_what_is_true_then() -> Drive:
    drive = with_agents(model=MODEL)
    says(drive, HERE)
    drive.say(environment=replace(HERE, git=DIRTY))
    spawn(drive, task())
    drive.reply("looked", agent=1)
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, mode="plan")))
    spawn(drive, task(description="again"))
    drive.reply("looked again", agent=2)
    return drive


@history
def an_input_that_waits_is_not_looked_around_for() -> Drive:
    drive = place()
    drive.say(environment=replace(HERE, git=DIRTY))
    drive.say("more")
    drive.reply("yes")
    drive.reply("and yes")
    return drive


@history
def folders_and_no_repository_from_the_beginning() -> Drive:
    drive = Drive(behaviours=CURRENT, model=MODEL)
    says(drive, Environment(date="2026-01-01", platform="Linux", folders=("/more", "/still")))
    says(drive, replace(HERE, git=GitState(branch="main", head="4" * 40)))
    return drive


@history
def what_an_older_claw_had_not_told_is_told_from_then_on() -> Drive:
    drive = Drive(model=MODEL)
    drive.say()
    drive.reply("yes")
    runtime = Runtime(claw="0", python="3", platform="Linux", seed=7, policy=POLICY_DIGEST, behaviours=CURRENT)
    drive.feed(SessionResumed(runtime=runtime, recovery=RecoveryReport(clean=True), date="2026-01-02"))
    drive.looked(HERE)
    drive.feed(InstructionsFound(call=drive.open("context.instructions_requested"), files=()))
    says(drive, None)
    says(drive, replace(HERE, git=DIRTY))
    return drive
