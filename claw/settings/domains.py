"""Which hosts a confined command may reach: what rules and settings allow, less what they deny."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from claw import _native
from claw.errors import UsageError
from claw.events.permission import Effect, Rule
from claw.settings.names import HOSTS

EVERYWHERE = "*"


class Domain(Struct, frozen=True):
    """A host, `*.` and a parent of hosts, or `*`; and where it is allowed or denied."""

    effect: Effect
    name: str
    source: str


def domain(effect: Effect, name: str, source: str) -> Domain:
    """Raises UsageError for what is no domain."""
    name = name.strip().lower()
    if name != EVERYWHERE:
        try:
            _native.parse_rule(f"{HOSTS}(domain:{name})")
        except UsageError:
            raise UsageError(f"{source}: {name!r} is no domain; write example.com or *.example.com") from None
    return Domain(effect, name, source)


def reachable(rules: Iterable[Rule], domains: Iterable[Domain]) -> tuple[str, ...]:
    """The allowed domains, sorted. One that holds a denied host is left out whole, since none can be cut out of it."""
    every = [*domains, *_named_by(rules)]
    allowed = {entry.name for entry in every if entry.effect == "allow"}
    refused = {entry.name for entry in every if entry.effect != "allow"}
    return tuple(sorted(name for name in allowed if not any(_overlap(name, other) for other in refused)))


def _named_by(rules: Iterable[Rule]) -> Iterable[Domain]:
    for rule in rules:
        tool, specifier = _native.parse_rule(rule.rule)
        if tool == HOSTS and specifier is not None:
            name = specifier.strip().removeprefix("domain:").lower()
            yield Domain(rule.effect, name, rule.source)


def _overlap(one: str, other: str) -> bool:
    return _covers(one, other) or _covers(other, one)


def _covers(pattern: str, name: str) -> bool:
    if pattern in (EVERYWHERE, name):
        return True
    return pattern.startswith("*.") and name.endswith(pattern[1:])
