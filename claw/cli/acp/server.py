"""`claw acp`: what clients ask for, method by method, and the sessions that they have open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import anyio
from anyio.abc import TaskGroup
from msgspec import Struct
from msgspec.structs import replace

from claw import __version__, log, session
from claw.cli.acp import asked, listing, options
from claw.cli.acp.client import Client
from claw.cli.acp.held import Held
from claw.cli.acp.texts import Piece
from claw.cli.acp.wire import (
    AUTH_REQUIRED,
    CANCELLED,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_FOUND,
    PARSE_ERROR,
    Gone,
    Id,
    Refused,
    Reply,
    Request,
    Wire,
    id_of,
    standard_output,
    understood,
)
from claw.cli.crash import save
from claw.cli.groups import leaves
from claw.cli.live.program_flags import added_folders
from claw.cli.live.signals import caught
from claw.cli.output import standard
from claw.cli.programs import stdin
from claw.errors import ClawError, KeyMissing, LogNotFound, ProviderError, SessionNotFound, UsageError
from claw.late import pattern
from claw.log import Home
from claw.providers import keys
from claw.session import Session
from claw.session.config import Options, model_named
from claw.settings.mcp import FoundServers, servers_in

PROTOCOL = 1
"""The version of the protocol, the only one."""
MOST_SESSIONS = 64
"""Sessions that are open at the same time."""
MOST_REQUESTS = 256
"""Requests that are answered at the same time; until one is, no other is read."""
PATIENCE_S = 2.0
"""Seconds until whoever does not read what is left is left."""
LOGIN = "environment"
"""The way to log in: keys come from the environment that claw is started with."""


class Setup(Struct, frozen=True):
    """What all sessions are started with; `within`: seconds until who does not answer is nobody."""

    home: Home
    options: Options
    within: float


Then: TypeAlias = Callable[[], Awaitable[None]]


def serve(setup: Setup) -> int:
    """Answer a client at standard input and output until it leaves; the exit code. Raises ClawError."""
    output = standard_output()
    return anyio.run(_serve, setup, output)


async def _serve(setup: Setup, output: int) -> int:
    server: Server | None = None

    def stop() -> None:
        if server is not None:
            server.stop()

    wire = Wire(output, stop)
    server = Server(setup, wire)
    with caught(stop) as signal:
        await server.run()
    wire.close(PATIENCE_S)
    return signal.exit_code if signal.number else 0


class Server:
    """One client, at the other end of `wire`."""

    def __init__(self, setup: Setup, wire: Wire) -> None:
        self._setup = setup
        self._wire = wire
        self._capabilities: asked.ClientCapabilities | None = None
        self._held: dict[str, Held] = {}
        self._opening: set[str] = set()
        self._open: dict[Id, anyio.CancelScope] = {}
        """Requests that have no answer yet."""
        self._prompts: dict[Id, str] = {}
        """Of those, prompts, with their sessions."""
        self._less = anyio.Event()
        self._reading = anyio.CancelScope()
        self._tasks: TaskGroup

    async def run(self) -> None:
        """Until the client leaves, or `stop`: then each session ends in good order."""
        try:
            async with anyio.create_task_group() as self._tasks:
                with self._reading:
                    async for line in stdin.read():
                        self._take(line)
                        while len(self._open) >= MOST_REQUESTS:
                            self._less = anyio.Event()
                            await self._less.wait()
                with anyio.CancelScope(shield=True):
                    async with anyio.create_task_group() as closing:
                        for held in [*self._held.values()]:
                            closing.start_soon(held.close)
                self._tasks.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            if not all(isinstance(leaf, Gone) for leaf in leaves(group)):
                raise

    def stop(self) -> None:
        """Read no more."""
        self._reading.cancel()

    # --- messages -----------------------------------------------------------------------------------------------------

    def _take(self, line: bytes | stdin.TooLong) -> None:
        try:
            if isinstance(line, stdin.TooLong):
                raise Refused(PARSE_ERROR, f"the message has {line.size} bytes, and {stdin.MOST} are the most")
            message = understood(line)
        except Refused as error:
            id = id_of(line) if isinstance(line, bytes) and error.code != PARSE_ERROR else None
            self._put({"id": id, "error": _error(error)})
            return
        if isinstance(message, Reply):
            self._wire.answer(message)
        elif not message.answered:
            self._tasks.start_soon(self._notified, message)
        elif message.id in self._open:
            twice = Refused(INVALID_REQUEST, f"the request {message.id!r} has no answer yet: take another id")
            self._put({"id": message.id, "error": _error(twice)})
        else:
            self._open[message.id] = anyio.CancelScope()
            self._tasks.start_soon(self._answer, message)

    def _put(self, message: Piece) -> None:
        try:
            self._wire.put(message)
        except Gone:
            self.stop()

    async def _answer(self, request: Request) -> None:
        then: Then | None = None
        try:
            with self._open[request.id] as scope:
                result, then = await self._result(request)
            answer: Piece = {"id": request.id, "result": result} if not scope.cancelled_caught else {}
            if scope.cancelled_caught:
                answer = {"id": request.id, "error": {"code": CANCELLED, "message": "Request cancelled"}}
        except Gone:
            answer = {}
        except Exception as error:  # noqa: BLE001 - one request's failure is not the others'
            answer = {"id": request.id, "error": self._failed(error)}
        finally:
            del self._open[request.id]
            self._prompts.pop(request.id, None)
            self._less.set()
        try:
            if answer:
                await self._wire.send(answer)
            if then is not None:
                await then()
        except Gone:
            self.stop()

    def _failed(self, error: Exception) -> Piece:
        """What is told of it: what claw has raised on purpose in its words, anything else as claw's own failure."""
        cause = next(iter(leaves(error)))
        if isinstance(cause, ClawError):
            return _error(cause)
        trace = save(error, self._setup.options.environ)
        where = f"; the details are in {trace}" if trace else ""
        standard().note(f"claw: something went wrong inside claw ({type(cause).__name__}: {cause}){where}")
        return {"code": INTERNAL_ERROR, "message": f"something went wrong inside claw ({type(cause).__name__}){where}"}

    async def _result(self, request: Request) -> tuple[Any, Then | None]:
        if self._capabilities is None and request.method != "initialize":
            raise Refused(INVALID_REQUEST, f"{request.method} comes before initialize")
        method = _METHODS.get(request.method)
        if method is None:
            raise Refused(METHOD_NOT_FOUND, f"there is no method {request.method!r}")
        return await method(self, request)

    async def _notified(self, message: Request) -> None:
        try:
            match message.method:
                case "session/cancel":
                    held = self._held.get(asked.read(message.params, asked.OfSession).session_id)
                    if held is not None:
                        await held.interrupt()
                case "$/cancel_request":
                    await self._cancel(asked.read(message.params, asked.Cancel).request_id)
        except (ClawError, Gone) as error:
            standard().note(f"claw: {message.method}: {error.message}")

    async def _cancel(self, id: Id) -> None:
        held = self._held.get(self._prompts.get(id, ""))
        if held is not None:
            await held.interrupt()

    # --- methods ------------------------------------------------------------------------------------------------------

    async def _initialize(self, request: Request) -> tuple[Any, None]:
        said = asked.read(request.params, asked.Initialize)
        if self._capabilities is not None:
            raise Refused(INVALID_REQUEST, "the connection is initialized already")
        self._capabilities = said.client_capabilities or asked.ClientCapabilities()
        return {
            "protocolVersion": PROTOCOL,
            "agentCapabilities": {
                "loadSession": True,
                "promptCapabilities": {"image": False, "audio": False, "embeddedContext": True},
                "mcpCapabilities": {"http": True, "sse": True},
                "sessionCapabilities": {"list": {}, "resume": {}, "close": {}, "fork": {}, "additionalDirectories": {}},
            },
            "agentInfo": {"name": "claw", "title": "claw", "version": __version__},
            "authMethods": [
                {
                    "id": LOGIN,
                    "name": "Key in the environment",
                    "description": "Set ANTHROPIC_API_KEY or OPENAI_API_KEY where the editor is told how to start "
                    "claw, and start it again.",
                }
            ],
        }, None

    async def _authenticate(self, request: Request) -> tuple[Any, None]:
        if asked.read(request.params, asked.Authenticate).method_id != LOGIN:
            raise Refused(INVALID_PARAMS, f"the only way to log in is {LOGIN!r}")
        base = self._setup.options
        keys.require(model_named(base.model, base.environ), base.environ)
        return {}, None

    async def _new(self, request: Request) -> tuple[Any, Then]:
        said = asked.read(request.params, asked.NewSession)
        settings = self._settings(said)
        held = await self._hold("", settings, said, lambda client: session.started(self._setup.home, settings, client))
        return {"sessionId": held.id, **held.settings()}, held.announce

    async def _load(self, request: Request) -> tuple[Any, Then]:
        said = asked.read(request.params, asked.OpenSession)
        held = self._held.get(said.session_id)
        if held is not None:
            here = f"session {said.session_id} is open here already"
            raise Refused(INVALID_REQUEST, here, hint="session/close first")
        held = await self._go_on(said, past=True)
        await held.caught_up()
        return held.settings(), held.announce

    async def _resume(self, request: Request) -> tuple[Any, Then]:
        said = asked.read(request.params, asked.OpenSession)
        held = self._held.get(said.session_id) or await self._go_on(said, past=False)
        return held.settings(), held.announce

    async def _fork(self, request: Request) -> tuple[Any, Then]:
        said = asked.read(request.params, asked.OpenSession)
        settings = self._settings(said)
        parent = self._path(said.session_id)
        at = log.fork_point(parent, log.Address(said.session_id))
        made = session.fork(self._setup.home, parent, at, workspace=settings.workspace)
        held = await self._go_on(replace(said, session_id=made), past=False)
        return {"sessionId": held.id, **held.settings()}, held.announce

    async def _list(self, request: Request) -> tuple[Any, None]:
        said = asked.read(request.params, asked.ListSessions)
        workspace = asked.folder(said.cwd) if said.cwd is not None else ""
        return listing.page(self._setup.home, workspace, said.cursor), None

    async def _close(self, request: Request) -> tuple[Any, None]:
        held = self._of(asked.read(request.params, asked.OfSession))
        await held.close()
        return {}, None

    async def _prompt(self, request: Request) -> tuple[Any, None]:
        said = asked.read(request.params, asked.Prompt)
        held = self._of(said)
        self._prompts[request.id] = said.session_id
        return await held.prompt(said.prompt), None

    async def _set_mode(self, request: Request) -> tuple[Any, None]:
        said = asked.read(request.params, asked.SetMode)
        await options.set_mode(self._of(said).session, said.mode_id)
        return {}, None

    async def _set_option(self, request: Request) -> tuple[Any, None]:
        said = asked.read(request.params, asked.SetOption)
        held = self._of(said)
        await options.set_option(held.session, self._setup.options, said.config_id, said.value)
        return {"configOptions": held.settings()["configOptions"]}, None

    # --- sessions -----------------------------------------------------------------------------------------------------

    def _settings(self, said: asked.NewSession) -> Options:
        found = _servers(said.mcp_servers)
        base, workspace, folders = self._setup.options, asked.folder(said.cwd), said.additional_directories or []
        if not all(map(os.path.isabs, folders)):
            raise Refused(INVALID_PARAMS, "additionalDirectories are absolute paths")
        more = (added_folders("the editor", folders, workspace),) if folders else ()
        servers = {**base.servers, **found.servers}
        return replace(base, workspace=workspace, servers=servers, given=(*base.given, *more))

    def _of(self, said: asked.OfSession) -> Held:
        held = self._held.get(said.session_id)
        if held is None:
            raise Refused(NOT_FOUND, f"no session {said.session_id!r} is open here", hint="session/load opens one")
        return held

    def _path(self, id: str) -> str:
        """The log of the session with this id: all of it, and no name. Raises SessionNotFound."""
        path = self._setup.home.session_path(id)
        if log.Catalogue(self._setup.home).known(id) is None:
            raise SessionNotFound(f"there is no session {id!r}", hint="session/list lists them")
        return str(path)

    async def _go_on(self, said: asked.OpenSession, *, past: bool) -> Held:
        settings = self._settings(said)
        path = self._path(said.session_id)
        workspace = log.describe(path).workspace
        if workspace != settings.workspace:
            message = f"session {said.session_id} works in {workspace}, and not in {settings.workspace}"
            raise Refused(INVALID_PARAMS, message, hint="session/fork branches it into another folder")
        open_: Callable[[Client], AbstractAsyncContextManager[Session]] = lambda client: session.resumed(  # noqa: E731
            self._setup.home, path, settings, client
        )
        return await self._hold(said.session_id, settings, said, open_, past=past)

    async def _hold(
        self,
        id: str,
        settings: Options,
        said: asked.NewSession,
        opened: Callable[[Client], AbstractAsyncContextManager[Session]],
        *,
        past: bool = False,
    ) -> Held:
        """Open a session, and keep it open. Raises ClawError."""
        if len(self._held) + len(self._opening) >= MOST_SESSIONS:
            raise Refused(INVALID_REQUEST, f"{MOST_SESSIONS} sessions are open, which are the most", hint="close one")
        if id in self._opening:
            raise Refused(INVALID_REQUEST, f"session {id} is being opened")
        assert self._capabilities is not None
        client = Client(self._wire, self._setup.within, self._capabilities)
        held = Held(
            self._setup.home,
            opened(client),
            self._wire,
            client,
            settings,
            past=past,
            terminals=self._capabilities.terminals,
            extra=_servers(said.mcp_servers).left_out,
        )
        key = id or f"new {len(self._opening)} {asyncio.get_running_loop().time()}"
        self._opening.add(key)
        try:
            with anyio.CancelScope(shield=True):
                await self._tasks.start(self._run, held)
        finally:
            self._opening.discard(key)
        return held

    async def _run(self, held: Held, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        def begun() -> None:
            self._held[held.id] = held
            task_status.started()

        try:
            await held.run(begun)
        finally:
            if hasattr(held, "session"):
                self._held.pop(held.id, None)
        if held.failure is not None and not isinstance(held.failure, Gone):
            standard().note(f"claw: session {held.id} has stopped: {self._failed_words(held.failure)}")

    def _failed_words(self, error: BaseException) -> str:
        return str(self._failed(error)["message"]) if isinstance(error, Exception) else str(error)


_METHODS: dict[str, Callable[[Server, Request], Awaitable[tuple[Any, Then | None]]]] = {
    "initialize": Server._initialize,
    "authenticate": Server._authenticate,
    "session/new": Server._new,
    "session/load": Server._load,
    "session/resume": Server._resume,
    "session/fork": Server._fork,
    "session/list": Server._list,
    "session/close": Server._close,
    "session/prompt": Server._prompt,
    "session/set_mode": Server._set_mode,
    "session/set_config_option": Server._set_option,
}


def _servers(given: list[asked.Server]) -> FoundServers:
    """The MCP servers that an editor names, by names that tools can have."""
    named = {_SIGNS.sub("-", server.name).strip("-_."): server.fields for server in given}
    return servers_in(named, lambda name: "the editor", "command-line") if named else FoundServers()


_SIGNS = pattern(r"[^A-Za-z0-9_.-]+|_{2,}")


def _error(error: ClawError) -> Piece:
    code = error.code if isinstance(error, Refused) else _code(error)
    piece: Piece = {"code": code, "message": error.message}
    if error.hint:
        piece["data"] = {"hint": error.hint}
    return piece


def _code(error: ClawError) -> int:
    match error:
        case KeyMissing():
            return AUTH_REQUIRED
        case SessionNotFound() | LogNotFound():
            return NOT_FOUND
        case UsageError() | ProviderError():
            return INVALID_PARAMS
    return INTERNAL_ERROR
