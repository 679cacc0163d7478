"""Instruction files: read anew with inputs, and as a call touches the folders and files that they are for."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from claw.events.agent import AgentsChanged
from claw.events.base import Blob
from claw.events.context import InstructionFile, InstructionRule, InstructionsFound, Scope
from claw.events.session import RecoveryReport, SessionResumed
from claw.events.tool import PROBE, PROGRAM, PathFact, ToolResolved
from claw.tools.agent import Agent
from tests.pure.drive import BASH, EDIT, READ, Drive
from tests.pure.hooking import answer, hook
from tests.replay.histories.agents import KINDS, over, spawn, task
from tests.replay.histories.isolated_agents import made
from tests.replay.histories.parts import READ_A, command, history
from tests.replay.histories.tasks import kind, with_agents
from tests.replay.lives import RUNTIME

NEW = {"instructions": 2}
GOES_ON = SessionResumed(
    runtime=replace(RUNTIME, behaviours=NEW), recovery=RecoveryReport(clean=True), date="2026-01-02"
)
A_SECOND = 1_000


def file(path: str, text: str | Blob = "words", scope: Scope = "project", **more: Any) -> InstructionFile:
    return InstructionFile(path=path, scope=scope, digest=f"{path} {text}", text=text, **more)


def rule(path: str, *paths: str, **more: Any) -> InstructionRule:
    return InstructionRule(path=path, scope="project", digest=f"{path} {paths}", paths=paths, **more)


def found(drive: Drive, *files: InstructionFile, agent: int = 0, **more: Any) -> None:
    """What is being read is this, told as it was asked for."""
    call = drive.open("context.instructions_requested", agent=agent)
    asked = next(envelope.data for envelope in drive.log if envelope.seq == call)
    partly = bool(asked.known or asked.waiting or asked.behind)
    fields = {"partly": partly, "behind": asked.behind, **more}
    drive.feed(InstructionsFound(call=call, files=files, **fields), agent=agent)


def say(drive: Drive, text: str = "go on") -> None:
    """An input long after whatever was before it."""
    drive.later(A_SECOND)
    drive.say(text, unchanged=False)


def place(canonical: str, **more: Any) -> PathFact:
    return PathFact(parameter="file_path", given=canonical, canonical=canonical, **{"inside": True, **more})


def touch(drive: Drive, *paths: PathFact, agent: int = 0) -> None:
    """The model reads; the call begins, and is open."""
    drive.reply(READ_A, agent=agent)
    drive.feed(ToolResolved(call=drive.open("tool.resolve_requested", agent=agent), paths=paths), agent=agent)


def read(drive: Drive, *paths: PathFact, agent: int = 0) -> None:
    """The same, and ends; nothing is being read for it."""
    touch(drive, *paths, agent=agent)
    drive.finish(drive.open("tool.started", agent=agent), agent=agent)


@history
def folders_and_files_are_touched() -> Drive:
    drive = Drive(behaviours=NEW, mode="bypassPermissions")
    drive.say("hello")
    drive.reply("hello")
    say(drive)
    rules = (
        rule("ts.md", "*.ts", "src/**"),
        rule("/r/.claude/rules/py.md", "w/**/*.py", base="/"),
        rule("lib.md", "*.md", base="lib", folder="lib"),
        rule("same.md", "*.md", base="li"),
    )
    found(drive, file("CLAUDE.md"), rules=rules)
    touch(drive, place("a/b/c.txt"), place("a/b", directory=True), place("x.txt"))
    found(drive, file("a/CLAUDE.md", folder="a"), file("a/b/AGENTS.md", Blob(digest="d", size=700), folder="a/b"))
    drive.finish(drive.open("tool.started"))
    read(drive, place("a/b/d.txt"), place("a", directory=True), place(".", directory=True))
    read(drive, place("/etc/hosts", inside=False), place(".git/config"), place("a/node_modules/x/y.txt"))
    read(
        drive,
        PathFact(parameter=PROBE, given="p/q", canonical="p/q", inside=True),
        PathFact(parameter=PROGRAM, given="r/s", canonical="r/s", inside=True),
    )
    touch(drive, place("src/one.ts"))
    drive.finish(drive.open("tool.started"))
    found(drive, file("ts.md", paths=("*.ts", "src/**")))
    read(drive, place("src/two.ts"), place("lib", directory=True), place("src/deep.md", directory=True))
    found(drive)
    drive.reply("done")
    return drive


@history
def rules_of_folders_and_of_above() -> Drive:
    drive = Drive(behaviours=NEW)
    drive.say("hello")
    rules = (rule("/py.md", "w/**/*.py", base="/"), rule("lib/r.md", "*.md", base="lib", folder="lib"))
    drive.reply("hello")
    say(drive)
    found(drive, rules=rules)
    touch(drive, place("one.py"), place("libs/a.md"))
    found(drive, file("/py.md", paths=("w/**/*.py",)))
    drive.finish(drive.open("tool.started"))
    touch(drive, place("lib/a.md"), place("lib/b.md"))
    found(drive, file("lib/r.md", paths=("*.md",), folder="lib"), rules=(rule("lib/s.md", "*.c", folder="lib"),))
    drive.finish(drive.open("tool.started"))
    read(drive, place("lib/c.md"), place("two.py"))
    drive.reply("done")
    say(drive)
    found(drive, gone=("lib/r.md",), dropped=("lib/s.md", "/py.md"))
    drive.reply("done")
    say(drive)
    found(drive)
    drive.reply("done")
    return drive


@history
def what_changes_is_told_behind() -> Drive:
    drive = Drive(behaviours=NEW)
    drive.later(A_SECOND)
    drive.say("before anything was sent", unchanged=False)
    found(drive, file("A.md"), file("B.md"), rules=(rule("r.md", "*.c"),))
    drive.reply("hello")
    drive.say("at once, and read all the same", unchanged=False)
    found(drive)
    drive.reply("hello")
    say(drive)
    found(drive, file("A.md", "other", replaces="A.md words"), file("C.md"), gone=("B.md",))
    drive.say("while the model answers", unchanged=False)
    found(drive)
    drive.reply("hello")
    drive.reply("hello")
    say(drive)
    found(drive, gone=("A.md", "C.md"))
    drive.reply("hello")
    drive.feed(GOES_ON)
    drive.feed(GOES_ON)
    drive.say("while they are read", unchanged=False)
    found(drive, file("D.md", "new", scope="user", imported_by="C.md"))
    drive.reply("hello")
    return drive


@history
def nothing_was_sent_yet() -> Drive:
    drive = Drive(behaviours=NEW)
    drive.later(A_SECOND)
    command(drive, "clear")
    drive.feed(GOES_ON)
    found(drive, file("A.md"), file("B.md"))
    drive.later(100)
    drive.say("just now", unchanged=False)
    drive.reply("hello")
    command(drive, "clear")
    say(drive)
    found(drive, file("B.md", "other"), gone=("A.md",))
    drive.reply("hello")
    return drive


@history
def a_summary_and_a_new_beginning() -> Drive:
    drive = Drive(behaviours={**NEW, "compaction": 2, "prompt": 3})
    drive.say("hello")
    drive.reply("hello")
    say(drive)
    found(drive, file("A.md"), rules=(rule("r.md", "*.c"), rule("s.md", "*.d", folder="lib")))
    touch(drive, place("lib/one.c"))
    found(drive, file("lib/CLAUDE.md", folder="lib"), file("r.md", paths=("*.c",)))
    drive.finish(drive.open("tool.started"))
    drive.reply("x" * 200, tokens=9_500)
    say(drive, "too much by now")
    found(drive, file("A.md", "other", replaces="A.md words"))
    drive.reply("a summary")
    read(drive, place("lib/two.c"))
    drive.reply("done")
    command(drive, "clear")
    say(drive)
    found(drive)
    touch(drive, place("lib/three.c"))
    found(drive, file("lib/CLAUDE.md", folder="lib"))
    drive.finish(drive.open("tool.started"))
    drive.reply("done")
    return drive


@history
def an_agent_begins_with_what_counts_everywhere() -> Drive:
    drive = Drive(tools=(Agent().spec, READ, EDIT, BASH), behaviours=NEW)
    drive.feed(AgentsChanged(kinds=KINDS))
    drive.say("hello")
    drive.reply("hello")
    say(drive)
    found(drive, file("A.md"), rules=(rule("r.md", "*.c"),))
    touch(drive, place("lib/one.c"))
    found(drive, file("lib/CLAUDE.md", folder="lib"), file("r.md", paths=("*.c",)))
    drive.finish(drive.open("tool.started"))
    spawn(drive, task())
    touch(drive, place("lib/two.c"), agent=1)
    found(drive, file("lib/CLAUDE.md", folder="lib"), file("r.md", paths=("*.c",)), agent=1)
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    drive.reply("read", agent=1)
    return over(drive)


@history
def an_agent_touches_a_folder_of_its_worktree() -> Drive:
    drive = with_agents(kind(isolation="worktree"), mode="bypassPermissions")
    spawn(drive, task("own"))
    made(drive)
    touch(drive, place("lib/one.c"), agent=1)
    found(drive, file("lib/CLAUDE.md", folder="lib"), agent=1)
    drive.finish(drive.open("tool.started", agent=1), agent=1)
    drive.later(A_SECOND)
    drive.say("and there?", 1, unchanged=False)
    found(drive, agent=1)
    drive.reply("nothing", agent=1)
    return drive


@history
def an_input_that_is_refused_after_they_have_changed() -> Drive:
    drive = Drive(behaviours=NEW, hooks=(hook("UserPromptSubmit"),))
    drive.say("hello")
    answer(drive)
    drive.reply("hello")
    say(drive)
    found(drive)
    answer(drive)
    touch(drive, place("lib/one.c"))
    drive.say("no", unchanged=False)
    found(drive, file("lib/CLAUDE.md", folder="lib"))
    found(drive)
    drive.finish(drive.open("tool.started"))
    answer(drive, verdict="deny")
    drive.reply("done")
    say(drive)
    found(drive, file("A.md", "other"))
    answer(drive, verdict="deny")
    drive.later(A_SECOND)
    drive.say("while the model answers", unchanged=False)
    found(drive)
    answer(drive)
    drive.say("no", unchanged=False)
    found(drive, file("B.md"))
    drive.reply("done")
    answer(drive, verdict="deny")
    return drive
