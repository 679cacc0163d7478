"""MCP servers as people have them configured, for other programs too.

::

    {"mcpServers": {
        "git": {"command": "uvx", "args": ["mcp-server-git"], "env": {"LEVEL": "${LEVEL:-info}"}},
        "issues": {"type": "http", "url": "https://example.com/mcp", "headers": {"Authorization": "Bearer ${TOKEN}"}}}}

in `~/.claude.json` (the user's; below `projects` and the folder's path those for one folder) and in the `.mcp.json` of
a repository; `[mcp_servers.NAME]` in `~/.codex/config.toml`. `${NAME}` is a variable of claw's environment, with
`${NAME:-text}` where there may be none.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from claw._native import blake3
from claw.errors import ToolError, UsageError
from claw.events.mcp import Transport
from claw.events.permission import Layer
from claw.execution.credentials import LEAK, holds_secret
from claw.execution.files import read_whole
from claw.late import load
from claw.settings import jsonc
from claw.settings.layers import OF_CODEX, SERVERS_OF_REPOSITORY, SERVERS_OF_USER

KNOWN = (
    *("type", "transport", "command", "args", "env", "cwd", "url", "headers", "timeout", "disabled", "enabled"),
    *("protocol", "enabledTools", "disabledTools", "enabled_tools", "disabled_tools", "sandbox", "http_headers"),
    *("startup_timeout_sec", "tool_timeout_sec", "startup_timeout_ms", "bearer_token_env_var", "env_http_headers"),
    *("description", "alwaysAllow", "autoApprove", "oauth", "tools"),
)
"""Fields, those included that other programs have and claw decides by itself."""
_TRANSPORTS: dict[str, Transport] = {
    "stdio": "stdio",
    "http": "http",
    "streamable-http": "http",
    "streamableHttp": "http",
    "streamable_http": "http",
    "sse": "sse",
}
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
CONNECTING_S = 30.0
"""Seconds that a server has to be connected, where nothing else is said."""
CALLING_S = 600.0
"""The same for a call."""


class ServerFile(Struct, frozen=True, kw_only=True):
    """One server as a file names it: with variables by their names, so with no secret. `source` is `file:line`.

    `network`: the hosts that its process may reach, `*` for all. `writes`: its process may change the workspace.
    `confined` is False where the user says that nothing is to hold it.
    `seconds` it may take to be connected, `call_seconds` a call. `only`: its tools that are offered (None: all),
    without those of `never`.
    """

    name: str
    transport: Transport
    source: str
    layer: Layer
    command: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    protocol: str = ""
    network: tuple[str, ...] = ("*",)
    writes: bool = True
    confined: bool = True
    seconds: float = CONNECTING_S
    call_seconds: float = CALLING_S
    only: tuple[str, ...] | None = None
    never: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """BLAKE3 of all that matters of it, for the log: not where it stands, and no value of a variable or a header,
        which may be a secret that is easily guessed.
        """
        without = {"env": dict.fromkeys(self.env, ""), "headers": dict.fromkeys(self.headers, "")}
        return blake3(msgspec.msgpack.encode(replace(self, source="", layer="user", **without)))

    @property
    def shown(self) -> str:
        """Its command line or URL."""
        return self.url or shlex.join(self.command)

    @property
    def words(self) -> str:
        """All that matters of it, for who is to trust it."""
        parts = [f"{self.name}: {self.shown}"]
        if self.transport == "stdio":
            reach = "any host" if self.network == ("*",) else ", ".join(self.network) or "no host"
            parts.append(f"may reach {reach}" + (" and change this folder" if self.writes else ""))
            parts += [] if self.confined else ["is not confined"]
        told = {"env": self.env, "headers": self.headers, "cwd": self.cwd}
        parts += [
            f"{name} {msgspec.json.encode(value, order='sorted').decode()}" for name, value in told.items() if value
        ]
        return "; ".join(parts)


class FoundServers(Struct, frozen=True):
    """`servers` by name, those that count before others first; `theirs` are the repository's, which somebody has to
    trust. `left_out` has a sentence for each that counts for nothing.
    """

    servers: dict[str, ServerFile] = {}
    theirs: dict[str, ServerFile] = {}
    left_out: tuple[str, ...] = ()


def read_servers(home: str, workspace: str) -> FoundServers:
    """What there is on this disk: for this folder, of the user, of the repository. What cannot be read is said, and
    stops nothing: no server denies anything. Blocks.
    """
    found = _Found()
    own = _content(Path(home, SERVERS_OF_USER), f"~/{SERVERS_OF_USER}", found)
    if own is not None:
        of_folder = _object(own.projects, workspace).get("mcpServers")
        found.add(of_folder, own.at, "user")
        found.add(own.servers, own.at, "user")
    _codex(home, found)
    theirs = None
    if Path(home) != Path(workspace):
        theirs = _content(Path(workspace, SERVERS_OF_REPOSITORY), SERVERS_OF_REPOSITORY, found)
    if theirs is not None:
        found.add(theirs.servers, theirs.at, "project")
    return FoundServers(found.own, found.theirs, tuple(found.left_out))


def servers_in(given: Any, at: Callable[[str], str], layer: Layer) -> FoundServers:
    """Those of an object as `mcpServers` has them; `at` gives the `file:line` of each by its name."""
    found = _Found()
    found.add(given, at, layer)
    return FoundServers(found.own, found.theirs, tuple(found.left_out))


def servers_given(said: Mapping[str, Any], source: str) -> dict[str, ServerFile]:
    """The servers of an object as `.mcp.json` has it, or of what stands below `mcpServers` there; `source` is how
    people call it. Raises UsageError.
    """
    found = servers_in(said.get("mcpServers", said), lambda name: source, "command-line")
    if found.left_out:
        raise UsageError(found.left_out[0])
    return found.servers


class _Content(Struct):
    """A file, of which only this is read: other programs keep megabytes in it."""

    name: str
    text: str
    servers: Any
    projects: Any

    def at(self, server: str) -> str:
        place = self.text.find(f'"{server}"', max(0, self.text.find('"mcpServers"')))
        return f"{self.name}:{self.text.count(chr(10), 0, place) + 1 if place >= 0 else 1}"


class _Json(Struct):
    mcpServers: Any = None
    projects: Any = None


def _content(path: Path, name: str, found: _Found) -> _Content | None:
    try:
        data = read_whole(os.path.realpath(path)).data
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ToolError, OSError) as error:
        said = error.message if isinstance(error, ToolError) else error.strerror
        found.left_out.append(f"{name}: its MCP servers are not in effect: {said}.")
        return None
    try:
        read = msgspec.json.decode(data, type=_Json)
        return _Content(name, data.decode(errors="replace"), read.mcpServers, read.projects)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass  # it may have comments
    try:
        text, _ = jsonc.text_of(data)
        plain, _ = jsonc.parsed(jsonc.bare(text), name)
    except UsageError as error:
        found.left_out.append(f"{error.message}: its MCP servers are not in effect.")
        return None
    plain = plain if isinstance(plain, dict) else {}
    return _Content(name, text, plain.get("mcpServers"), plain.get("projects"))


class _Found:
    def __init__(self) -> None:
        self.own: dict[str, ServerFile] = {}
        self.theirs: dict[str, ServerFile] = {}
        self.left_out: list[str] = []

    def add(self, given: Any, at: Callable[[str], str], layer: Layer) -> None:
        if not isinstance(given, dict):
            return
        into = self.theirs if layer == "project" else self.own
        for name, fields in given.items():
            where = at(name)
            if isinstance(fields, dict) and (fields.get("disabled") is True or fields.get("enabled") is False):
                continue
            server = _server(name, fields, where, layer)
            if isinstance(server, str):
                self.left_out.append(f"{where}: not in effect: the MCP server {name!r:.80} {server}.")
                continue
            into.setdefault(name, server)
            unknown = [field for field in fields if field not in KNOWN]
            if unknown:
                self.left_out.append(f"{where}: claw does not know {', '.join(unknown)} of an MCP server.")


def _codex(home: str, found: _Found) -> None:
    path = Path(home, OF_CODEX)
    try:
        text = path.read_text("utf-8")
        given = load("tomllib").loads(text).get("mcp_servers") if "mcp_servers" in text else None
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        found.left_out.append(f"~/{OF_CODEX}: cannot be read: {said}: its MCP servers are not in effect.")
        return
    found.add(given, lambda name: f"~/{OF_CODEX}", "user")


def _object(value: Any, key: str) -> dict[str, Any]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _server(name: str, fields: Any, where: str, layer: Layer) -> ServerFile | str:
    """The server, or what is wrong with it."""
    if not _NAME.fullmatch(name) or "__" in name:
        return "has a name that is none: letters, digits, single _ and -, at most 64"
    if not isinstance(fields, dict):
        return "is no object"
    transport = _transport(fields)
    if transport is None:
        return "speaks by something that claw does not know: stdio, http or sse"
    command = _command(fields)
    url = fields.get("url", "")
    if transport == "stdio" and not command:
        return "has no command: a text, with args, or a list of texts"
    if transport != "stdio" and not (isinstance(url, str) and re.match(r"https?://", url)):
        return "has no url that begins with http:// or https://"
    env, headers = _texts(fields, "env"), _headers(fields)
    if env is None or headers is None:
        return "has an env or headers that are none: texts by name"
    if layer == "project" and any(holds_secret(text, ()) for text in (*command, *env.values(), url, *headers.values())):
        return f"holds {LEAK}"
    sandbox = _object(fields, "sandbox")
    return ServerFile(
        name=name,
        transport=transport,
        source=where,
        layer=layer,
        command=command if transport == "stdio" else (),
        env=env,
        cwd=fields["cwd"] if isinstance(fields.get("cwd"), str) else "",
        url=url if transport != "stdio" else "",
        headers=headers,
        protocol=fields["protocol"] if isinstance(fields.get("protocol"), str) else "",
        network=_network(sandbox),
        writes=sandbox.get("write", True) is True,
        confined=layer == "project" or fields.get("sandbox") is not False,
        seconds=_seconds(fields, "startup_timeout", CONNECTING_S),
        call_seconds=_seconds(fields, "tool_timeout", _milliseconds(fields.get("timeout")) or CALLING_S),
        only=_names(fields, "enabledTools", "enabled_tools"),
        never=_names(fields, "disabledTools", "disabled_tools") or (),
    )


def _transport(fields: dict[str, Any]) -> Transport | None:
    said = fields.get("type", fields.get("transport"))
    if said is None:
        return "stdio" if "command" in fields else "http"
    return _TRANSPORTS.get(said) if isinstance(said, str) else None


def _command(fields: dict[str, Any]) -> tuple[str, ...]:
    command, args = fields.get("command"), fields.get("args", [])
    words = [*(command if isinstance(command, list) else [command]), *(args if isinstance(args, list) else [None])]
    if not words[0] or not all(isinstance(word, str) and "\0" not in word for word in words):
        return ()
    return tuple(words)


def _texts(fields: dict[str, Any], key: str) -> dict[str, str] | None:
    value = fields.get(key) or {}
    if not isinstance(value, dict):
        return None
    texts = {name: str(text) for name, text in value.items() if isinstance(text, str | int | float | bool)}
    fits = len(texts) == len(value) and not any("\0" in text for text in (*texts, *texts.values()))
    return texts if fits and not any(not name or "=" in name for name in texts) else None


def _headers(fields: dict[str, Any]) -> dict[str, str] | None:
    headers = _texts(fields, "headers")
    of_codex, by_variable = _texts(fields, "http_headers"), _texts(fields, "env_http_headers")
    if headers is None or of_codex is None or by_variable is None:
        return None
    found = {**headers, **of_codex, **{name: f"${{{variable}}}" for name, variable in by_variable.items()}}
    token = fields.get("bearer_token_env_var")
    return {**found, "Authorization": f"Bearer ${{{token}}}"} if isinstance(token, str) and token else found


def _network(sandbox: dict[str, Any]) -> tuple[str, ...]:
    said = sandbox.get("network", True)
    if said is True:
        return ("*",)
    return tuple(host for host in said if isinstance(host, str)) if isinstance(said, list) else ()


def _names(fields: dict[str, Any], *keys: str) -> tuple[str, ...] | None:
    for key in keys:
        value = fields.get(key)
        if isinstance(value, list):
            return tuple(name for name in value if isinstance(name, str))
    return None


def _seconds(fields: dict[str, Any], key: str, usual: float) -> float:
    seconds = fields.get(f"{key}_sec")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
        return float(seconds)
    return _milliseconds(fields.get(f"{key}_ms")) or usual


def _milliseconds(value: Any) -> float:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return value / 1000 if fits else 0.0


class Missing(Exception):
    """A variable that is named and not set."""


def expanded(text: str, environ: Mapping[str, str]) -> str:
    """The text with its variables. Raises Missing with the name of one."""

    def value(match: re.Match[str]) -> str:
        name, usual = match[1], match[2]
        if environ.get(name):
            return environ[name]
        if usual is None:
            raise Missing(name)
        return usual

    return _VARIABLE.sub(value, text)
