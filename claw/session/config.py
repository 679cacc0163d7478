"""Settings of a session, resolved once: the administrator's files, flags, the environment, other files, claw's own.

bypassPermissions comes from a flag of the very run that uses it, and from nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from claw.decide.hooks import matches
from claw.decide.idling import KIND as IDLE
from claw.errors import ProviderError, UsageError
from claw.events.permission import Effect, Layer, Mode, Rule, is_stricter
from claw.events.request import DOCUMENTS, FREEFORM, IMAGES, TOOLS, Effort
from claw.events.session import Config, Limits, Model, PluginUse, Style, Titles
from claw.late import load
from claw.providers import catalogue, keys
from claw.settings import Settings
from claw.settings.content import checked
from claw.settings.domains import reachable
from claw.settings.keys import STYLE, TITLES
from claw.settings.layers import OF_CODEX
from claw.settings.models import EFFORTS, OwnModel
from claw.settings.modes import BYPASS
from claw.settings.reading import in_order

if TYPE_CHECKING:
    from claw.settings.agents import AgentFile
    from claw.settings.document import Document
    from claw.settings.mcp import ServerFile
    from claw.tools.base import Declared

RETRIES = "CLAW_MAX_RETRIES"
"""Environment variable: how often a failed model call is tried again."""
SMALL = "ANTHROPIC_SMALL_FAST_MODEL"
"""Environment variable of Claude Code's: the model for small work."""
EFFORT = "CLAUDE_CODE_EFFORT_LEVEL"
"""Another one: how much the model thinks."""
WINDOW = "CLAW_CONTEXT_WINDOW"
"""Environment variable: the model's context window in tokens."""
MAX_OUTPUT = "CLAW_MAX_OUTPUT_TOKENS"
"""Environment variable: the longest reply to ask for, in tokens."""
NO_MEMORY = "CLAUDE_CODE_DISABLE_AUTO_MEMORY"
"""Environment variable of Claude Code's: no long-term memory in this run."""
AT_ONCE = "CLAW_MAX_MODEL_CALLS"
"""Environment variable: how many calls of one server's models run at the same time."""
MOST_AT_ONCE = 64
"""As many, where it says nothing: agents wait for each other's replies only where there are more of them."""
AFTER_PLAN: tuple[Mode, ...] = ("acceptEdits", "default")
"""The modes that may follow plan mode."""
DEFAULT_STYLE = "default"
SILENCE_MS = 60_000
"""How long a person is silent until hooks about that are told, unless the settings say otherwise."""
FROM_CODEX = f"~/{OF_CODEX}:"
"""What the file is called among sources."""
MOST_SAID = 4
"""Sentences about settings files at the start of a session."""


class Options(Struct, frozen=True, kw_only=True):
    """What a run was asked to do. None and empty mean: not said. `workspace` is canonical; money is in 10⁻⁹ USD."""

    workspace: str
    environ: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    """Names of variables that the settings have set, so that tools get them."""
    model: str | None = None
    fallback: str | None = None
    effort: str | None = None
    mode: Mode | None = None
    allowed: tuple[str, ...] = ()
    disallowed: tuple[str, ...] = ()
    max_turns: int | None = None
    max_nusd: int | None = None
    max_tokens: int | None = None
    max_ms: int | None = None
    name: str = ""
    trust: bool = False
    """Whatever the repository wants is the user's will, in this run."""
    tools: Mapping[str, tuple[Declared, ...]] = field(default_factory=dict)
    """Tools beside claw's own, by who offers them."""
    interactive: bool = False
    """A person is at the terminal, or at the editor in front of claw."""
    style: str | None = None
    """The name of an output style."""
    system: str | None = None
    """What stands for claw's own instructions to the model; None: those."""
    append: str = ""
    """What is said behind them."""
    offered: tuple[str, ...] | None = None
    """Which of claw's tools are offered; None: those that always are."""
    agents: tuple[AgentFile, ...] = ()
    """Kinds of agent that the program in front brings."""
    given: tuple[Document, ...] = ()
    """Settings from the command line, beside the files."""
    layers: frozenset[Layer] = frozenset({"user", "local", "project"})
    """Whose settings files count beside the administrator's; what the others deny or ask about counts all the same."""
    servers: Mapping[str, ServerFile] = field(default_factory=dict)
    """MCP servers from the command line, which stand in for those of the same name."""
    only_these: bool = False
    """No other servers."""
    session: bytes = b""
    """The id of a new session; empty: it gets one."""
    tools_from: tuple[str, ...] = ()
    """Tools of third parties that the person has named, `package:name`, or `package` for all of one."""


