"""One language server while it runs: what it was told of files, what it says of them, and that it may die."""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from typing import Any

import anyio
import msgspec
from msgspec import Raw, Struct

from claw.execution.context import ToolContext
from claw.execution.ends import followed_to_its_end
from claw.execution.language.known import Program
from claw.execution.language.positions import ENCODINGS, path_of, uri_of
from claw.execution.language.process import spawn
from claw.execution.language.rpc import METHOD_NOT_FOUND, Connection, Ended, Refused
from claw.execution.language.shapes import WRONG, Diagnostic, Initialized, Items, Published, Pulled, Registered, read
from claw.execution.last_words import LastWords
from claw.execution.sandbox import Running

MOST_OPEN = 32
"""Files that a server is told to hold at a time."""
MOST_DIAGNOSTICS = 1_000
"""Of one file, that are looked at."""
MOST_ITEMS = 100
"""Parts of its configuration that it is told at a time."""
QUIET = 0.4
"""Seconds without a word after which a server that does not say which version it speaks of has said all."""
SILENT = 1.0
"""Seconds without any word after which one that cannot be asked has found what it had found before."""
SILENT_AT_FIRST = 3.0
"""The same for one that has not said anything yet."""
AGAIN = (-32801, -32802)
"""Errors by which a server says that it was interrupted, and is to be asked again: ContentModified, ServerCancelled."""
_TRIES = 20
_PAUSE = 0.1

CREATED, CHANGED, DELETED = 1, 2, 3

_REFRESHES = tuple(
    f"workspace/{what}/refresh" for what in ("diagnostic", "semanticTokens", "inlayHint", "codeLens", "inlineValue")
)


class Document(Struct):
    """A file as the server has it. `published`: what it said of this text of its own accord; None: nothing yet. `told`:
    what was found in it when it was looked at last.
    """

    uri: str
    text: str
    version: int = 1
    published: tuple[Diagnostic, ...] | None = None
    is_sure: bool = False
    """What was published is about this version, and no mere beginning, which is empty."""
    said: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    told: tuple[Diagnostic, ...] | None = None


