"""Long-term memory: notes that are loaded, told, written and refused, turned on and off."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from claw.events.memory import MemoryChanged, MemoryLoaded, RememberedNote
from claw.events.permission import Mode, Rule
from claw.events.session import ConfigChanged
from claw.tools.memory import Memory
from tests.pure.drive import Drive
from tests.replay.histories.agents import over
from tests.replay.histories.parts import HISTORIES, command, forked, history, resumed
from tests.replay.histories.tasks import answers, spawn, task, with_agents

MEMORY = Memory.spec
ALLOWED = Rule(effect="allow", rule="Memory", source="s:1")
BUILD = RememberedNote(id=1, name="build.md", text="Use make.\nNot cmake.", date="2026-01-01", project="/w")
STYLE = RememberedNote(id=2, name="style.md", text="Short.", date="2026-01-02", by="model", session="x", seq=7)
OTHER = RememberedNote(id=3, name="other.md", text="Other.", date="2026-01-03", session="x")


def loaded(drive: Drive, digest: str, *notes: RememberedNote, known: bool = False) -> None:
    """What the open look at the notes finds; `known`: what the agent knows."""
    call = drive.open("memory.requested")
    behind = drive.log[call].data.behind
    drive.feed(MemoryLoaded(call=call, digest=digest, notes=None if known else notes, behind=behind))


def remembering(digest: str = "d", *notes: RememberedNote, said: str = "hello", **settings: Any) -> Drive:
    """A session with long-term memory that has loaded these notes."""
    drive = with_agents(tools=(MEMORY,), memory=True, said="", **settings)
    loaded(drive, digest, *notes)
    if said:
        drive.say(said)
        if drive.all_open("memory.requested"):
            loaded(drive, digest, known=True)
    return drive


def say(drive: Drive, digest: str, *notes: RememberedNote, known: bool = False) -> None:
    drive.later(1_000)
    drive.say("more")
    loaded(drive, digest, *notes, known=known)


def wanted(command: str, path: str | None = "/memories/a.md", **more: Any) -> tuple[str, str]:
    given = {"command": command, "path": path, **more}
    return "Memory", json.dumps({name: one for name, one in given.items() if one is not None})


def changed(drive: Drive, told: str = "Written.", **fields: Any) -> None:
    call = drive.open("memory.change_requested")
    drive.feed(MemoryChanged(call=call, tool_call=drive.log[call].data.tool_call, told=told, **fields))


@history
def notes_that_are_loaded_and_change() -> Drive:
    drive = remembering("d", BUILD, STYLE)
    over(drive)
    say(drive, "d", known=True)
    over(drive)
    say(drive, "e", replace(BUILD, text="Use ninja."), OTHER)
    spawn(drive, wanted("view", None))
    over(drive)
    say(drive, "e", known=True)
    over(drive)
    say(drive, "f")
    drive.later(1_000)
    command(drive, "clear")
    drive.say("anew")
    loaded(drive, "f", known=True)
    spawn(drive, wanted("view"))
    return over(drive)


@history
def notes_that_come_when_the_conversation_has_begun() -> Drive:
    drive = over(remembering("d"))
    say(drive, "e", STYLE, BUILD)
    over(drive)
    resumed(drive)
    loaded(drive, "g", STYLE)
    drive.later(1_000)
    drive.say("quickly")
    drive.say("and again")
    loaded(drive, "g", known=True)
    over(drive)
    command(drive, "compact")
    drive.reply("so it was")
    drive.later(1_000)
    drive.say("after the summary")
    loaded(drive, "g", known=True)
    over(drive)
    forked(drive)
    say(drive, "h", STYLE, OTHER)
    return over(drive)


@history
def notes_that_are_written() -> Drive:
    drive = remembering("d", BUILD, rules=(ALLOWED,))
    spawn(drive, wanted("create", file_text="A."))
    changed(drive, note=OTHER, digest="e")
    spawn(drive, wanted("str_replace", old_str="A", new_str="B"), wanted("insert", insert_line=3, insert_text="C"))
    changed(drive, note=replace(OTHER, text="B."), digest="f")
    changed(drive, "Error: no", is_error=True, note=STYLE, digest="x")
    spawn(drive, wanted("str_replace", old_str="B", new_str=""))
    changed(drive, digest="f")
    spawn(drive, wanted("rename", None, old_path="/memories/a.md", new_path="/memories/b.md"))
    changed(drive, note=replace(OTHER, name="b.md"), digest="g")
    spawn(drive, wanted("delete"))
    changed(drive, removed=BUILD.id, digest="")
    spawn(drive, wanted("delete", None))
    changed(drive, "Error: no path", is_error=True)
    spawn(drive, wanted("view"))
    over(drive)
    say(drive, "h", replace(OTHER, name="b.md"))
    over(drive)
    say(drive, "i", STYLE, replace(OTHER, name="b.md"))
    over(drive)
    command(drive, "clear")
    drive.say("anew")
    if drive.all_open("memory.requested"):
        loaded(drive, "h", known=True)
    return over(drive)


@history
def an_agent_reads_notes_and_writes_none() -> Drive:
    drive = remembering("d", BUILD, rules=(ALLOWED,))
    spawn(drive, task("general-purpose"))
    drive.reply(wanted("create", file_text="A."), agent=1)
    drive.later(1_000)
    drive.say("you there", agent=1)
    while drive.all_open("model.requested", 1):
        drive.reply("done", agent=1)
    return over(drive)


def configured(drive: Drive, *, memory: bool) -> None:
    drive.feed(ConfigChanged(config=replace(drive.state.session.settings, memory=memory)))


@history
def memory_that_is_turned_on_and_off() -> Drive:
    drive = over(with_agents(tools=(MEMORY,)))
    drive.later(1_000)
    over_again(drive)
    configured(drive, memory=True)
    configured(drive, memory=True)
    loaded(drive, "d", BUILD)
    over_again(drive, "d")
    configured(drive, memory=True)
    over_again(drive, "d")
    drive.later(1_000)
    drive.say("more")
    configured(drive, memory=False)
    loaded(drive, "e", STYLE)
    spawn(drive, wanted("view"))
    over(drive)
    drive.later(1_000)
    over_again(drive)
    configured(drive, memory=True)
    loaded(drive, "e", STYLE)
    drive.later(1_000)
    drive.say("more")
    loaded(drive, "e", known=True)
    spawn(drive, wanted("create", file_text="A."))
    answers(drive, 0)
    configured(drive, memory=False)
    changed(drive, note=OTHER, digest="f")
    spawn(drive, wanted("view"))
    return over(drive)


def over_again(drive: Drive, digest: str = "") -> None:
    drive.later(1_000)
    drive.say("more")
    if digest:
        loaded(drive, digest, known=True)
    over(drive)


def in_mode(mode: Mode, *rules: Rule) -> Drive:
    """Notes looked at, and one written where that may be."""
    drive = remembering("d", BUILD, mode=mode, rules=rules)
    spawn(drive, wanted("view"), wanted("create", file_text="A."))
    for allowed in (True, False):
        if drive.all_open("permission.asked"):
            answers(drive, 0, allowed=allowed)
        if drive.all_open("memory.change_requested"):
            changed(drive, note=OTHER, digest="e")
        spawn(drive, wanted("delete"))
    if drive.all_open("permission.asked"):
        answers(drive, 0)
    if drive.all_open("memory.change_requested"):
        changed(drive, removed=3, digest="d")
    return over(drive)


HISTORIES["memory_asked"] = lambda: in_mode("default")
HISTORIES["memory_in_accept_edits"] = lambda: in_mode("acceptEdits")
HISTORIES["memory_in_bypass"] = lambda: in_mode("bypassPermissions")
HISTORIES["memory_in_plan"] = lambda: in_mode("plan")
HISTORIES["memory_unasked"] = lambda: in_mode("dontAsk")
HISTORIES["memory_by_rule"] = lambda: in_mode("dontAsk", ALLOWED)
HISTORIES["memory_denied"] = lambda: in_mode("default", Rule(effect="deny", rule="Memory", source="s:3"))
