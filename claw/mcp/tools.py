"""A server's tools as the session has them: declared within bounds, called over the connection, read as blocks."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from claw._native import blake3
from claw.errors import ToolError
from claw.events.content import ImageBlock, ResourceLinkBlock, ResultBlock, TextBlock
from claw.events.mcp import McpOffered, McpPrompt, McpPromptArgument, McpResource
from claw.events.tools import ToolSpec, Traits
from claw.execution.context import Facts, ToolContext
from claw.late import pattern
from claw.mcp.messages import Json, Offered, Progressed
from claw.mcp.servers import Servers
from claw.settings.mcp import ServerFile
from claw.tools.arguments import Arguments
from claw.tools.base import Outcome, Report, Tool
from claw.tools.media import shown_media

MOST_TOOLS = 10_000
"""Of one server."""
MOST_DESCRIBED = 2_048
"""Characters of what a tool says of itself."""
MOST_SCHEMA = 65_536
"""Bytes of a tool's schema."""
MOST_NAME = 64
MOST_TEXT = 100 * 2**20
"""Bytes of one text of a result."""
_HIDDEN = pattern(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
_encode = msgspec.json.Encoder(order="deterministic").encode


def source_of(server: str) -> str:
    """Who offers its tools, as `tools.changed` has it."""
    return f"mcp:{server}"


def plain(text: object, most: int) -> str:
    """What a server says of itself, without what is not seen, cut behind so many characters."""
    clean = _HIDDEN.sub("", text) if isinstance(text, str) else ""
    clean = clean.encode(errors="replace").decode()
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def name_of(server: str, tool: str) -> str:
    """What a model calls the tool, and rules speak of."""
    name = f"mcp__{server}__{re.sub(r'[^A-Za-z0-9_-]', '_', tool)}"
    if len(name) <= MOST_NAME and name.endswith(tool):
        return name
    return f"{name[: MOST_NAME - 9]}_{blake3(tool.encode())[:8]}" if len(name) > MOST_NAME else name


def declared(server: ServerFile, offered: Iterable[dict[str, Json]]) -> tuple[dict[str, ToolSpec], list[str]]:
    """What is offered to a model of a server's tools, by what the server calls them; and a sentence for each that is
    not.
    """
    found: dict[str, ToolSpec] = {}
    taken: set[str] = set()
    left_out = []
    for tool in offered:
        given = tool.get("name")
        if not isinstance(given, str) or not given or given in found:
            left_out.append(f"{server.name}: a tool is left out: it has no name of its own.")
            continue
        if given in server.never or (server.only is not None and given not in server.only):
            continue
        if len(found) >= MOST_TOOLS:
            left_out.append(f"{server.name}: tools beyond the first {MOST_TOOLS} are left out.")
            break
        spec = _spec(server.name, given, tool)
        if isinstance(spec, str) or spec.name in taken:
            why = spec if isinstance(spec, str) else "another one has its name"
            left_out.append(f"{server.name}: the tool {plain(given, 80)} is left out: {why}.")
            continue
        taken.add(spec.name)
        found[given] = spec
    return found, left_out


def _spec(server: str, given: str, tool: dict[str, Json]) -> ToolSpec | str:
    """The declaration, or why there is none."""
    schema = tool.get("inputSchema")
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return "its schema is no object's"
    text = _encode({"type": "object", **schema})
    if len(text) > MOST_SCHEMA:
        return f"its schema has more than {MOST_SCHEMA} bytes"
    return ToolSpec(
        name=name_of(server, given),
        description=plain(tool.get("description") or tool.get("title") or given, MOST_DESCRIBED),
        schema=plain(text.decode(), MOST_SCHEMA),
        traits=Traits(footprint="execute", performer="server"),
    )


class ServerTool(Tool):
    """A tool of a server's. `given` is what the server calls it."""

    arguments: type[Arguments] | None = None

    def __init__(self, server: str, given: str, spec: ToolSpec, servers: Servers) -> None:
        self.spec = spec
        self._server = server
        self._given = given
        self._servers = servers

    async def run(self, arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
        def progressed(news: Progressed) -> None:
            report(_in_words(news))

        result = (await self._servers.call(self._server, self._given, arguments, progressed)).value
        return Outcome(blocks_of(result), is_error=result.get("isError") is True)


def _in_words(news: Progressed) -> str:
    so_far = f"{news.progress:g}" if news.total is None else f"{news.progress:g} of {news.total:g}"
    return f"[{so_far}] {plain(news.text, 500)}".rstrip() + "\n"


def blocks_of(result: dict[str, Json]) -> tuple[ResultBlock, ...]:
    """What a call gave, as blocks. Raises ToolError for what is none."""
    content = result.get("content")
    if not isinstance(content, list):
        raise ToolError("The server gave no result that the protocol knows.")
    blocks = tuple(block for part in content if isinstance(part, dict) for block in _block(part))
    structured = result.get("structuredContent")
    if structured is not None and not any(isinstance(block, TextBlock) for block in blocks):
        blocks = (*blocks, TextBlock(text=_encode(structured).decode()))
    return blocks


def _block(part: dict[str, Json]) -> tuple[ResultBlock, ...]:
    match part.get("type"):
        case "text":
            return _text(part.get("text"))
        case "image":
            return _media(part.get("data"), part.get("mimeType"), "an image")
        case "audio":
            return (TextBlock(text=f"[audio, {plain(part.get('mimeType'), 80)}: no model is sent audio]"),)
        case "resource_link":
            return _link(part)
        case "resource":
            return _resource(part.get("resource"))
        case kind:
            return (TextBlock(text=f"[a block of the type {plain(kind, 80)}, which claw does not know]"),)


def _text(text: Json) -> tuple[ResultBlock, ...]:
    if not isinstance(text, str) or not text:
        return ()
    return (TextBlock(text=text.encode(errors="replace")[:MOST_TEXT].decode(errors="ignore")),)


def _link(part: dict[str, Json]) -> tuple[ResultBlock, ...]:
    size = part.get("size")
    return (
        ResourceLinkBlock(
            uri=plain(part.get("uri"), 2_000),
            name=plain(part.get("name"), 200),
            media_type=plain(part.get("mimeType"), 100),
            size=size if isinstance(size, int) and size >= 0 else None,
        ),
    )


def _resource(resource: Json) -> tuple[ResultBlock, ...]:
    if not isinstance(resource, dict):
        return ()
    where = plain(resource.get("uri"), 2_000)
    if isinstance(resource.get("text"), str):
        return (TextBlock(text=f"[{where}]"), *_text(resource["text"]))
    return (TextBlock(text=f"[{where}]"), *_media(resource.get("blob"), resource.get("mimeType"), where))


def _media(data: Json, media_type: Json, name: str) -> tuple[ResultBlock, ...]:
    """A picture as models take it; in words what is none."""
    try:
        raw = base64.b64decode(data if isinstance(data, str) else "", validate=True)
    except (binascii.Error, ValueError):
        return (TextBlock(text=f"[{name}: no base64]"),)
    shown = shown_media(raw, name)
    if isinstance(shown, tuple):
        return tuple(block for block in shown if isinstance(block, ImageBlock))
    why = shown if isinstance(shown, str) else "is no picture that a model can be shown"
    return (TextBlock(text=f"[{name}, {plain(media_type, 80)}, {len(raw)} bytes: {why}]"),)


# --- what it offers beside them ---------------------------------------------------------------------------------------

MOST_PROMPTS = 200
MOST_RESOURCES = 500
"""Of one server, that are kept."""


def offer_of(server: str, tools: int, offered: Offered, left_out: tuple[str, ...]) -> McpOffered:
    """What the log has of it."""
    listed = [(one, False) for one in offered.resources] + [(one, True) for one in offered.templates]
    return McpOffered(
        server=server,
        tools=tools,
        prompts=tuple(_prompt(one) for one in offered.prompts[:MOST_PROMPTS]),
        resources=tuple(_listed(one, template) for one, template in listed[:MOST_RESOURCES]),
        left_out=left_out,
    )


def _prompt(one: dict[str, Json]) -> McpPrompt:
    given = one.get("arguments")
    arguments = [part for part in given if isinstance(part, dict)] if isinstance(given, list) else []
    return McpPrompt(
        name=plain(one.get("name"), 200),
        description=plain(one.get("description"), 500),
        arguments=tuple(
            McpPromptArgument(
                name=plain(part.get("name"), 100),
                description=plain(part.get("description"), 200),
                required=part.get("required") is True,
            )
            for part in arguments[:20]
        ),
    )


def _listed(one: dict[str, Json], template: bool) -> McpResource:
    return McpResource(
        uri=plain(one.get("uriTemplate" if template else "uri"), 2_000),
        name=plain(one.get("name"), 200),
        description=plain(one.get("description"), 200),
        media_type=plain(one.get("mimeType"), 100),
        template=template,
    )
