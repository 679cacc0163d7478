"""What clients ask, as far as claw reads it: the parameters of each method, checked."""

from __future__ import annotations

import os
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Struct, field

from claw.cli.acp.wire import INVALID_PARAMS, Refused


class Params(Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Elicitation(Params, frozen=True, kw_only=True):
    form: dict[str, Any] | None = None


class ClientCapabilities(Params, frozen=True, kw_only=True):
    """`meta` is where editors say that they show the output of terminals that are not theirs."""

    elicitation: Elicitation | None = None
    meta: dict[str, Any] | None = field(default=None, name="_meta")

    @property
    def forms(self) -> bool:
        """Questions can be put to the person."""
        return self.elicitation is not None and self.elicitation.form is not None

    @property
    def terminals(self) -> bool:
        """Output of commands is shown as in a terminal."""
        return (self.meta or {}).get("terminal_output") is True


class Initialize(Params, frozen=True, kw_only=True):
    protocol_version: int
    client_capabilities: ClientCapabilities | None = None
    client_info: dict[str, Any] | None = None


class Authenticate(Params, frozen=True, kw_only=True):
    method_id: str


class Pair(Params, frozen=True, kw_only=True):
    name: str
    value: str


class Server(Params, frozen=True, kw_only=True):
    """An MCP server that the client wants to have used: a program, or one with a URL."""

    name: str
    type: str = "stdio"
    command: str = ""
    args: list[str] = field(default_factory=list)
    env: list[Pair] = field(default_factory=list)
    url: str = ""
    headers: list[Pair] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, Any]:
        """As a file would have it."""
        env, headers = ({one.name: one.value for one in several} for several in (self.env, self.headers))
        if self.type == "stdio":
            return {"command": self.command, "args": self.args, "env": env}
        return {"type": self.type, "url": self.url, "headers": headers}


class NewSession(Params, frozen=True, kw_only=True):
    cwd: str
    mcp_servers: list[Server]
    additional_directories: list[str] | None = None


class OpenSession(NewSession, frozen=True, kw_only=True):
    """Of load, resume and fork."""

    session_id: str
    mcp_servers: list[Server] = field(default_factory=list)


class OfSession(Params, frozen=True, kw_only=True):
    session_id: str


class ListSessions(Params, frozen=True, kw_only=True):
    cwd: str | None = None
    cursor: str | None = None


class SetMode(OfSession, frozen=True, kw_only=True):
    mode_id: str


class SetOption(OfSession, frozen=True, kw_only=True):
    config_id: str
    value: str | bool


class Cancel(Params, frozen=True, kw_only=True):
    request_id: int | str | None = None


class Block(Params, frozen=True, kw_only=True, tag_field="type"):
    pass


class Text(Block, frozen=True, kw_only=True, tag="text"):
    text: str


class Image(Block, frozen=True, kw_only=True, tag="image"):
    data: str
    mime_type: str


class Audio(Block, frozen=True, kw_only=True, tag="audio"):
    mime_type: str


class Link(Block, frozen=True, kw_only=True, tag="resource_link"):
    uri: str
    name: str


class Contents(Params, frozen=True, kw_only=True):
    """Of a resource: `text`, or `blob` in base64."""

    uri: str
    text: str | None = None
    blob: str | None = None
    mime_type: str | None = None


class Resource(Block, frozen=True, kw_only=True, tag="resource"):
    resource: Contents


ContentBlock: TypeAlias = Text | Image | Audio | Link | Resource


class Prompt(OfSession, frozen=True, kw_only=True):
    prompt: list[ContentBlock]


class Outcome(Params, frozen=True, kw_only=True):
    outcome: Literal["selected", "cancelled"]
    option_id: str = ""


class Permission(Params, frozen=True, kw_only=True):
    """The answer to `session/request_permission`."""

    outcome: Outcome


class Elicited(Params, frozen=True, kw_only=True):
    """The answer to `elicitation/create`."""

    action: str
    content: dict[str, Any] | None = None


P = TypeVar("P", bound=Params)


def read(params: object, kind: type[P]) -> P:
    """Raises Refused."""
    try:
        return msgspec.convert({} if params is None else params, kind)
    except msgspec.ValidationError as error:
        raise Refused(INVALID_PARAMS, f"the parameters cannot be taken: {error}") from None


def folder(path: str) -> str:
    """The canonical path of an existing folder. Raises Refused."""
    if not os.path.isabs(path) or "\0" in path:
        raise Refused(INVALID_PARAMS, f"cwd must be an absolute path, not {path!r}")
    canonical = os.path.realpath(path)
    if not os.path.isdir(canonical):
        raise Refused(INVALID_PARAMS, f"there is no folder {path}")
    return canonical
