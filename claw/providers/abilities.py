"""What each model and each server can do: one table of each, which all others ask.

A row of models is found by the longest of its heads that stands in the name, whoever serves the model and whatever
stands around it: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `openai/gpt-5`, `hf.co/x/DeepSeek-R1-GGUF`. A head
ends where a word or a number does, so `gpt-4` is not found in `gpt-4o`, and `gpt-5.` is longer than `gpt-5`. What the
user's own settings say of a model goes before (`claw.settings.models`); prices and further windows are those of
genai-prices (`pricing`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from claw.events.content import Api
from claw.events.request import FREEFORM, Effort, Request

Thinking: TypeAlias = Literal["unknown", "none", "budget", "adaptive", "effort"]
"""How a model is told how much to think: nobody knows; it does not think; by tokens; in words that the Messages API
calls `adaptive`; by an effort, as OpenAI does."""


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """`heads` begin the names of these models; `having` is a word that has to be in the name, too.

    `maker`: whose service is asked for a name that begins so; empty: nobody's in particular. `aliases` mean the newest
    of a line. `window` in tokens; None: as genai-prices says. `output`: the longest reply to ask for, less than it can,
    so that the window is not spent on room for it. `off` is what asks for no thinking: empty where nothing is said,
    `low` where that is the least there is. `bound`: thinking holds only behind what it was thought behind. `freeform`:
    takes a tool whose input is a text by a grammar.
    """

    heads: tuple[str, ...]
    having: str = ""
    maker: Literal["anthropic", "openai", ""] = ""
    aliases: tuple[str, ...] = ()
    window: int | None = None
    output: int = 8_192
    images: bool = True
    thinking: Thinking = "unknown"
    off: str = ""
    bound: bool = False
    freeform: bool = False


def _claude(*heads: str, alias: str = "", window: int | None = None, off: str = "low", bound: bool = True) -> Family:
    aliases = (alias,) if alias else ()
    named = {"aliases": aliases, "window": window, "off": off, "bound": bound}
    return Family(heads=heads, maker="anthropic", output=32_000, thinking="adaptive", **named)  # type: ignore[arg-type]


def _older_claude(*heads: str, output: int = 8_192, images: bool = True) -> Family:
    return Family(heads=heads, maker="anthropic", output=output, images=images, thinking="budget")


def _gpt(*heads: str, having: str = "", alias: str = "", window: int | None = None, off: str = "none") -> Family:
    named = {"having": having, "aliases": (alias,) if alias else (), "window": window, "off": off}
    return Family(heads=heads, maker="openai", output=32_000, thinking="effort", freeform=True, **named)  # type: ignore[arg-type]


def _plain_gpt(*heads: str, having: str = "", output: int = 8_192, images: bool = True) -> Family:
    return Family(heads=heads, having=having, maker="openai", output=output, images=images, thinking="none")


def _o(*heads: str, having: str = "", images: bool = True, off: str = "low") -> Family:
    named = {"having": having, "images": images, "off": off}
    return Family(heads=heads, maker="openai", output=32_000, thinking="effort", **named)  # type: ignore[arg-type]


_NEWER_GPT = ("gpt-5", "gpt-6", "gpt-7", "gpt-8", "gpt-9", "gpt-10")

FAMILIES = (
    # platform.claude.com, "Troubleshooting thinking": up to 4.5 a budget, off by leaving it out; 4.6 to 4.8 adaptive,
    # off by leaving it out; from 5 adaptive by default, which only some can turn off; from 5.1 bound.
    _claude("claude-"),
    _claude("claude-opus-5-5", alias="opus", window=1_000_000),
    _claude("claude-sonnet-5-5", alias="sonnet", window=1_000_000, off="between_tools"),
    _claude("claude-haiku-5-5", alias="haiku", window=1_000_000, off="disabled"),
    _claude("claude-fable-5-2", alias="fable", window=1_000_000),
    _claude("claude-opus-5-", "claude-sonnet-5-", "claude-haiku-5-", "claude-fable-5-"),
    _claude("claude-opus-5", "claude-sonnet-5", off="disabled", bound=False),
    _claude("claude-haiku-5", "claude-fable-5", bound=False),
    *(
        _claude(*(f"claude-{line}-4-{n}" for n in (6, 7, 8, 9)), off="", bound=False)
        for line in ("opus", "sonnet", "haiku")
    ),
    _older_claude("claude-opus-4", "claude-sonnet-4", "claude-haiku-4", output=32_000),
    _older_claude("claude-3", "claude-opus-3", "claude-sonnet-3", "claude-haiku-3"),
    _older_claude("claude-2", "claude-v2", "claude-instant", images=False),
    # OpenAI's guide to reasoning: GPT from 5.1 takes "none", GPT-5 "minimal", the o series and the codex models "low"
    # at least, the pro models think as much as they like.
    _gpt("gpt-5", off="minimal"),
    _gpt("gpt-5.", *_NEWER_GPT[1:]),
    _gpt("gpt-6.1-sol", alias="gpt", window=1_050_000),
    _gpt(*_NEWER_GPT, having="codex", off="low"),
    _gpt(*_NEWER_GPT, having="-pro", off=""),
    _plain_gpt(*_NEWER_GPT, having="-chat", output=32_000),
    _plain_gpt("gpt-", "gpt-4", "gpt-4o", "chatgpt-"),
    _plain_gpt("gpt-4.1", output=16_000),
    _plain_gpt("gpt-3.5", "gpt-oss", images=False),
    Family(heads=("codex-",), maker="openai", thinking="effort", off="low"),
    _o(*(f"o{number}" for number in range(1, 10))),
    _o(*(f"o{number}" for number in range(1, 10)), having="-pro", off=""),
    _o("o1-mini", "o1-preview", "o3-mini", images=False),
    # Of other makers' claw knows which take text alone. Of all others a server says so when it is sent an image.
    Family(heads=("deepseek-r1", "deepseek-v3", "deepseek-coder", "deepseek-chat", "deepseek-reasoner"), images=False),
    Family(heads=("codestral", "codellama", "starcoder"), images=False),
    Family(heads=("qwen",), having="coder", images=False),
    Family(heads=("kimi-k2",), images=False),
    Family(heads=("kimi-k2.",)),
)
OTHER = Family(heads=())
"""A model that nothing is known of."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """What a server has of the dialects that it speaks. `hosts` are names, of which one that begins with a dot is the
    end of them; `ports` are usual ones on this machine.

    `strict`: takes back only thinking that it has signed or sealed, and knows the newest of its API's fields. `words`:
    models are told how much to think by `Family`; elsewhere only whom the user has told so. `documents`: takes PDFs by
    OpenAI's APIs. `media`: takes images in results by the Responses API. `limit`: what Chat Completions calls the
    longest reply. `cache_key`: keeps a conversation's prefix by a key. `freeform`: takes tools by grammars. `searches`:
    the web, by itself. `key`: answers nobody without one. `window`: of a model that nobody knows, in tokens.
    """

    name: str
    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    strict: bool = False
    words: bool = False
    documents: bool = False
    media: bool = False
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    cache_key: bool = False
    freeform: bool = False
    searches: bool = False
    key: bool = False
    window: int = 32_768


ANTHROPIC = Server(
    name="Anthropic",
    hosts=("api.anthropic.com",),
    strict=True,
    words=True,
    documents=True,
    media=True,
    searches=True,
    key=True,
)
OPENAI = Server(
    name="OpenAI",
    hosts=("api.openai.com",),
    strict=True,
    words=True,
    documents=True,
    media=True,
    limit="max_completion_tokens",
    cache_key=True,
    freeform=True,
    searches=True,
    key=True,
)
_AZURE = (".openai.azure.com", ".services.ai.azure.com")
COMPATIBLE = Server(name="another")
"""A server that nothing is known of: the oldest words of a dialect, which nearly all have."""
SERVERS = (
    ANTHROPIC,
    OPENAI,
    replace(OPENAI, name="Azure OpenAI", hosts=_AZURE, searches=False, key=False),
    Server(name="OpenRouter", hosts=("openrouter.ai",), documents=True),
    Server(name="Bedrock", hosts=(".amazonaws.com",)),
    Server(name="Ollama", ports=(11434,)),
    Server(name="vLLM", ports=(8000,)),
    Server(name="llama.cpp", ports=(8080,)),
    Server(name="LM Studio", ports=(1234,)),
    COMPATIBLE,
)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@cache
def family_of(name: str) -> Family:
    """The row of the model of this name; `OTHER` where there is none."""
    word = _word(name)
    found = [
        (len(head) + len(family.having), family)
        for family in FAMILIES
        for head in family.heads
        if family.having in word and _stands(head, word)
    ]
    return max(found, key=lambda one: one[0])[1] if found else OTHER


def maker_of(name: str) -> str:
    """Whose service is asked for a model of this name, which begins as theirs do; empty: nobody knows."""
    return next((family.maker for family in FAMILIES if _begins(name, family)), "")


def newest() -> dict[str, str]:
    """The newest model of each line, by the word for it."""
    return {alias: family.heads[0] for family in FAMILIES for alias in family.aliases}


@cache
def server_of(url: str) -> Server:
    """The row of the server at this address. A maker's own is one only where it is reached by TLS."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return COMPATIBLE
    for server in SERVERS:
        if host in LOOPBACK:
            if port in server.ports:
                return server
        elif any(host.endswith(one) if one.startswith(".") else host == one for one in server.hosts):
            return server if parts.scheme == "https" else COMPATIBLE
    return COMPATIBLE