class InForce(Struct, frozen=True):
    """What the user allows: the part of a session's settings that policy is made from. `source` is the mode's."""

    mode: Mode
    source: str
    rules: tuple[Rule, ...]
    domains: tuple[str, ...]


def workspace_named(folder: str | None) -> str:
    """The canonical path of an existing folder; None: where claw was started. Raises UsageError."""
    try:
        path = os.path.realpath(folder if folder is not None else os.getcwd())
    except FileNotFoundError:
        raise UsageError("the current folder does not exist any more", hint="claw -C DIR") from None
    if not os.path.isdir(path):
        raise UsageError(f"there is no folder {path}", hint=f"mkdir {path}")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name of the folder {path!a} is not UTF-8 text", hint="rename it") from None
    return path


def in_force(options: Options, settings: Settings, before: Config | None = None) -> InForce:
    """Mode, rules and domains; `before` as for `resolve`. Raises UsageError."""
    mode, source = _mode(options, settings, before)
    rules = in_order((*_flag_rules(options), *settings.rules))
    return InForce(mode, source, rules, reachable(rules, settings.domains))


def resolve(options: Options, settings: Settings, before: Config | None = None) -> Config:
    """Settings in force. On resume `before` has those of the session: what nobody says anew stays as it was.

    Raises UsageError (a rule that does not parse, an unknown model, a flag that the administrator's files rule out),
    ProviderError (no model can be told).
    """
    sources = dict(before.sources) if before else {}
    at_once(options.environ)
    config = replace(before or Config(model=_model(options, settings, sources)), sources=sources)
    if before is not None and (options.model is not None or "model" in settings.managed):
        config = replace(config, model=_model(options, settings, sources))
    if before is None or options.fallback is not None:
        config = replace(config, fallback=_fallback(options, settings, sources))
    if before is None:
        config = replace(config, small=_small(options, settings, sources))
    config = replace(config, memory=memory_of(options, settings, sources))
    config = replace(config, style=_style(options, settings, sources, before))
    config = replace(config, idle_ms=_idle_ms(options, settings))
    config = replace(config, titles=_titles(options, settings, config.small))
    config = replace(config, model=_with_effort(config.model, options, settings, sources, before))
    if RETRIES in options.environ:
        config = replace(config, retry=replace(config.retry, attempts=1 + _number(options.environ, RETRIES, 0, 99)))
        sources["retry.attempts"] = RETRIES
    sources.pop("trust", None)
    if settings.trust:
        sources["trust"] = settings.trust
    force = in_force(options, settings, before)
    sources.pop("mode", None)
    if force.source:
        sources["mode"] = force.source
    limits = config.limits if before is None else Limits()
    flags = {
        "turns": ("--max-turns", options.max_turns),
        "nusd": ("--max-budget-usd", options.max_nusd),
        "tokens": ("--max-tokens", options.max_tokens),
        "ms": ("--max-time", options.max_ms),
    }
    for name, (flag, most) in flags.items():
        if most is not None:
            limits = replace(limits, **{name: most})
            sources[f"limits.{name}"] = flag
    return replace(
        config,
        limits=limits,
        mode=force.mode,
        rules=force.rules,
        domains=force.domains,
        hooks=settings.hooks,
        plugins=tuple(PluginUse(name=one.name, version=one.version, digest=one.digest) for one in settings.plugins),
    )