class Server:
    """`start` first; everything else once `ready` is done. Any of it raises Ended once it is dead."""

    def __init__(self, program: Program, workspace: str) -> None:
        self.program = program
        self.workspace = workspace
        self.ended = ""
        """How it ended, in words; empty while it runs."""
        self.encoding = "utf-16"
        self.documents: OrderedDict[str, Document] = OrderedDict()
        self._pulls = False
        self._sync = 1
        self._saves = False
        self._spoke = False
        self._connection = Connection(self._answer, self._heard, self._broken)
        self._why = ""
        self._running: Running | None = None
        self._end: asyncio.Task[None] | None = None
        self.ready: asyncio.Task[None] | None = None
        self.began = time.monotonic()
        self.silent_since: float | None = None
        """When it was first asked something that it has not answered in time; None once it has answered again."""

    async def start(self, path: str, context: ToolContext) -> None:
        """Raises ToolError where its process cannot be started."""
        self._running, sock = await spawn(self.program, path, context)
        try:
            await self._connection.open(sock)
        except BaseException:
            self._running.process.kill()
            sock.close()
            raise
        loop = asyncio.get_running_loop()
        self._end = loop.create_task(self._follow(self._running))
        self.ready = loop.create_task(self._initialize())
        # Whether anybody still waits for it or not, how it ended is in `ended`.
        self.ready.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _follow(self, running: Running) -> None:
        how = await followed_to_its_end(running, LastWords())
        self.ended = f"{self._why} ({how})" if self._why else f"it ended ({how})"
        await self._connection.close(self.ended)

    def _broken(self, why: str) -> None:
        """Nothing more is to be had of it."""
        self._why = self._why or (why if why != "it has ended" else "")
        self.ended = self.ended or why
        for document in self.documents.values():
            document.said.set()
        if self._running is not None:
            self._running.process.kill()

    def kill(self, why: str) -> None:
        """Begin to end it."""
        self._why = self._why or why
        self._broken(why)

    async def gone(self, seconds: float) -> None:
        """Wait until it is, but no longer than this."""
        if self._end is not None:
            await asyncio.wait({self._end}, timeout=seconds)

    async def until_ready(self) -> None:
        """Raises Ended where it cannot be used."""
        assert self.ready is not None, "it was started"
        await asyncio.wait({self.ready})
        self.ready.result()

    async def close(self) -> None:
        """End it, and wait until all of it is gone."""
        self.kill("it was ended")
        with anyio.CancelScope(shield=True):
            tasks = {task for task in (self._end, self.ready) if task is not None}
            if tasks:
                await asyncio.wait(tasks)

    async def _initialize(self) -> None:
        """Raises Ended: also one that does not answer as it should is of no use."""
        try:
            await self._introduced()
        except Refused as refused:
            self.kill(f"it cannot begin: {str(refused)[:300]}")
            raise Ended(self.ended) from None

    async def _introduced(self) -> None:
        uri = uri_of(self.workspace)
        answer: Initialized = await self.ask(
            "initialize",
            {
                # Where it runs there is no process of this number, and it would end itself.
                "processId": None,
                "clientInfo": {"name": "claw"},
                "rootPath": self.workspace,
                "rootUri": uri,
                "workspaceFolders": [self._folder],
                "capabilities": _CAPABILITIES,
                "initializationOptions": self.program.options,
            },
            Initialized,
        )
        can = answer.capabilities
        if can.position_encoding in ENCODINGS:
            self.encoding = can.position_encoding
        self._pulls = self._pulls or bool(can.diagnostic_provider)
        sync = can.text_document_sync
        if isinstance(sync, dict):
            self._saves = bool(sync.get("save"))
            sync = sync.get("change", 0)
        self._sync = sync if isinstance(sync, int) else 0
        self._connection.tell("initialized", {})
        self._connection.tell("workspace/didChangeConfiguration", {"settings": self.program.settings})

    @property
    def _folder(self) -> dict[str, str]:
        return {"uri": uri_of(self.workspace), "name": os.path.basename(self.workspace) or "/"}

    # --- what it says ------------------------------------------------------------------------------------------------

    def _answer(self, method: str, params: Raw) -> Any:
        """What it asks of whoever uses it. Nothing changes a file, opens a window or asks a person."""
        match method:
            case "workspace/configuration":
                try:
                    items = read(params, Items).items
                except WRONG:
                    return []
                return [_section(self.program.settings, item.section) for item in items[:MOST_ITEMS]]
            case "workspace/workspaceFolders":
                return [self._folder]
            case "workspace/applyEdit":
                return {"applied": False, "failureReason": "claw lets no language server change files"}
            case "window/showDocument":
                return {"success": False}
            case "client/registerCapability":
                self._register(params)
                return None
            case "client/unregisterCapability" | "window/workDoneProgress/create" | "window/showMessageRequest":
                return None
            case _ if method in _REFRESHES:
                return None
        raise Refused("claw has no such method", METHOD_NOT_FOUND)

    def _register(self, params: Raw) -> None:
        """Of what a server can do once it has started, it matters that it can be asked for what it finds."""
        try:
            registered: Registered = read(params, Registered)
        except WRONG:
            return
        if any(one.method == "textDocument/diagnostic" for one in registered.registrations):
            self._pulls = True
            for document in self.documents.values():
                document.said.set()

    def _heard(self, method: str, params: Raw) -> None:
        if method != "textDocument/publishDiagnostics":
            return
        try:
            said = read(params, Published)
        except WRONG:
            return
        self._spoke = True
        path = path_of(said.uri)
        document = self.documents.get(path) if path else None
        if document is None or (said.version is not None and said.version < document.version):
            return
        document.published = tuple(said.diagnostics[:MOST_DIAGNOSTICS])
        document.is_sure = said.version is not None and bool(said.diagnostics)
        document.said.set()

    # --- what it is told ---------------------------------------------------------------------------------------------

    def sync(self, path: str, text: str, *, saved: bool = False) -> Document:
        """Tell it what a file holds; what it said of another text is forgotten. Raises Ended."""
        document = self.documents.get(path)
        if document is None:
            while len(self.documents) >= MOST_OPEN:
                self.close_file(next(iter(self.documents)))
            document = self.documents[path] = Document(uri_of(path), text)
            self._open(path, document)
        elif document.text != text:
            document.text = text
            document.version += 1
            document.published = document.told = None
            document.is_sure = False
            document.said.clear()
            if self._sync:
                self._connection.tell(
                    "textDocument/didChange",
                    {
                        "textDocument": {"uri": document.uri, "version": document.version},
                        "contentChanges": [{"text": text}],
                    },
                )
            else:
                self._connection.tell("textDocument/didClose", {"textDocument": {"uri": document.uri}})
                self._open(path, document)
        self.documents.move_to_end(path)
        if saved and self._saves:
            self._connection.tell("textDocument/didSave", {"textDocument": {"uri": document.uri}, "text": text})
        return document

    def _open(self, path: str, document: Document) -> None:
        language = self.program.languages[os.path.splitext(path)[1].lower()]
        opened = {"uri": document.uri, "languageId": language, "version": document.version, "text": document.text}
        self._connection.tell("textDocument/didOpen", {"textDocument": opened})

    def close_file(self, path: str) -> None:
        """It need not hold this any more. Raises Ended."""
        document = self.documents.pop(path, None)
        if document is not None:
            self._connection.tell("textDocument/didClose", {"textDocument": {"uri": document.uri}})

    def changed(self, files: dict[str, int]) -> None:
        """Files on disk that are other than they were, by path: created, changed or deleted. Raises Ended."""
        if files:
            changes = [{"uri": uri_of(path), "type": kind} for path, kind in files.items()]
            self._connection.tell("workspace/didChangeWatchedFiles", {"changes": changes})

    # --- what it is asked --------------------------------------------------------------------------------------------

    async def ask(self, method: str, params: Any, shape: Any) -> Any:
        """Its answer in this shape, which may be a union. Raises Ended; Refused, also for one of another shape."""
        for tries in range(_TRIES):
            try:
                answer = await self._connection.ask(method, params)
            except Refused as refused:
                if refused.code not in AGAIN or tries == _TRIES - 1:
                    raise
                await asyncio.sleep(_PAUSE)
                continue
            try:
                return read(answer, shape)
            except WRONG:
                raise Refused(f"its answer to {method} is no answer to that") from None
        raise AssertionError("the last try returns or raises")

    async def diagnostics(self, document: Document, before: tuple[Diagnostic, ...] = ()) -> tuple[Diagnostic, ...]:
        """All that it finds in this text: asked for, or waited for. Some say nothing where that is what they found
        `before`. Raises Ended, Refused.
        """
        await self._word_of(document)
        if self._pulls and not self.ended:
            asked = {"textDocument": {"uri": document.uri}}
            pulled: Pulled = await self.ask("textDocument/diagnostic", asked, Pulled)
            found = tuple(dict.fromkeys((*pulled.items[:MOST_DIAGNOSTICS], *(document.published or ()))))
        else:
            found = before if document.published is None else document.published
        if self.ended:
            raise Ended(self.ended)
        document.told = found
        return found

    async def _word_of(self, document: Document) -> None:
        """Wait until it has said what it finds of its own accord, all of it as far as can be told; or until it says
        that it can be asked, which some do only once they are at work.
        """
        while not (self._pulls or self.ended or document.is_sure):
            patience = QUIET if document.published is not None else SILENT if self._spoke else SILENT_AT_FIRST
            try:
                async with asyncio.timeout(patience):
                    await document.said.wait()
            except TimeoutError:
                break
            document.said.clear()


def _section(settings: dict[str, Any], section: str | None) -> Any:
    """What the settings have under a name like `python.analysis`; None where they have nothing."""
    value: Any = settings
    for name in section.split(".") if section else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value


_SYMBOLS = {"valueSet": list(range(1, 27))}
_CAPABILITIES = {
    "general": {"positionEncodings": list(ENCODINGS)},
    "window": {"workDoneProgress": True, "showDocument": {"support": False}},
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "applyEdit": False,
        "didChangeConfiguration": {"dynamicRegistration": False},
        "didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True},
        "symbol": {"symbolKind": _SYMBOLS},
        "diagnostics": {"refreshSupport": True},
    },
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True},
        "diagnostic": {"dynamicRegistration": True, "relatedDocumentSupport": False},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "definition": {"linkSupport": True},
        "implementation": {"linkSupport": True},
        "references": {},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True, "symbolKind": _SYMBOLS},
        "callHierarchy": {"dynamicRegistration": False},
    },
}
"""What claw makes use of."""
