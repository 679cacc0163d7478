"""What the servers that were asked have refused, so that they are not asked for it again."""

from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.input import InputReceived
from claw.events.model import ModelFailed, ModelFellBack, ModelRequested
from claw.events.request import API
from claw.projections.base import Projection

Server: TypeAlias = tuple[str, ...]
"""Provider, API, model, base URL."""

MOST_LEFT_OUT = 16
"""Parts of a request; no API has as many that it can do without."""


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    asked: Server = ()
    """Whom the last model request asked."""
    left_out: tuple[str, ...] = ()
    """Parts of a request that this server has refused."""
    speak_chat: tuple[Server, ...] = ()
    """Servers that do not have the API they were asked by, and are asked by Chat Completions instead."""
    fallen_back: bool = False
    """Another model is asked instead of the one that is set, until the next input."""
    title: int = -1
    """The call that asked what the session is about, of whose server nothing is to be known."""
    taught_by: int = -1
    """The last model call whose failure said something new of this, so that another try can come out otherwise."""


def server_of(provider: str, api: str, model: str, base_url: str) -> Server:
    return provider, api, model, base_url


def _requested(servers: Servers, envelope: Envelope, event: ModelRequested) -> Servers:
    if event.purpose == "title":
        return replace(servers, title=envelope.seq)
    server = server_of(event.provider, event.api, event.model, event.base_url)
    return servers if server == servers.asked else replace(servers, asked=server, left_out=())


def _failed(servers: Servers, envelope: Envelope, event: ModelFailed) -> Servers:
    if event.call == servers.title:
        return servers
    if event.refused == API:
        if servers.asked in servers.speak_chat:
            return servers
        return replace(servers, speak_chat=(*servers.speak_chat, servers.asked), taught_by=event.call)
    if not event.refused or event.refused in servers.left_out or len(servers.left_out) >= MOST_LEFT_OUT:
        return servers
    return replace(servers, left_out=(*servers.left_out, event.refused), taught_by=event.call)


SERVERS = Projection(
    "servers",
    Servers(),
    {
        ModelRequested: _requested,
        ModelFailed: _failed,
        ModelFellBack: lambda servers, _, __: replace(servers, fallen_back=True),
        InputReceived: lambda servers, _, __: replace(servers, fallen_back=False),
    },
    owner="agent",
)