def notices(settings: Settings, before: Config | None, config: Config) -> tuple[str, ...]:
    """What the user should know before the session goes on, one sentence each."""
    fallen = before is not None and before.mode == BYPASS != config.mode
    again = f"the session was in mode {BYPASS}, which needs its flag each time: it goes on in mode {config.mode}."
    is_codexs = settings.sources.get("model", "").startswith(FROM_CODEX)
    unknown = settings.model and before is None and not config.sources.get("model") and not is_codexs
    other = (
        f"{settings.sources.get('model')}: the model {settings.model!r} is left out: nothing in the environment leads "
        f"to it. This session asks {config.model.name}; claw --model NAME names another."
    )
    styled = settings.choices.get(STYLE, DEFAULT_STYLE).lower()
    odd = before is None and config.style is None and styled != DEFAULT_STYLE and "style" not in config.sources
    bare = (
        f"{settings.sources.get(STYLE)}: the output style {settings.choices.get(STYLE)!r} is left out: there is none "
        "of this name, or it is a repository's that is not trusted; claw --output-style NAME names another."
    )
    more = [*([again] if fallen else []), *([other] if unknown else []), *([bare] if odd else [])]
    return (*_briefly(settings.ignored), *more)


def _briefly(said: tuple[str, ...]) -> tuple[str, ...]:
    """The first sentences about settings files, and how many more there are."""
    if len(said) <= MOST_SAID + 1:
        return said
    more = f"{len(said) - MOST_SAID} more things in settings files are not in effect as they are written: claw doctor"
    return (*said[:MOST_SAID], more)


def check_mode(mode: Mode, options: Options, settings: Settings) -> None:
    """Raises UsageError for a mode that the administrator's files rule out, and for one that needs a flag."""
    if mode == BYPASS and settings.bypass_forbidden:
        raise UsageError(f"{settings.bypass_forbidden} forbids the mode {BYPASS}")
    if mode == BYPASS and options.mode != BYPASS:
        raise UsageError(f"the mode {BYPASS} needs a flag", hint=f"claw --permission-mode {BYPASS}")
    if "mode" in settings.managed and settings.mode is not None and not _within(mode, settings.mode):
        where = settings.sources["mode"]
        raise UsageError(f"{where} sets the mode {settings.mode}, and {mode} is not stricter")


def after_plan(options: Options, settings: Settings) -> tuple[Mode, ...]:
    """The modes that the person may choose when a plan is accepted."""
    return tuple(mode for mode in AFTER_PLAN if _is_open(mode, options, settings))


def _is_open(mode: Mode, options: Options, settings: Settings) -> bool:
    try:
        check_mode(mode, options, settings)
    except UsageError:
        return False
    return True


def check_model(name: str, settings: Settings) -> None:
    """Raises UsageError for a model that is not the administrator's choice."""
    if "model" in settings.managed and name != settings.model:
        raise UsageError(f"{settings.sources['model']} sets the model {settings.model}, so it cannot be {name}")


def check_setting(options: Options, settings: Settings, name: str, value: str) -> None:
    """Whether a call may write this into the user's settings. Raises UsageError, ProviderError."""
    if name != "model":
        raise UsageError(f"no call changes the setting {name}")
    check_model(value, settings)
    keys.require(model_named(value, options.environ, settings.models), options.environ)


def _mode(options: Options, settings: Settings, before: Config | None) -> tuple[Mode, str]:
    """The mode and its source."""
    if options.mode is not None:
        check_mode(options.mode, options, settings)
        return options.mode, "--permission-mode"
    usual: Mode = settings.mode or "default"
    if before is not None and before.mode != BYPASS and ("mode" not in settings.managed or _within(before.mode, usual)):
        return before.mode, before.sources.get("mode", "")
    return usual, settings.sources.get("mode", "")


def _within(mode: Mode, limit: Mode) -> bool:
    return mode == limit or is_stricter(mode, limit)


def _model(options: Options, settings: Settings, sources: dict[str, str]) -> Model:
    if options.model is not None:
        check_model(options.model, settings)
    told = {"--model": options.model, "CLAW_MODEL": options.environ.get("CLAW_MODEL")}
    if catalogue.has_anthropic_key(options.environ):
        told["ANTHROPIC_MODEL"] = options.environ.get("ANTHROPIC_MODEL")
    if "model" in settings.managed:
        told = {}
    where = settings.sources.get("model", "")
    told[where] = settings.model
    name, source = next(((name, source) for source, name in told.items() if name), (None, ""))
    sources.pop("model", None)
    if source and source == where and "model" not in settings.managed:
        of_codex = source.startswith(FROM_CODEX)
        model = (_of_codex if of_codex else _of_a_file)(name, options.environ, settings.models)
        if model is None:
            return model_named(None, options.environ, settings.models)
    else:
        model = model_named(name, options.environ, settings.models)
    if source:
        sources["model"] = source
    return model


