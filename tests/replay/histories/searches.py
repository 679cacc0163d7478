"""Tools that are kept out of prompts: found, called, forgotten, and gone with whoever offers them."""

from __future__ import annotations

import json

from msgspec.structs import replace

from claw.events.input import InputInterrupted
from claw.events.tools import BUILTIN, ToolsChanged, ToolsFound, ToolSpec, Traits
from claw.tools.tool_search import ToolSearch
from tests.pure.drive import READ, READS, Drive
from tests.replay.histories.agents import over
from tests.replay.histories.parts import READ_A, command, forked, history
from tests.replay.histories.tasks import kind, spawn, task, with_agents

SEARCH = ToolSearch({}, 4_000).spec
CELLS = ToolSpec(name="Cells", description="Changes cells.\nOf notebooks.", schema="{}", traits=READS)
SHEETS = ToolSpec(name="Sheets", description="s" * 301, schema="{}", traits=Traits(footprint="execute"))
DEPTHS = replace(CELLS, name="Depths", description="d" * 300)
OTHERS = ToolsChanged(source="others", deferred=("Cells", "Sheets", "Depths", "Read"), digest="00")


def searched(query: str, most: int | None = None) -> tuple[str, str]:
    return "ToolSearch", json.dumps({"query": query} | ({"max_results": most} if most else {}))


def with_others(*kinds: object, **more: object) -> Drive:
    drive = with_agents(*kinds, tools=(SEARCH,), **more)  # type: ignore[arg-type]
    drive.feed(OTHERS)
    return drive


def finds(drive: Drive, *tools: ToolSpec, agent: int = 0, unknown: tuple[str, ...] = (), more: int = 0) -> None:
    """What the agent's open search has found."""
    call = drive.open("tools.search_requested", agent=agent)
    intent = drive.log[call].data
    matches = len(tools) + more
    found = ToolsFound(call=call, tool_call=intent.tool_call, tools=tools, unknown=unknown, matches=matches)
    drive.feed(found, agent=agent)


def search(drive: Drive, query: str, *tools: ToolSpec, agent: int = 0, **more: object) -> None:
    spawn(drive, searched(query), agent=agent)
    finds(drive, *tools, agent=agent, **more)  # type: ignore[arg-type]


def called(drive: Drive, *others: tuple[str, str], agent: int = 0) -> None:
    """The agent calls the deferred tool, which it has, and these."""
    drive.reply(("Cells", '{"file_path":"a"}'), *others, agent=agent)
    drive.resolve(drive.open("tool.resolve_requested", agent=agent), agent=agent)
    drive.finish(drive.open("tool.started", agent=agent), agent=agent)


@history
def tools_that_are_found() -> Drive:
    drive = with_others()
    drive.reply(("Cells", "{}"), ("Nobody", "{}"))
    search(drive, "cells", CELLS, more=2)
    called(drive, ("Sheets", "{}"))
    search(drive, "select:Sheets,Depths", SHEETS, DEPTHS)
    search(drive, "nothing")
    search(drive, "select:Nothing", unknown=("Nothing",))
    search(drive, "select:Read,Nothing", unknown=("Read", "Nothing"))
    search(drive, "cells", CELLS, more=1)
    spawn(drive, searched("many", 7))
    finds(drive, SHEETS)
    drive.reply(("Other", "{}"))
    return over(drive)


@history
def nobody_stands_in_for_a_deferred_tool() -> Drive:
    """The names of one source's tools mean these, whether they were found or not, and whoever comes later."""
    drive = with_others()
    other = replace(CELLS, description="another's")
    drive.feed(ToolsChanged(source="another", tools=(other, replace(DEPTHS, name="Direct"))))
    third = (other, replace(READ, description="another's"))
    drive.feed(ToolsChanged(source="a third", tools=third, deferred=("Cells", "Read")))
    drive.reply(("Cells", "{}"))
    drive.reply(("Direct", '{"file_path":"a"}'))
    drive.resolve(drive.open("tool.resolve_requested"))
    drive.finish(drive.open("tool.started"))
    search(drive, "all", CELLS, READ)
    drive.reply("so")
    drive.feed(ToolsChanged(source=BUILTIN, tools=(READ, SEARCH)))
    drive.say("go on")
    return over(drive)


@history
def found_tools_leave_and_come_back_otherwise() -> Drive:
    drive = with_others()
    search(drive, "cells", CELLS, SHEETS)
    drive.reply("I see")
    drive.feed(replace(OTHERS, tools=(replace(CELLS, description="Changes."),), deferred=("Cells",), digest="01"))
    drive.say("call them")
    called(drive, ("Sheets", "{}"))
    drive.reply("so")
    drive.feed(ToolsChanged(source="others"))
    drive.say("and now")
    drive.reply(("Cells", "{}"))
    drive.feed(replace(OTHERS, tools=(CELLS,), deferred=(), digest=""))
    return over(drive)


@history
def forgotten_with_the_conversation() -> Drive:
    drive = with_others()
    search(drive, "cells", CELLS)
    over(drive)
    command(drive, "compact")
    if drive.all_open("model.requested"):
        drive.reply("a summary")
    drive.say("go on")
    over(drive)
    command(drive, "clear")
    drive.say("again")
    drive.reply(("Cells", "{}"))
    search(drive, "cells", CELLS)
    over(drive)
    forked(drive)
    drive.say("in a fork")
    return over(drive)


@history
def each_agent_finds_its_own() -> Drive:
    """A kind that names a deferred tool begins with it; what a parent has found is not its child's; and the children
    of a kind that only looks find what looks."""
    drive = with_others(kind(tools=("Read", "Cells")), kind("reader", footprints=("read", "none")), kind("all"))
    drive.feed(replace(OTHERS, tools=(CELLS,)))
    search(drive, "sheets", SHEETS)
    spawn(drive, task("own"), task("reader"), task("all"))
    called(drive, ("Sheets", "{}"), agent=1)
    search(drive, "sheets", SHEETS, CELLS, agent=2)
    drive.reply(("Sheets", "{}"), agent=2)
    search(drive, "sheets", SHEETS, agent=3)
    spawn(drive, task("all"), agent=3)
    spawn(drive, task("all"), agent=4)
    if 5 in drive.state.agents and drive.all_open("model.requested", 5):
        spawn(drive, searched("cells"), task(), agent=5)
    return drive


@history
def a_search_that_comes_too_late() -> Drive:
    drive = with_others()
    spawn(drive, searched("cells"), READ_A)
    drive.feed(InputInterrupted(how="user"))
    finds(drive, CELLS)
    for call in drive.all_open("tool.started"):
        drive.finish(call)
    drive.say("and now?")
    return over(drive)
