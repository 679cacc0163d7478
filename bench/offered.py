"""What tools cost that a session is offered by the thousand: of the window, of a start, and to find one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, seconds
from claw.events.results import BYTES_PER_TOKEN
from claw.events.tools import BUILTIN, ToolSpec, Traits
from claw.projections.tools import Tools
from claw.session.tools import changed
from claw.tools.agent_kinds import KINDS
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared
from claw.tools.bash import BashArguments
from claw.tools.finding import Findable, best
from claw.tools.toolbox import Toolbox

MANY = 1_000
WINDOW = 200_000
TIMES = 9


class Offered(Declared):
    """A tool of somebody's, as large as they are."""

    arguments: type[Arguments] = BashArguments

    def __init__(self, number: int) -> None:
        said = f"Creates, reads or changes the records of department {number} in the archive. " * 5
        self.spec = ToolSpec(
            name=f"mcp__archive__records_{number}",
            description=said,
            schema=schema_of(BashArguments),
            traits=Traits(performer="server"),
        )


def figures(folder: Path) -> Iterator[Figure]:
    """A source of a thousand tools, beside none."""
    source: dict[str, tuple[Declared, ...]] = {"archive": tuple(map(Offered, range(MANY)))}
    none, many = (Toolbox(others, KINDS, (), WINDOW) for others in ({}, source))
    tokens = (_size(many) - _size(none)) / BYTES_PER_TOKEN
    share = 100 * tokens / WINDOW
    yield Figure("1 000 tools, of the window", share, f"{share:.2f} % ({tokens:.0f} tokens)", most=1)

    def offer() -> None:
        changed(Tools(), Toolbox(source, KINDS, (), WINDOW))

    took = median([seconds(offer) for _ in range(TIMES)]) * 1e3
    yield Figure("1 000 tools, at a start", took, f"{took:.1f} ms", most=20)
    there = [Findable(source, tool.spec) for source, tool in many.findable() if source != BUILTIN]
    took = median([seconds(lambda: best("records of department 77", there)) for _ in range(TIMES)]) * 1e3
    yield Figure("one of 1 000 tools, found", took, f"{took:.0f} ms", most=100)


def _size(toolbox: Toolbox) -> int:
    """Bytes of what a model is told at once."""
    offers = [toolbox.offer(source, ()) for source in toolbox.sources]
    told = [tool for offer in offers for tool in offer.tools if tool.name not in offer.deferred]
    return sum(len((tool.name + tool.description + tool.schema).encode()) for tool in told)
