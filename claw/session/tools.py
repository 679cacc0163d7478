"""What the log is told of the tools that a session has from here on."""

from __future__ import annotations

from claw.events.tools import ToolsChanged, ToolSpec
from claw.projections.tools import Tools
from claw.tools.toolbox import Toolbox


def changed(tools: Tools, toolbox: Toolbox) -> list[ToolsChanged]:
    """An event for each source whose tools are not those that the log has of it."""
    now = {source: toolbox.offer(source, tools.known) for source in toolbox.sources}
    sources = dict.fromkeys((*now, *tools.sources))
    offers = {source: now.get(source, ToolsChanged(source=source)) for source in sources}
    return [
        offer
        for source, offer in offers.items()
        if _told(offer) != _told(tools.sources.get(source, ToolsChanged(source=source)))
    ]


def _told(offer: ToolsChanged) -> tuple[list[ToolSpec], dict[str, ToolSpec], tuple[str, ...], str]:
    """What an offer says: in which order deferred tools were found is nothing of that."""
    kept = frozenset(offer.deferred)
    direct = [tool for tool in offer.tools if tool.name not in kept]
    known = {tool.name: tool for tool in offer.tools if tool.name in kept}
    return direct, known, offer.deferred, offer.digest
