"""What the log is told of the tools that a session has from here on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from claw.events.tools import ToolsChanged
from claw.projections.tools import Tools
from claw.tools.base import Declared

Offers: TypeAlias = Mapping[str, tuple[Declared, ...]]
"""Tools by who offers them."""


def changed(tools: Tools, offers: Offers) -> list[ToolsChanged]:
    """An event for each source whose tools are not those that the log has of it."""
    declared = {source: tuple(tool.spec for tool in offered) for source, offered in offers.items()}
    sources = dict.fromkeys((*declared, *tools.sources))
    return [
        ToolsChanged(source=source, tools=declared.get(source, ()))
        for source in sources
        if declared.get(source, ()) != tools.sources.get(source, ())
    ]
