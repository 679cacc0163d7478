"""Tools that a model is told of only once it has searched for them."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from claw import prompt
from claw.events.content import TextBlock
from claw.events.model import ModelRequested
from claw.events.tool import ToolCompleted, ToolRequested
from claw.events.tools import BUILTIN, Reach, ToolsChanged, ToolsFound, ToolSpec, ToolsSearchRequested, Traits
from claw.tools.finding import Findable, best, selected
from claw.tools.tool_search import ToolSearch
from tests.pure.drive import Drive
from tests.replay.histories.searches import CELLS, OTHERS, SHEETS, finds, search, searched, with_others
from tests.replay.histories.tasks import kind, spawn, task


def names(drive: Drive, agent: int = 0) -> list[str]:
    """The tools of the agent's open request."""
    key = drive.open("model.requested", agent=agent)
    intent = drive.log[key].data
    assert isinstance(intent, ModelRequested)
    return [tool.name for tool in prompt.build(drive.state, drive.state.agents[agent], intent).tools]


def said(drive: Drive) -> str:
    (block,) = drive.only(ToolCompleted).content
    assert isinstance(block, TextBlock)
    assert isinstance(block.text, str)
    return block.text


def test_a_deferred_tool_is_not_in_the_prompt_until_it_is_found() -> None:
    drive = with_others()
    before = names(drive)
    assert not {"Cells", "Sheets"} & {*before}
    drive.reply(("Cells", "{}"))
    error = drive.only(ToolRequested).error
    assert error == 'Cells is not among your tools yet. Find it with ToolSearch (query "select:Cells"), then call it.'
    search(drive, "change cells", CELLS, more=1)
    assert said(drive).splitlines() == [
        "1 tool found. From your next reply on you can call what was found:",
        "- Cells: Changes cells.",
        "1 more match: search with other words, or set max_results.",
    ]
    assert names(drive) == [*before, "Cells"], "what was there before stands where it stood"
    search(drive, "sheets", SHEETS)
    assert names(drive) == [*before, "Cells", "Sheets"]
    drive.reply(("Cells", '{"file_path":"a"}'))
    assert drive.only(ToolRequested).traits == CELLS.traits
    assert not drive.only(ToolRequested).error


def test_what_names_no_deferred_tool_is_said() -> None:
    drive = with_others()
    search(drive, "select:Bash,Nothing", unknown=("Bash", "Nothing"))
    assert said(drive).splitlines() == [
        "Bash is among your tools already.",
        "There is no tool 'Nothing' to be found.",
    ]
    assert not drive.only(ToolCompleted).is_error
    search(drive, "select:Nothing", unknown=("Nothing",))
    assert drive.only(ToolCompleted).is_error
    search(drive, "so many words")
    assert said(drive) == "No tool matches. Search with other words, or with fewer."
    assert not drive.only(ToolCompleted).is_error


def test_found_tools_are_the_agents_own_and_as_its_kind_allows() -> None:
    drive = with_others(kind(tools=("Read", "Cells")), kind("reader", footprints=("read", "none")))
    drive.feed(replace(OTHERS, tools=(CELLS,)))
    search(drive, "sheets", SHEETS)
    spawn(drive, task("own"), task("reader"))
    assert names(drive, 1) == ["Read", "Cells"], "its kind names it"
    assert "Sheets" not in names(drive, 2), "what its parent has found is not its own"
    spawn(drive, searched("any", 9), agent=2)
    intent = drive.log[drive.open("tools.search_requested", agent=2)].data
    assert isinstance(intent, ToolsSearchRequested)
    assert (intent.most, intent.reaches) == (9, (Reach(footprints=("read", "none")),))
    finds(drive, SHEETS, CELLS, agent=2)
    assert "Sheets" not in names(drive, 2), "it may not use it, whatever was found"
    assert names(drive, 2)[-1] == "Cells"