def _style(options: Options, settings: Settings, sources: dict[str, str], before: Config | None) -> Style | None:
    """How the model answers; None: as claw does. One that a file names and that there is not is none."""
    if options.style is None and before is not None:
        return before.style
    named = options.style or settings.choices.get(STYLE)
    sources.pop("style", None)
    if not named:
        return None
    try:
        style: Style | None = load("claw.session.styles", "style_named")(named, settings, options.environ)
    except UsageError:
        if options.style is not None:
            raise
        return None
    sources["style"] = "--output-style" if options.style is not None else settings.sources.get(STYLE, "")
    return style


def _fallback(options: Options, settings: Settings, sources: dict[str, str]) -> Model | None:
    """Who is asked while the model's service is overloaded; None: nobody. One that a file names and that nothing here
    leads to is none.
    """
    sources.pop("fallback", None)
    if options.fallback is not None:
        sources["fallback"] = "--fallback-model"
        return model_named(options.fallback, options.environ, settings.models)
    named = settings.choices.get("fallbackModel")
    model = _of_a_file(named, options.environ, settings.models) if named else None
    if model is not None:
        sources["fallback"] = settings.sources.get("fallbackModel", "")
    return model


def _small(options: Options, settings: Settings, sources: dict[str, str]) -> Model | None:
    """Who is asked for summaries; None: the model."""
    named, source = settings.choices.get("smallModel"), settings.sources.get("smallModel", "")
    if not named and options.environ.get(SMALL, "").strip():
        named, source = options.environ[SMALL].strip(), SMALL
    model = _of_a_file(named, options.environ, settings.models) if named else None
    if model is not None:
        sources["small"] = source
    return model


def memory_of(options: Options, settings: Settings, sources: dict[str, str]) -> bool:
    """Whether there is long-term memory: where the user's settings say so, and nobody says no."""
    sources.pop("memory", None)
    if options.environ.get(NO_MEMORY, "").strip().lower() in ("1", "true"):
        sources["memory"] = NO_MEMORY
        return False
    if settings.memory is not None:
        sources["memory"] = settings.sources["memory"]
    return settings.memory is True


def _titles(options: Options, settings: Settings, small: Model | None) -> Titles:
    """Whether a model is asked what the session is about. Unless the user says so, it is where it costs next to
    nothing, and where there is somebody who will look for the session.
    """
    said = settings.choices.get(TITLES, "terminal" if small else "never").strip().lower()
    if said == "never" or (said == "terminal" and not options.interactive):
        return "never"
    return "beside" if options.interactive else "waited"


def _idle_ms(options: Options, settings: Settings) -> int:
    """How long the person may be silent until hooks are told of it; 0: none wants to be, or nobody is there."""
    if not options.interactive:
        return 0
    wanted = any(
        hook.event == "Notification" and matches(hook.matcher, IDLE, any_case=False) for hook in settings.hooks
    )
    return (settings.silence_ms or SILENCE_MS) if wanted else 0


def _with_effort(
    model: Model, options: Options, settings: Settings, sources: dict[str, str], before: Config | None
) -> Model:
    """How much the model may think: as the flag says, else as the session had it, the environment, the settings."""
    told = {"--effort": options.effort}
    if before is not None:
        model = replace(model, effort=before.model.effort)
    else:
        told |= {EFFORT: options.environ.get(EFFORT), settings.sources.get("effortLevel", ""): None}
        told |= {settings.sources.get("effortLevel", ""): settings.choices.get("effortLevel")}
    text, source = next(((text, source) for source, text in told.items() if text), (None, ""))
    if text is None:
        return model
    effort = effort_named(text)
    if source.startswith(FROM_CODEX) and not sources.get("model", "").startswith(FROM_CODEX):
        return model
    if source != "--effort" and not catalogue.efforts_of(model):
        return model
    sources["model.effort"] = source
    return with_effort(model, effort)


