"""ToolSearch: tools that are kept out of the prompt until somebody looks for them. What follows are events alone."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from claw.events.tools import BUILTIN, Shown, ToolSpec, Traits
from claw.tools.arguments import Arguments, schema_of
from claw.tools.base import Declared

_DESCRIPTION = """\
Find tools that are not among yours yet. What is found is yours from your next reply on, and is called as any other.
- `query` is `select:Name,Name` for tools whose names you know. Else it has words to look for in names and \
descriptions; a word behind a + has to be in the name or in its source: `+github pull request`.
- `max_results`: at most so many that words find, the best first; 5 if not given.
Look here before you say that you cannot do something. There are:
{names}"""

_NAME_ROOM = 200
"""Bytes of names at least, however small the window is."""


class ToolSearchArguments(Arguments, frozen=True):
    query: Annotated[str, Meta(min_length=1, max_length=2_000, description="select:Name,Name, or words")]
    max_results: Annotated[int, Meta(ge=1, le=50, description="At most so many that words find")] | None = None


class ToolSearch(Declared):
    """Has nothing to run: `claw.decide.searching` derives what follows. `names` are those of the tools that can be
    found, by source; `room` how many bytes the declaration may take.
    """

    spec = ToolSpec(
        name="ToolSearch",
        description=_DESCRIPTION,
        schema=schema_of(ToolSearchArguments),
        traits=Traits(footprint="none", performer="decide", effect="search", shown=Shown(line="query")),
    )
    arguments: type[Arguments] = ToolSearchArguments

    def __init__(self, names: Mapping[str, tuple[str, ...]], room: int) -> None:
        spec = ToolSearch.spec
        left = room - len((spec.name + spec.description + spec.schema).encode())
        self.spec = replace(spec, description=_DESCRIPTION.replace("{names}", _listed(names, max(left, _NAME_ROOM))))


def _listed(names: Mapping[str, tuple[str, ...]], room: int) -> str:
    """A line for each source, with as many of its names as have room beside those of the others."""
    lines: list[str] = []
    left = sum(map(len, names.values()))
    for position, source in enumerate(sorted(names, key=BUILTIN.__ne__)):
        line = _line(source, names[source], room // (len(names) - position))
        rest = f"- and {left} more of others"
        room -= len(line.encode()) + 1
        if room < len(rest) and position < len(names) - 1:
            return "\n".join((*lines, rest))
        lines.append(line)
        left -= len(names[source])
    return "\n".join(lines)


def _line(source: str, names: tuple[str, ...], room: int) -> str:
    line = f"- {'claw' if source == BUILTIN else source}: {', '.join(names)}"
    if len(line.encode()) <= room:
        return line
    line = f"- {source} ({len(names)}):"
    shown = 0
    for name in names:
        if len(line.encode()) + len(name.encode()) + len(", and more") > room:
            break
        line, shown = f"{line}{',' if shown else ''} {name}", shown + 1
    return f"{line}{',' if shown else ''} and more"
