"""A tool is added from outside, and no file of claw's knows its name: offered over the real wire, judged by the rules
that there are, asked about, run, shown, and gone again with whoever offered it.
"""

from __future__ import annotations

from typing import Any

import anyio

from claw import log, session
from claw.cli.terminal.calls import headline
from claw.cli.terminal.question import details, subject
from claw.events.control import LimitAsked
from claw.events.permission import PermissionAsked, PermissionEvaluated
from claw.events.tool import ToolFinished, ToolRequested
from claw.events.tools import BUILTIN, Shown, ToolsChanged, ToolSpec, Traits
from claw.execution.context import Facts, ToolContext
from claw.execution.files import write_atomic
from claw.execution.paths import judged
from claw.handlers.permission import Reply
from claw.log import Home
from claw.replay import replay
from claw.session.config import Options
from claw.tools.arguments import Arguments, parsed, schema_of
from claw.tools.base import Outcome, Report, Tool
from tests.cli.live.world import World, text, tool


class StampArguments(Arguments, frozen=True):
    target: str
    words: str


class Stamp(Tool):
    spec = ToolSpec(
        name="Stamp",
        description="Put words into a new file.",
        schema=schema_of(StampArguments),
        traits=Traits(
            footprint="write", subject="path", paths=("target",), shown=Shown(line="target", added="words"), limit=2_000
        ),
    )
    arguments: type[Arguments] = StampArguments

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        wanted = parsed(self.spec.name, StampArguments, arguments)
        (fact,) = facts.paths
        path = judged(fact, context)
        write_atomic(facts.grant, fact.canonical, wanted.words.encode(), None, context.workspace, path)
        return Outcome("stamped " * 1_000)


class Person:
    def __init__(self) -> None:
        self.asked: list[PermissionAsked] = []

    async def go_on(self, question: LimitAsked) -> int | None:
        return None

    async def ask(self, question: PermissionAsked) -> Reply:
        self.asked.append(question)
        return Reply(allowed=True)


def test_a_tool_from_outside(world: World) -> None:
    call = {"target": "a.txt", "words": "one\ntwo\n"}
    world.serve(tool("Stamp", call), tool("Stamp", {"target": "kept/b", "words": "x"}), text("done"), text("bye"))
    person = Person()
    path = anyio.run(talked, world, person, "stamp it")
    assert (world.workspace / "a.txt").read_text() == "one\ntwo\n"
    assert not (world.workspace / "kept").exists()
    asked(person)
    recorded(path)
    assert anyio.run(talked, world, person, "and now?", path) == path
    last = [one.data for one in log.read(path, kinds=["tools.changed"])][-1]
    assert last == ToolsChanged(source="outside"), "who offered it is gone"
    assert replay(path).ok


async def talked(world: World, person: Person, words: str, path: str = "") -> str:
    """One input, in a session that is offered the tool, or resumed without it; its folder."""
    home = Home.default(world.environ)
    options = Options(
        workspace=str(world.workspace),
        environ=world.environ,
        disallowed=("Edit(kept/**)",),
        tools={} if path else {"outside": (Stamp(),)},
    )
    opened = session.resumed(home, path, options, person) if path else session.started(home, options, person)
    async with opened as talk:
        await talk.send(words)
        await talk.settled()
        return talk.path


def asked(person: Person) -> None:
    """A person sees what it would do, and is offered a rule that holds for it."""
    (question,) = person.asked
    assert "Stamp(a.txt)" in subject(question, "settings.json").title.plain
    assert [line.plain for line in details(question)] == ["+ one", "+ two"]
    assert question.suggestion.startswith("Edit(//")


def recorded(path: str) -> None:
    events = [envelope.data for envelope in log.read(path)]
    offered = [(event.source, len(event.tools)) for event in events if isinstance(event, ToolsChanged)]
    assert [source for source, _ in offered] == [BUILTIN, "outside"]
    first, second = (event for event in events if isinstance(event, ToolRequested))
    assert first.traits == Stamp.spec.traits
    assert headline(second.name, second.arguments, second.traits.shown) == "Stamp(kept/b)"
    verdicts = [(event.verdict, event.rule) for event in events if isinstance(event, PermissionEvaluated)]
    assert verdicts == [("ask", ""), ("deny", "Edit(kept/**)")]
    (finished,) = (event for event in events if isinstance(event, ToolFinished))
    assert finished.output is not None, "the model was told no more than the tool declares"
