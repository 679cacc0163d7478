"""How a declaration says which tools can be found."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from claw.events.tools import BUILTIN, ToolSpec

_NAME_ROOM = 200
"""Bytes of names at least, however small the window is."""


def with_names(spec: ToolSpec, names: Mapping[str, tuple[str, ...]], room: int) -> ToolSpec:
    """The declaration of the search, where there are these tools, by source. It takes at most so many bytes."""
    left = room - len((spec.name + spec.description + spec.schema).encode())
    listed = _listed(names, max(left, _NAME_ROOM))
    return replace(spec, description=spec.description.replace("{names}", listed))


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
