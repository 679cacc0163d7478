"""Settings of a session, resolved once: flags, then environment, then settings files, then what claw does by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from claw._native import parse_rule
from claw.errors import UsageError
from claw.events.permission import Effect, Mode, Rule
from claw.events.session import Config, Limits, Model
from claw.providers import catalogue
from claw.settings import Settings

RETRIES = "CLAW_MAX_RETRIES"
"""Environment variable: how often a failed model call is tried again."""
WINDOW = "CLAW_CONTEXT_WINDOW"
"""Environment variable: the model's context window in tokens."""
MAX_OUTPUT = "CLAW_MAX_OUTPUT_TOKENS"
"""Environment variable: the longest reply to ask for, in tokens."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run was asked to do. None and empty mean: not said. `workspace` is canonical; money is in 10⁻⁹ USD."""

    workspace: str
    environ: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    """Names of variables that the settings have set, so that tools get them."""
    model: str | None = None
    mode: Mode | None = None
    allowed: tuple[str, ...] = ()
    disallowed: tuple[str, ...] = ()
    max_turns: int | None = None
    max_nusd: int | None = None
    name: str = ""


def resolve(options: Options, settings: Settings, before: Config | None = None) -> Config:
    """Settings in force. On resume `before` has those of the session: what nobody says anew stays as it was.

    Raises UsageError (a rule that does not parse, an unknown model), ProviderError (no model can be told).
    """
    sources = dict(before.sources) if before else {}
    config = before or _fresh(options, settings, sources)
    if options.model is not None and before is not None:
        config = replace(config, model=model_named(options.model, options.environ))
        sources["model"] = "--model"
    if RETRIES in options.environ:
        config = replace(config, retry=replace(config.retry, attempts=1 + _number(options.environ, RETRIES, 0, 99)))
        sources["retry.attempts"] = RETRIES
    if options.mode is not None:
        config = replace(config, mode=options.mode)
        sources["mode"] = "--permission-mode"
    limits = config.limits if before is None else Limits()
    if options.max_turns is not None:
        limits = replace(limits, turns=options.max_turns)
        sources["limits.turns"] = "--max-turns"
    if options.max_nusd is not None:
        limits = replace(limits, nusd=options.max_nusd)
        sources["limits.nusd"] = "--max-budget-usd"
    rules = (*_flag_rules(options), *settings.rules)
    return replace(config, limits=limits, rules=rules, sources=sources)


def _fresh(options: Options, settings: Settings, sources: dict[str, str]) -> Config:
    name = options.model or options.environ.get("CLAW_MODEL") or settings.model
    sources.update(settings.sources)
    if options.model:
        sources["model"] = "--model"
    elif options.environ.get("CLAW_MODEL"):
        sources["model"] = "CLAW_MODEL"
    return Config(model=model_named(name, options.environ), mode=settings.mode or "default")


def with_variables(options: Options, settings: Settings) -> Options:
    """The options with the variables that the settings set."""
    environ = {**options.environ, **settings.env}
    return dataclasses.replace(options, environ=environ, passed=tuple(settings.env))


def model_named(name: str | None, environ: Mapping[str, str]) -> Model:
    """The model of this name (None: the one the environment suggests), with the sizes that the environment gives it.

    Raises UsageError, ProviderError.
    """
    model = catalogue.resolve(name, environ)
    if WINDOW in environ:
        model = replace(model, window=_number(environ, WINDOW, 1_000, 100_000_000))
    if MAX_OUTPUT in environ:
        model = replace(model, max_output=_number(environ, MAX_OUTPUT, 1, 100_000_000))
    return replace(model, max_output=min(model.max_output, max(1, model.window // 4)))


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
    for _, rule, _ in pairs:
        parse_rule(rule)
    return tuple(Rule(effect=effect, rule=rule, source=source) for effect, rule, source in pairs)