def effort_named(text: str) -> Effort:
    """The effort of this name, as other programs name it, too. Raises UsageError."""
    effort = EFFORTS.get(text.strip().lower())
    if effort is None:
        raise UsageError(f"there is no effort {text!r}", hint="one of off, low, medium, high")
    return effort


def with_effort(model: Model, effort: Effort) -> Model:
    """The model, thinking so much. Raises UsageError where it cannot think."""
    if effort != "off" and effort not in catalogue.efforts_of(model):
        raise UsageError(f"{model.name} cannot be told how much to think", hint="claw models lists what each can do")
    return replace(model, effort=effort)


def _of_codex(name: str | None, environ: Mapping[str, str], own: Mapping[str, OwnModel]) -> Model | None:
    """The model that a file of Codex's names, where its provider would be asked anyway; None: it would not."""
    try:
        model = model_named(name, environ, own)
    except (UsageError, ProviderError):
        return None
    try:
        usual = catalogue.resolve(None, environ)
    except (UsageError, ProviderError):
        return model if catalogue.has_key(model, environ) else None
    return model if model.provider == usual.provider else None


def _of_a_file(name: str | None, environ: Mapping[str, str], own: Mapping[str, OwnModel]) -> Model | None:
    """The model that a settings file names; None where it cannot be asked here and another one can: the file may be
    written for another program.
    """
    try:
        usual = catalogue.resolve(None, environ)
    except ProviderError:
        return model_named(name, environ, own)
    try:
        model = model_named(name, environ, own)
    except UsageError:
        return None
    return model if catalogue.has_key(model, environ) or not catalogue.has_key(usual, environ) else None


def with_variables(options: Options, settings: Settings) -> Options:
    """The options with the variables that the settings set."""
    environ = {**options.environ, **settings.env}
    return replace(options, environ=environ, passed=tuple(settings.env))


def model_named(name: str | None, environ: Mapping[str, str], own: Mapping[str, OwnModel] | None = None) -> Model:
    """The model of this name (None: the one the environment suggests), with what the settings say of it (`own`), and
    the sizes that the environment gives it.

    Raises UsageError, ProviderError.
    """
    model = _as_described(catalogue.resolve(name, environ), own or {})
    if WINDOW in environ:
        model = replace(model, window=_number(environ, WINDOW, 1_000, 100_000_000))
    if MAX_OUTPUT in environ:
        model = replace(model, max_output=_number(environ, MAX_OUTPUT, 1, 100_000_000))
    return replace(model, max_output=min(model.max_output, max(1, model.window // 4)))


def _as_described(model: Model, own: Mapping[str, OwnModel]) -> Model:
    """With what a settings file says of it."""
    said = own.get(model.name)
    if said is None:
        return model
    without, having = list(model.without), [said.thinking] if said.thinking else []
    documents = said.images if said.documents is None else said.documents
    for part, taken in ((IMAGES, said.images), (DOCUMENTS, documents), (TOOLS, said.tools), (FREEFORM, said.freeform)):
        if taken is not None:
            without = [one for one in without if one != part] + ([] if taken else [part])
    having += [FREEFORM] if said.freeform else []
    window, most = said.window or model.window, said.max_output or model.max_output
    return replace(model, window=window, max_output=most, without=tuple(without), having=tuple(having))


def at_once(environ: Mapping[str, str]) -> int:
    """How many calls of one server's models run at the same time. Raises UsageError."""
    return _number(environ, AT_ONCE, 1, 100) if AT_ONCE in environ else MOST_AT_ONCE


def _number(environ: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = environ[name]
    if not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
        raise UsageError(f"{name} must be a number from {least} to {most}, not {text!r}", hint=f"unset {name}")
    return int(text)


def _flag_rules(options: Options) -> tuple[Rule, ...]:
    pairs: list[tuple[Effect, str, str]] = [
        *(("deny", rule, "--disallowed-tools") for rule in options.disallowed),
        *(("allow", rule, "--allowed-tools") for rule in options.allowed),
    ]
    return tuple(
        checked(Rule(effect=effect, rule=rule, source=source, layer="command-line")) for effect, rule, source in pairs
    )
