"""A source of a thousand tools: what it costs, and how one of them comes to be called. Over the real wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import anyio
import msgspec
from msgspec.structs import replace

from claw import log, prompt, session
from claw.events.control import LimitAsked
from claw.events.model import ModelRequested
from claw.events.permission import PermissionAsked
from claw.events.request import OfferedTool
from claw.events.tool import ToolCompleted, ToolFinished, ToolRequested
from claw.events.tools import ToolsChanged, ToolsFound, ToolSpec, Traits
from claw.execution.context import Facts, ToolContext
from claw.handlers.permission import Reply
from claw.log import Home
from claw.projections.state import INITIAL, fold, fold_all
from claw.replay import replay
from claw.session.config import Options
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared, Outcome, Report, Tool
from tests.cli.live.world import World, text, tool

MANY = 1_000
TOKENS = 2_000
"""One hundredth of a window of 200 000."""


class LookupArguments(Arguments, frozen=True):
    subject: str
    limit: int = 10


class Lookup(Tool):
    arguments: type[Arguments] = LookupArguments

    def __init__(self, number: int, about: str = "") -> None:
        said = f"Looks up {about or f'the record of department {number}'} in the archive of the company. " * 3
        schema, traits = schema_of(LookupArguments), Traits(footprint="read")
        self.spec = ToolSpec(name=f"lookup_{number}", description=said, schema=schema, traits=traits)

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        return Outcome(f"{self.spec.name} knows {arguments['subject']}")


class Nobody:
    async def go_on(self, question: LimitAsked) -> int | None:
        return None

    async def ask(self, question: PermissionAsked) -> Reply:
        raise AssertionError(question)


def thousand(**others: str) -> tuple[Declared, ...]:
    """`others` are the subjects of tools that have another than the rest, by their numbers behind an n."""
    return tuple(Lookup(number, others.get(f"n{number}", "")) for number in range(MANY))


ARCHIVE = {"archive": thousand(n7="zebras")}


async def talk(world: World, said: Sequence[str], tools: dict[str, tuple[Declared, ...]], path: str = "") -> str:
    """Inputs, or commands that begin with a slash, one after the other; the session's folder."""
    home = Home.default(world.environ)
    options = Options(workspace=str(world.workspace), environ=world.environ, tools=tools)
    person = Nobody()
    opened = session.resumed(home, path, options, person) if path else session.started(home, options, person)
    async with opened as talk:
        for words in said:
            if words == "/clear":
                await talk.command("clear")
            else:
                await talk.send(words)
                await talk.settled()
        return talk.path


def requests(path: str) -> list[tuple[OfferedTool, ...]]:
    """The tools of each request."""
    found, state = [], INITIAL
    for envelope in log.read(path):
        if isinstance(envelope.data, ModelRequested):
            found.append(prompt.build(state, state.agents[envelope.agent], envelope.data).tools)
        state = fold(state, envelope)
    return found


def size(tools: Sequence[OfferedTool]) -> int:
    """Bytes in a request, as each API has them, more or less."""
    plain = [{"name": one.name, "description": one.description, "schema": json.loads(one.schema)} for one in tools]
    return len(msgspec.json.encode(plain))


def names(tools: Sequence[OfferedTool]) -> list[str]:
    return [one.name for one in tools]


def of(path: str, kind: type[Any]) -> list[Any]:
    return [envelope.data for envelope in log.read(path) if isinstance(envelope.data, kind)]


def test_a_thousand_tools(world: World) -> None:
    world.serve(
        tool("lookup_7", {"subject": "stripes"}),
        tool("ToolSearch", {"query": "zebras", "max_results": 3}),
        tool("lookup_7", {"subject": "stripes"}),
        tool("ToolSearch", {"query": "select:lookup_8,LOOKUP_9,lookup_x"}),
        text("It has stripes."),
        text("I go on."),
    )
    path = anyio.run(talk, world, ["What is a zebra?"], ARCHIVE)
    first, error, found, called, more = requests(path)
    known = [one for one in first if one.name != "ToolSearch"]
    assert not [one for one in first if one.name.startswith("lookup")]
    assert (size(first) - size(known)) / 4 <= TOKENS, "all that the tools cost is the search for them"
    assert names(found) == [*names(first), "lookup_7"], "the beginning of the prompt stays as it was"
    assert found[: len(first)] == first == error
    assert names(more) == [*names(called), "lookup_8", "lookup_9"]
    assert of(path, ToolRequested)[0].error.startswith("lookup_7 is not among your tools yet. Find it with ")
    (result,) = of(path, ToolFinished)
    assert result.content[0].text == "lookup_7 knows stripes"
    assert [one.is_error for one in of(path, ToolCompleted)] == [False, False]
    by_words, by_name = of(path, ToolsFound)
    assert [one.name for one in by_words.tools] == ["lookup_7"]
    assert by_name.unknown == ("lookup_x",)
    recorded = of(path, ToolsChanged)[-1]
    assert (recorded.source, recorded.tools, len(recorded.deferred)) == ("archive", (), MANY)
    assert len(msgspec.msgpack.encode(recorded)) < 20 * MANY, "names, not declarations"
    goes_on(world, path)
    assert replay(path).ok


def goes_on(world: World, path: str) -> None:
    """At a resume nothing is recorded where nothing has changed; what is declared otherwise is; /clear forgets."""
    before = len(of(path, ToolsChanged))
    assert anyio.run(talk, world, ["And?", "/clear", "Again."], ARCHIVE, path) == path
    assert len(of(path, ToolsChanged)) == before
    kept, cleared, *_ = requests(path)[5:]
    assert names(kept)[-3:] == ["lookup_7", "lookup_8", "lookup_9"]
    assert names(cleared)[-1] == "ToolSearch"
    anyio.run(talk, world, [], {"archive": thousand(n7="quaggas")}, path)
    changed = of(path, ToolsChanged)[before]
    assert [one.name for one in changed.tools] == ["lookup_7", "lookup_8", "lookup_9"]
    assert "quaggas" in changed.tools[0].description
    assert changed.digest != of(path, ToolsChanged)[before - 1].digest
    state = fold_all(INITIAL, log.read(path))
    assert state.tools.known["lookup_7"].description.startswith("Looks up quaggas")


def test_what_is_small_is_offered_at_once(world: World) -> None:
    """So is what says that it always is; what says that it is to be found is not, however small."""
    large = thousand()
    always = Lookup(2_000)
    always.spec = replace(always.spec, deferred=False)
    hidden = Lookup(3_000)
    hidden.spec = replace(hidden.spec, deferred=True)
    stands_in = Lookup(4_000)
    stands_in.spec = replace(stands_in.spec, name="Bash")
    world.serve(text("Hello."), text("Hello."))
    few = {"few": (Lookup(1), hidden, stands_in), "many": (*large, always), "one": (Lookup(1, "another"),)}
    (request,) = requests(anyio.run(talk, world, ["Hi."], few))
    offered = [one for one in request if one.name.startswith("lookup")]
    assert names(offered) == ["lookup_1", "lookup_2000"], "of one name the first alone"
    search = request[names(request).index("ToolSearch")]
    assert "- few: lookup_3000\n" in search.description
    assert "- many (1000): lookup_0, lookup_" in search.description
    assert len(names(request)) == len({*names(request)})
    (request,) = requests(anyio.run(talk, world, ["Hi."], {"few": (Lookup(1),)}))
    assert "lookup_1" in names(request)
