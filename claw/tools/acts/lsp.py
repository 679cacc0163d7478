"""LSP: what a language server knows of code."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.language.positions import counted, lines_of, uri_of
from claw.execution.language.problems import LONGEST, plain
from claw.execution.language.rpc import Ended, Refused
from claw.execution.language.server import Server
from claw.execution.language.servers import LanguageServers, Slot
from claw.execution.language.shapes import WRONG, Call, CallItem, Hover, Place, Symbol, read
from claw.execution.language.texts import MOST, text_of
from claw.execution.paths import judged, shown
from claw.execution.threads import finished
from claw.late import pattern
from claw.tools.acts.lsp_words import Words
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.lsp import LspArguments

WAIT = 60.0
"""Seconds, the start of the server included."""
MOST_ITEMS = 5
"""Functions at one position whose calls are asked for."""

_NAME = pattern(r"\w+")


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("LSP", LspArguments, arguments)
    (fact,) = facts.paths
    path = judged(fact, context)
    name = shown(path, context)
    if context.languages is None:
        raise ToolError("Language servers are switched off in the settings.")
    if not fact.inside:
        raise ToolError(f"{name} lies outside of the workspace, of which alone language servers know.")
    servers = context.languages.servers
    slot, text = await finished(lambda: (servers.slot(path, context), text_of(path)))
    if slot is None:
        kind = os.path.splitext(path)[1] or "this kind of"
        raise ToolError(f"No language server for {kind} files is known here. Use Grep, or Bash.")
    if text is None:
        raise ToolError(await finished(lambda: _why_untold(path, name)))
    server: Server | None = None
    try:
        async with asyncio.timeout(WAIT):
            async with slot.lock:
                server = await servers.server(slot, report)
                await _synced(path, text, slot, server, servers)
            said = await _Question(
                wanted, path, text, server, Words(context, uri_of(path), text, server.encoding)
            ).answer()
            server.silent_since = None
            return Outcome(said)
    except (Ended, Refused, TimeoutError) as error:
        if server is None:
            raise ToolError(f"{slot.name} was not started in {WAIT:.0f} s. Ask again, or use Grep.") from None
        if isinstance(error, TimeoutError):
            server.silent_since = server.silent_since or time.monotonic()
        why = plain(await servers.why(server, error), context, LONGEST)
        raise ToolError(f"{slot.name} {why}. Use Grep, or Bash.") from None


async def _synced(path: str, text: str, slot: Slot, server: Server, servers: LanguageServers) -> None:
    """Wait until it holds the file, and all others, as they are. With the slot's lock held. Raises Ended."""
    await server.until_ready()
    await servers.refresh(slot, server, but=path)
    server.sync(path, text)


class _Question(Struct):
    wanted: LspArguments
    path: str
    text: str
    server: Server
    words: Words

    async def answer(self) -> str:
        """Raises ToolError, Ended, Refused."""
        answers: dict[str, Callable[[], Awaitable[str]]] = {
            "goToDefinition": lambda: self._places("definition", "definition"),
            "goToImplementation": lambda: self._places("implementation", "implementation"),
            "findReferences": self._references,
            "hover": self._hover,
            "documentSymbol": self._symbols,
            "workspaceSymbol": self._found,
            "prepareCallHierarchy": self._prepared,
            "incomingCalls": lambda: self._calls("incomingCalls"),
            "outgoingCalls": lambda: self._calls("outgoingCalls"),
        }
        return await answers[self.wanted.operation]()

    @property
    def _file(self) -> dict[str, Any]:
        return {"textDocument": {"uri": uri_of(self.path)}}

    @property
    def _line(self) -> str:
        lines = lines_of(self.text)
        if self.wanted.line > len(lines):
            raise ToolError(f"There is no line {self.wanted.line}: the file has {len(lines)}.")
        return lines[self.wanted.line - 1]

    @property
    def _here(self) -> dict[str, Any]:
        units = counted(self._line, self.wanted.character - 1, self.server.encoding)
        return {**self._file, "position": {"line": self.wanted.line - 1, "character": units}}

    async def _places(self, method: str, what: str) -> str:
        found = await self.server.ask(f"textDocument/{method}", self._here, Place | list[Place] | None)
        return self.words.places(found if isinstance(found, list) else [found] if found else [], what)

    async def _references(self) -> str:
        asked = {**self._here, "context": {"includeDeclaration": True}}
        found: list[Place] | None = await self.server.ask("textDocument/references", asked, list[Place] | None)
        return self.words.references(found or [])

    async def _hover(self) -> str:
        found: Hover | None = await self.server.ask("textDocument/hover", self._here, Hover | None)
        return self.words.hover(found, f"{self.wanted.line}:{self.wanted.character}")

    async def _symbols(self) -> str:
        found = await self.server.ask("textDocument/documentSymbol", self._file, list[Symbol] | None)
        return self.words.symbols(found or [])

    async def _found(self) -> str:
        query = self.wanted.query if self.wanted.query is not None else self._word()
        found = await self.server.ask("workspace/symbol", {"query": query}, list[Symbol] | None)
        return self.words.found(found or [], query)

    def _word(self) -> str:
        """The name at the position; empty where there is none."""
        at = self.wanted.character - 1
        return next((name[0] for name in _NAME.finditer(self._line) if name.start() <= at <= name.end()), "")

    async def _items(self) -> list[Raw]:
        """What stands at the position, as the server wants to see it again."""
        found: list[Raw] | None = await self.server.ask(
            "textDocument/prepareCallHierarchy", self._here, list[Raw] | None
        )
        return found or []

    async def _prepared(self) -> str:
        return self.words.items(_read([*await self._items()], CallItem))

    async def _calls(self, method: str) -> str:
        items = (await self._items())[:MOST_ITEMS]
        if not items:
            return self.words.items([])
        calls: list[Call] = []
        for item in items:
            asked = {"item": msgspec.json.decode(item)}
            calls += await self.server.ask(f"callHierarchy/{method}", asked, list[Call] | None) or []
        return self.words.calls(calls, incoming=method == "incomingCalls")


def _read(items: list[Raw], shape: type[CallItem]) -> list[CallItem]:
    try:
        return [read(item, shape) for item in items]
    except WRONG:
        raise Refused("its answer is no answer to that") from None


def _why_untold(path: str, name: str) -> str:
    if not os.path.exists(path):
        return f"{name} does not exist."
    if not os.path.isfile(path):
        return f"{name} is no file."
    return f"{name} cannot be told to a language server: it has to be a text in UTF-8 of at most {MOST >> 20} MiB."
