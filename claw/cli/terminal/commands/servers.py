"""`/mcp`: the MCP servers of a session, and how each is connected."""

from __future__ import annotations

from collections.abc import Iterator

from claw.cli.offline.words import plural
from claw.cli.terminal import tables
from claw.cli.terminal.commands.conversation import Conversation, Done, say
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUIET
from claw.errors import UsageError
from claw.projections.mcp import ServerLink


async def mcp(chat: Conversation, argument: str) -> Done:
    servers = chat.session.state.mcp.servers
    if argument:
        link = servers.get(argument)
        if link is None:
            raise UsageError(f"there is no MCP server {argument}", hint="/mcp lists those that there are")
        say(chat, tables.pairs(_of(chat, link)))
        return None
    if not servers:
        say(chat, line("there are no MCP servers; docs/mcp.md says how to have some", QUIET))
        return None
    rows = [(name, _state(chat, link), link.server.shown, link.server.source) for name, link in servers.items()]
    say(chat, tables.columns(("server", "now", "command or URL", "from"), rows))
    return None


def _state(chat: Conversation, link: ServerLink) -> str:
    match link.link:
        case "connected":
            return plural(link.offered.tools, "tool") if link.offered is not None else "connected"
        case "connecting":
            again = f", attempt {link.attempt}: {link.message}" if link.message else ""
            return f"is being connected{again}"
        case "apart":
            return f"not connected: {link.message}" if link.message else "not connected"


def _of(chat: Conversation, link: ServerLink) -> Iterator[tuple[str, str]]:
    """All that is known of one."""
    server = link.server
    yield "server", server.name
    yield "now", _state(chat, link)
    yield "from", server.source
    yield ("command" if server.transport == "stdio" else f"URL ({server.transport})"), server.shown
    if link.connected is not None:
        said = link.connected
        yield "says it is", " ".join(filter(None, (said.title, said.release)))
        yield "protocol", said.protocol
        yield "says it has", ", ".join(said.capabilities) or "nothing"
    offer = chat.session.state.tools.sources.get(f"mcp:{server.name}")
    if offer is not None:
        names = dict.fromkeys((*(tool.name for tool in offer.tools), *offer.deferred))
        yield "tools", ", ".join(names)
    if link.offered is not None:
        yield "resources", ", ".join(resource.uri for resource in link.offered.resources) or "none"
        yield "left out", " ".join(link.offered.left_out) or "nothing"