def is_local(url: str) -> bool:
    """Whether this machine serves it by itself."""
    return urlsplit(url).hostname in LOOPBACK


def _word(name: str) -> str:
    """The name in the spelling of the table: lower case, no dates, the versions of Claude with hyphens."""
    word = name.lower().replace("@", "-")
    word = word.replace(".", "-") if "claude" in word else word
    return "-".join(part for part in word.split("-") if part != "latest" and not (len(part) == 8 and part.isdigit()))


def _stands(head: str, word: str) -> bool:
    """Whether the head stands in the word, between others."""
    place = word.find(head)
    while place >= 0:
        last, behind = head[-1], word[place + len(head) : place + len(head) + 1]
        goes_on = behind.isalnum() if last.isdigit() else behind.isalpha() if last.isalpha() else False
        if not goes_on and (place == 0 or not word[place - 1].isalnum()):
            return True
        place = word.find(head, place + 1)
    return False


def _begins(name: str, family: Family) -> bool:
    return any(
        name.startswith(head) and not name[len(head) :][:1].isalpha() * head[-1].isalnum() for head in family.heads
    )


# --- how a model is told how much to think ---------------------------------------------------------------------------

LEAST: Effort = "low"
"""What asks for the least that a model may think, where it cannot be told not to."""
FORMS: tuple[Thinking, ...] = ("none", "budget", "adaptive", "effort")
"""Those that the user's settings may say a model has."""


