"""What claw reads in a settings file; other tools keep more in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Literal

import pydantic

from claw import _native
from claw.credentials import LEAK
from claw.errors import UsageError
from claw.events.permission import Effect, Rule
from claw.settings.document import Document


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", strict=True)


class Permissions(_Part):
    allow: list[str] = []
    ask: list[str] = []
    deny: list[str] = []
    defaultMode: str | None = None
    disableBypassPermissionsMode: Literal["disable"] | None = None


class Network(_Part):
    allowedDomains: list[str] = []
    deniedDomains: list[str] = []


class Sandbox(_Part):
    network: Network = Network()


class Content(_Part):
    permissions: Permissions = Permissions()
    sandbox: Sandbox = Sandbox()
    model: str | None = None
    env: dict[str, str | int | float | bool] = {}


_KEYS = (*Content.model_fields, "hooks", "disableAllHooks")


def content_of(document: Document) -> Content:
    """Raises UsageError with file and line."""
    try:
        return Content.model_validate(document.plain)
    except pydantic.ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = problem["loc"]
        dotted = ".".join(map(str, where))
        raise UsageError(f"{document.at(*where)}: {dotted}: {problem['msg']}") from None


def misspelt(document: Document) -> Iterator[str]:
    """A sentence for each key that is nearly one of claw's; other tools have keys of their own."""
    yield from _misspelt(document, (), document.plain, _KEYS)
    permissions = document.plain.get("permissions", {})
    yield from _misspelt(document, ("permissions",), permissions, tuple(Permissions.model_fields))


def _misspelt(
    document: Document, where: tuple[str, ...], written: Iterable[str], known: tuple[str, ...]
) -> Iterator[str]:
    for key in written:
        close = [] if key in known else difflib.get_close_matches(key, known, n=1, cutoff=0.8)
        if close:
            yield f"{document.at(*where, key)}: not in effect: claw knows {close[0]}, and no {key}."


def rules_of(document: Document, content: Content, effect: Effect) -> tuple[Rule, ...]:
    """Its rules with this effect. Raises UsageError with file and line for one that does not parse."""
    return tuple(
        checked(
            Rule(
                effect=effect,
                rule=text,
                source=document.at("permissions", effect, index),
                layer=document.layer,
                root=document.root,
            )
        )
        for index, text in enumerate(getattr(content.permissions, effect))
    )


def env_of(document: Document, content: Content) -> dict[str, str]:
    """Its variables, as text. Raises UsageError with file and line for what no environment can hold."""
    env = {}
    for name, value in content.env.items():
        text = value if isinstance(value, str) else str(value).lower()
        if not name or "=" in name or "\0" in name + text:
            raise UsageError(f"{document.at('env', name)}: env: {name!r} cannot be set in an environment")
        env[name] = text
    return env


def leaks(rule: Rule) -> bool:
    """Whether what looks like a secret stands in it."""
    return bool(_native.find_tokens(rule.rule))


def checked(rule: Rule) -> Rule:
    """The rule, if it parses. Raises UsageError that names its source.

    One that holds a secret is an error, too, unless it is an allow rule of a file: those can be left out.
    """
    if leaks(rule) and (rule.effect != "allow" or rule.layer == "command-line"):
        raise UsageError(f"{rule.source}: a rule holds {LEAK}", hint="write a rule with a * in its place")
    try:
        _native.parse_rule(rule.rule)
    except UsageError as error:
        raise UsageError(f"{rule.source}: {error.message}", hint=error.hint) from None
    return rule
