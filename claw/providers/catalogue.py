"""What `--model` means: a name to a model, its service and its limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec.structs import replace

from claw.errors import KeyMissing, ProviderError, UsageError
from claw.events.content import Api
from claw.events.request import DOCUMENTS, IMAGES, Effort
from claw.events.session import Model
from claw.late import pattern
from claw.providers import names, pricing
from claw.providers.anthropic_wire import model_of
from claw.providers.factory import SCRIPTED_URL
from claw.providers.keys import DEMO
from claw.providers.openai_effort import reasons

DEFAULT_ANTHROPIC = names.ALIASES["sonnet"]
DEFAULT_OPENAI = "gpt-6.1-sol"

WINDOWS = {
    "claude-opus-5-5": 1_000_000,
    "claude-sonnet-5-5": 1_000_000,
    "claude-haiku-5-5": 1_000_000,
    "claude-fable-5-2": 1_000_000,
    "gpt-6.1-sol": 1_050_000,
}
"""Of the models most asked for, so that a start need not import genai-prices (0.2 s); a test compares them."""

_BLIND = pattern(
    r"gpt-3\.5|gpt-oss|o1-(?:mini|preview)|o3-mini|claude-(?:2|instant)|deepseek-(?:r1|v3|coder|chat|reasoner)|codestral"
    r"|codellama|starcoder|qwen[\d.]*-?coder|kimi-k2(?![\w.])",
    re.IGNORECASE,
)
"""Models that take text alone. Of another the server says so when it is sent an image, and gets none from then on."""

SCRIPTED_WINDOW = 200_000
UNKNOWN_WINDOW = 200_000
"""Of a hosted model that genai-prices does not know."""
LOCAL_WINDOW, LOCAL_OUTPUT = 32_768, 4_096
"""Of a model on a server of one's own: small, since such a server cuts what is too long without a word."""

_APIS: dict[str, Api] = {"anthropic": "anthropic", "openai": "openai-responses", "openai-chat": "openai-chat"}
_PROVIDER_VARIABLES = {"anthropic": "ANTHROPIC_BASE_URL", "openai": "OPENAI_BASE_URL", "openai-chat": "OPENAI_BASE_URL"}


def resolve(name: str | None, environment: Mapping[str, str]) -> Model:
    """None, "" and "default" choose by the key that the environment has. Raises UsageError for a name that says no
    service, KeyMissing where there is no name and no key to go by.

    ========================= ============================================================================
    anthropic/NAME            Anthropic's Messages API, at ANTHROPIC_BASE_URL if that is set
    openai/NAME               OpenAI's Responses API, at OPENAI_BASE_URL if that is set
    openai-chat/NAME          Chat Completions, there too: Ollama, vLLM, llama.cpp, OpenRouter and others
    claude-…, opus, sonnet, … as anthropic/…
    gpt, gpt-…, o3, …         as openai/… (gpt: the newest); at an OPENAI_BASE_URL that is not OpenAI's as
                              openai-chat/…, as nearly every other server speaks Chat Completions and few Responses
    scripted, scripted/API    the scripted server at CLAW_SCRIPTED_URL
    any other name            as openai-chat/NAME where OPENAI_BASE_URL is set, else as anthropic/NAME where
                              ANTHROPIC_BASE_URL is
    ========================= ============================================================================

    Where only one of the two services is set up, with an address of its own, it is asked for models of the other's
    makers, too: a gateway has them all. How settings name a model is read by `claw.providers.names`.
    """
    name = names.plain(name or "")
    if name.lower() in names.UNSAID:
        name = names.plain(_default(environment))
    provider, _, rest = name.partition("/")
    if provider == "scripted":
        return _scripted(rest, environment)
    provider, name = _service(names.without_colon(name), environment)
    if provider != "anthropic":
        return _model(provider, name, environment)
    model = _model(provider, names.of_anthropic(name, environment, official=is_official(environment)), environment)
    planner = names.planner(name, environment)
    return _planning(model, _model(provider, planner, environment)) if planner else model


def is_official(environment: Mapping[str, str]) -> bool:
    """Whether Anthropic itself is asked, and not a server that imitates it or leads to it."""
    address = environment.get("ANTHROPIC_BASE_URL", "").strip()
    return not address or re.match(r"https://api\.anthropic\.com(?![\w.-])", address) is not None


def has_key(model: Model, environment: Mapping[str, str]) -> bool:
    """Whether the environment has what the model's service asks for."""
    if model.provider == "anthropic":
        return has_anthropic_key(environment)
    return model.provider == "scripted" or bool(model.base_url or environment.get("OPENAI_API_KEY"))


def has_anthropic_key(environment: Mapping[str, str]) -> bool:
    """Whether there is a key or a token for the Messages API, at whatever address."""
    return bool(environment.get("ANTHROPIC_API_KEY") or environment.get("ANTHROPIC_AUTH_TOKEN"))