def test_a_reach_takes_no_servers_word() -> None:
    read = ToolSpec(name="Look", description="", schema="{}", traits=Traits(footprint="read"))
    server = replace(read, traits=Traits(footprint="read", performer="server"))
    assert Reach(footprints=("read",)).allows(read)
    assert not Reach(footprints=("read",)).allows(server)
    assert Reach().allows(server)
    assert not Reach(without=("Look",)).allows(read)
    assert not Reach(names=("Other",)).allows(read)


def test_nobody_stands_in_for_a_deferred_tool() -> None:
    drive = with_others()
    other = replace(CELLS, description="another's")
    drive.feed(ToolsChanged(source="late", tools=(other,)))
    assert "Cells" not in names(drive)
    search(drive, "cells", CELLS)
    assert CELLS in drive.state.tools_of(drive.state.main)
    drive.feed(ToolsChanged(source="later", deferred=("Bash", "Cells")))
    assert drive.state.tools.deferred["Cells"] == "others"
    assert "Bash" not in drive.state.tools.deferred, "who is offered a tool need not search for it"


def test_a_search_that_is_not_open_finds_nothing() -> None:
    drive = with_others()
    assert not drive.feed(ToolsFound(call=1, tool_call=1, tools=(CELLS,)))
    assert not drive.state.main.found


def _of(*tools: tuple[str, str], source: str = "others", schema: str = "{}") -> list[Findable]:
    return [Findable(source, ToolSpec(name=name, description=said, schema=schema)) for name, said in tools]


PULLS = "mcp__github__list_pull_requests"
TOOLS = [
    *_of(
        ("NotebookEdit", "Changes a cell of a Jupyter notebook"),
        ("mcp__github__create_issue", "Opens an issue"),
        (PULLS, "Lists pull requests"),
        ("mcp__slack__send_message", "Writes to a channel"),
    ),
    *_of(("Config", "Reads settings"), source=BUILTIN, schema='{"properties":{"theme":{"type":"string"}}}'),
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("notebook", ["NotebookEdit"]),
        ("notebooks jupyter", ["NotebookEdit"]),
        ("pull request", [PULLS]),
        ("github", ["mcp__github__create_issue", PULLS]),
        ("mcp__slack__send_message", ["mcp__slack__send_message", "mcp__github__create_issue", PULLS]),
        ("+slack issue", ["mcp__slack__send_message"]),
        ("+github message", ["mcp__github__create_issue", PULLS]),
        ("MESSAGE channel", ["mcp__slack__send_message"]),
        ("theme", ["Config"]),
        ("+theme", []),
        ("+claw", []),
        ("+builtin", ["Config"]),
        ("weather", []),
        ("", []),
        ("+ - !", []),
    ],
)
def test_words_find_tools(query: str, expected: list[str]) -> None:
    assert [tool.name for tool in best(query, TOOLS)] == expected


def test_queries_that_name_tools() -> None:
    assert selected("select:Read,Edit") == ["Read", "Edit"]
    assert selected(" SELECT: Read , Edit,Read,") == ["Read", "Edit"]
    assert selected("select:") == []
    assert selected("notebook select:x") is None


@pytest.mark.parametrize("count", [1, 20, 1_000, 10_000])
@pytest.mark.parametrize("sources", [1, 7, 400])
def test_the_names_that_are_told_have_their_room(count: int, sources: int) -> None:
    offered = {
        f"server{n}": tuple(f"mcp__server{n}__ünusually_long_name_{i}" for i in range(count)) for n in range(sources)
    }
    spec = ToolSearch(offered, 4_000).spec
    assert len((spec.name + spec.description + spec.schema).encode()) <= 4_000
    assert json.loads(spec.schema)["required"] == ["query"]
    least = ToolSearch(offered, 0).spec
    assert len(least.description) - len(ToolSearch({}, 0).spec.description) <= 250
    if count == 1_000 and sources == 7:
        assert "- server6 (1000): mcp__server6__" in spec.description
        assert spec.description.endswith("and more")


def test_a_few_names_are_all_told() -> None:
    spec = ToolSearch({"mine": ("A", "B"), BUILTIN: ("C",)}, 4_000).spec
    assert spec.description.endswith("There are:\n- claw: C\n- mine: A, B")
