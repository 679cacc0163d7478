"""What `--model` means: a name to a model, its service and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec.structs import replace

from claw.errors import KeyMissing, ProviderError, UsageError
from claw.events.content import Api
from claw.events.request import DOCUMENTS, IMAGES, Effort
from claw.events.session import Model
from claw.providers import abilities, names, pricing
from claw.providers.abilities import Family, Server, Thinking
from claw.providers.factory import SCRIPTED_URL
from claw.providers.keys import DEMO

DEFAULT_ANTHROPIC, DEFAULT_OPENAI = names.ALIASES["sonnet"], abilities.newest()["gpt"]

SCRIPTED_WINDOW = 200_000
UNKNOWN_WINDOW = 200_000
"""Of a hosted model that genai-prices does not know."""
LOCAL_OUTPUT = 4_096
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
    return not address or abilities.server_of(address) is abilities.ANTHROPIC


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
    if abilities.maker_of(name) == "openai":
        address = environment.get("OPENAI_BASE_URL", "").strip()
        official = not address or abilities.server_of(address) is abilities.OPENAI
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
    family = abilities.family_of(name)
    window = family.window or pricing.window(name, provider, base_url)
    local = bool(base_url) and window is None
    return Model(
        provider=provider,
        api=_APIS[provider],
        name=name,
        base_url=base_url,
        window=window or (abilities.server_of(base_url).window if local else UNKNOWN_WINDOW),
        max_output=LOCAL_OUTPUT if local else family.output,
        without=not_taken(family),
    )


def api_of(provider: str) -> Api:
    """By which API a service is asked."""
    return _APIS[provider]


def server_for(model: Model) -> Server:
    """What its server has of the dialects."""
    if model.base_url or model.provider == "scripted":
        return abilities.server_of(model.base_url)
    return abilities.ANTHROPIC if model.api == "anthropic" else abilities.OPENAI


def thinking_of(model: Model) -> Thinking:
    """How it is told how much to think: as the user says, else as the table does."""
    return abilities.given_form(model.having) or abilities.family_of(model.name).thinking


def efforts_of(model: Model) -> tuple[Effort, ...]:
    """How much the model can be told to think, beside not at all; nothing for one that does not think, as far as that
    is known. A server that does not take the word says so, and gets none from then on.
    """
    if model.api == "anthropic":
        thinks = "none" not in model.having
    else:
        thinks = abilities.may_think(model.name, server_for(model), model.having)
    return ("low", "medium", "high") if thinks else ()


def takes_freeform(model: Model) -> bool:
    """Whether it is offered tools whose input is a text by a grammar."""
    return abilities.takes_freeform(model.api, model.name, server_for(model), model.having, model.without)


def not_taken(family: Family) -> tuple[str, ...]:
    """The parts of a request that such models are not sent. Of what is not known a server says so."""
    return () if family.images else (IMAGES, DOCUMENTS)


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