def _service(name: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The service and the name that it is asked for."""
    openai = bool(environment.get("OPENAI_BASE_URL") or environment.get("OPENAI_API_KEY"))
    gateway = not is_official(environment) and not openai
    provider, _, rest = name.partition("/")
    if provider in _APIS and rest and not (gateway and provider != "anthropic"):
        return provider, rest
    if gateway or (name == names.plain(environment.get("ANTHROPIC_MODEL", "")) and not is_official(environment)):
        return "anthropic", name
    if name.lower() == "gpt":
        name = DEFAULT_OPENAI
    if names.is_claude(name):
        anthropic = has_anthropic_key(environment) or not environment.get("OPENAI_BASE_URL")
        return "anthropic" if anthropic or not is_official(environment) else "openai-chat", name
    if re.match(r"gpt-|o\d|codex-", name):
        address = environment.get("OPENAI_BASE_URL", "").strip()
        official = not address or re.match(r"https://api\.openai\.com(?![\w.-])", address) is not None
        return "openai" if official else "openai-chat", name
    if environment.get("OPENAI_BASE_URL"):
        return "openai-chat", name
    raise UsageError(
        f"No service is known for the model {name!r}.",
        hint="name it anthropic/NAME, openai/NAME or openai-chat/NAME; for a server of your own set OPENAI_BASE_URL",
    )


def _default(environment: Mapping[str, str]) -> str:
    if has_anthropic_key(environment):
        wanted = names.plain(environment.get("ANTHROPIC_MODEL", ""))
        return DEFAULT_ANTHROPIC if wanted.lower() in names.UNSAID else wanted
    if environment.get("OPENAI_API_KEY") and not environment.get("OPENAI_BASE_URL"):
        return DEFAULT_OPENAI
    if environment.get(SCRIPTED_URL):
        return "scripted"
    if environment.get("OPENAI_BASE_URL"):
        raise ProviderError("OPENAI_BASE_URL is set, but no model is named.", hint="claw --model NAME")
    raise KeyMissing(
        "No model is named, and the environment has no key to choose one by.",
        hint=f"export ANTHROPIC_API_KEY=…; {DEMO}",
    )


def _scripted(api: str, environment: Mapping[str, str]) -> Model:
    apis: dict[str, Api] = {"": "anthropic", "openai-responses": "openai-responses", **_APIS}
    if api not in apis:
        raise UsageError(f"The scripted model does not speak {api!r}.", hint=f"one of {', '.join(sorted(apis)[1:])}")
    return Model(
        provider="scripted",
        api=apis[api],
        name="scripted-1",
        base_url=environment.get(SCRIPTED_URL, ""),
        window=SCRIPTED_WINDOW,
        max_output=8_192,
    )


def _model(provider: str, name: str, environment: Mapping[str, str]) -> Model:
    base_url = _without_secrets(_PROVIDER_VARIABLES[provider], environment)
    window = WINDOWS.get(name) or pricing.window(name, provider, base_url)
    local = bool(base_url) and window is None
    return Model(
        provider=provider,
        api=_APIS[provider],
        name=name,
        base_url=base_url,
        window=window or (LOCAL_WINDOW if local else UNKNOWN_WINDOW),
        max_output=LOCAL_OUTPUT if local else most_output(name),
        without=without_images(takes_images(name)),
    )


def api_of(provider: str) -> Api:
    """By which API a service is asked."""
    return _APIS[provider]


def efforts_of(model: Model) -> tuple[Effort, ...]:
    """How much the model can be told to think, beside not at all; nothing for one of OpenAI's that does not think.
    Of another maker's nobody knows: a server that does not take the word says so, and gets none from then on.
    """
    known = model.provider.startswith("openai") and not model.base_url
    return () if known and not reasons(model.name) else ("low", "medium", "high")


def without_images(taken: bool) -> tuple[str, ...]:
    """The parts of a request that a model is not sent, which takes images or does not."""
    return () if taken else (IMAGES, DOCUMENTS)


def takes_images(name: str) -> bool:
    """Whether it does, as far as it is known."""
    return not _BLIND.search(name)


def _planning(model: Model, planner: Model) -> Model:
    """With the limits that both keep to, since the conversation is the same."""
    window, max_output = min(model.window, planner.window), min(model.max_output, planner.max_output)
    return replace(model, planner=planner.name, window=window, max_output=max_output)


def _without_secrets(variable: str, environment: Mapping[str, str]) -> str:
    """The address that a variable names. It is written down, so it must hold no password and no key."""
    url = environment.get(variable, "").strip().rstrip("/")
    try:
        parts = urlsplit(url)
        whole = not url or (parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0)
    except ValueError:
        whole = False
    if not whole:
        raise UsageError(f"{variable} holds no address of a server", hint=f"export {variable}=https://HOST/…")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"{variable} holds more than an address: a user name, a password or a query.",
            hint=f"put the key into its own variable, and only the address into {variable}",
        )
    return url


def most_output(name: str) -> int:
    """What a reply may take: less than the models can, so that the window is not spent on room for it."""
    family, version = model_of(name)
    if family and version < (4, 0):
        return 8_192
    return 32_000 if family or re.match(r"gpt-[5-9]|o\d", name) else 16_000 if "gpt-4.1" in name else 8_192