def given_form(having: Iterable[str]) -> Thinking | None:
    """How the user has said that a model of these abilities is told; None: as the table says."""
    return next((form for form in FORMS if form in having), None)


def may_think(name: str, server: Server, having: Collection[str]) -> bool:
    """Whether a model may be told by OpenAI's APIs how much to think, and may give reasoning that has to go back. Of
    models of servers that nobody knows it may be, and of those that have a name there which nobody knows.
    """
    if form := given_form(having):
        return form != "none"
    thinking = family_of(name).thinking
    return not server.words or thinking == "effort" or (thinking == "unknown" and not server.key)


def effort_of(request: Request, server: Server) -> str | None:
    """The word for how much to think by OpenAI's APIs; None: none is sent. Where the table does not say what a model
    takes, it is sent one only if the user asked for an effort.
    """
    name, effort, having = request.model, request.parameters.effort, request.parameters.having
    family = family_of(name)
    if not may_think(name, server, having):
        return None
    if given_form(having) or not server.words or effort != "off":
        return None if effort == "off" else effort
    return family.off or None


def takes_freeform(api: Api, name: str, server: Server, having: Iterable[str], without: Iterable[str]) -> bool:
    """Whether a model is offered tools whose input is a text by a grammar: the Responses API has them."""
    known = server.freeform and family_of(name).freeform
    return api == "openai-responses" and FREEFORM not in without and (known or FREEFORM in having)
