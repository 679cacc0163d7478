"""What claw reads in a settings file; other tools keep more in it.

Nothing in a file that is JSON stops claw. What would loosen and cannot be read is left out; what would tighten and
cannot be read is held more strictly. Either is said, with its line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, get_args

from msgspec import Struct, field

from claw import _native
from claw.errors import ClawError, UsageError
from claw.events.permission import Effect, Rule
from claw.execution.credentials import LEAK
from claw.execution.links import is_inside
from claw.late import load
from claw.settings.document import Document, Where
from claw.settings.domains import EVERYWHERE, Domain, domain
from claw.settings.keys import EXCLUDES, KEYS, LOOKS, PERMISSIONS, SILENCE, STYLE, TITLES
from claw.settings.models import EFFORTS, OwnModel, own_model
from claw.settings.names import HOSTS, READS
from claw.settings.stricter_rules import at_least, grants, readable

if TYPE_CHECKING:
    from claw.settings.language_servers import Found as Servers

LONGEST_SILENCE = 86_400_000
CHOICES = ("fallbackModel", "smallModel", "effortLevel", STYLE, TITLES)
"""Keys that hold one text, which a repository cannot set."""
TITLED = ("never", "terminal", "always")
_NAMED = {"effortLevel": tuple(EFFORTS), TITLES: TITLED}
"""Of these those that hold one of a few texts."""


class Content(Struct):
    """What one file says, as far as it can be read. `problems` has a sentence for each thing that cannot."""

    rules: list[Rule] = field(default_factory=list)
    domains: list[Domain] = field(default_factory=list)
    mode: str | None = None
    model: str | None = None
    choices: dict[str, str] = field(default_factory=dict)
    """What the keys of `CHOICES` hold."""
    models: dict[str, OwnModel] = field(default_factory=dict)
    silence_ms: int | None = None
    """How long the person is silent until hooks are told; None: it does not say."""
    memory: bool | None = None
    """Whether there is to be long-term memory; None: it does not say."""
    env: dict[str, str] = field(default_factory=dict)
    forbids_bypass: bool = False
    tools: list[tuple[str, str]] = field(default_factory=list)
    """Tools of third parties as they are named, each with its place."""
    servers: Servers | None = None
    """Language servers, where the file says something of them."""
    excluded: list[str] = field(default_factory=list)
    """Patterns of instruction files that are left out."""
    problems: list[str] = field(default_factory=list)


def content_of(document: Document, home: str = "", workspace: str = "") -> Content:
    """For a workspace; without one no folder is a part of it. Looks at the disk. Raises nothing."""
    return _Reader(document, home, workspace).content()


class _Reader:
    def __init__(self, document: Document, home: str, workspace: str) -> None:
        self._document = document
        self._home = home
        self._workspace = workspace
        self._found = Content(problems=[*document.problems, *misspelt(document)])

    def content(self) -> Content:
        found = self._found
        permissions = self._object(("permissions",))
        for effect in get_args(Effect):
            found.rules += self._rules(effect, permissions)
        found.mode = self._text(("permissions", "defaultMode"))
        found.forbids_bypass = self._forbids_bypass(permissions)
        found.rules += self._directories(permissions)
        network = self._object(("sandbox", "network"))
        found.domains += self._domains("allow", ("sandbox", "network", "allowedDomains"), network)
        found.domains += self._domains("deny", ("sandbox", "network", "deniedDomains"), network)
        found.model = self._text(("model",))
        found.choices = {key: text for key in CHOICES if (text := self._choice(key))}
        found.memory = self._memory()
        found.silence_ms = self._silence()
        found.models = self._models()
        found.env = self._env()
        found.tools += self._tools()
        found.servers = self._servers()
        found.excluded += self._excluded()
        if any(key in self._document.plain for key in LOOKS):
            problems = load("claw.settings.looks", "problems")
            found.problems += problems(self._document.plain, self._document.at)
        return found

    def _say(self, where: Where, what: str) -> None:
        self._found.problems.append(f"{self._document.at(*where)}: {what}")

    def _value(self, where: Where) -> Any:
        value: Any = self._document.plain
        for key in where:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _object(self, where: Where) -> dict[str, Any]:
        """The object there; an empty one, and a word about it, where there is something else."""
        for length in range(1, len(where) + 1):
            value = self._value(where[:length])
            if value is not None and not isinstance(value, dict):
                self._say(where[:length], f"not in effect: {_dotted(where[:length])} is no object.")
                return {}
        return self._value(where) or {}

    def _text(self, where: Where) -> str | None:
        value = self._value(where)
        if value is None or (isinstance(value, str) and value):
            return value
        self._say(where, f"not in effect: {_dotted(where)} is no text.")
        return None

    def _choice(self, key: str) -> str | None:
        text = self._text((key,))
        known = _NAMED.get(key)
        if text is None or known is None or text.strip().lower() in known:
            return text
        self._say((key,), f"not in effect: there is no {key} {_brief(text)}: one of {', '.join(known)}.")
        return None

    def _silence(self) -> int | None:
        value = self._value((SILENCE,))
        if value is None or (isinstance(value, int) and value is not True and 0 < value <= LONGEST_SILENCE):
            return value
        self._say((SILENCE,), f"not in effect: {SILENCE} is no number of milliseconds from 1 to {LONGEST_SILENCE}.")
        return None

    def _memory(self) -> bool | None:
        """What cannot be read turns it off."""
        value = self._value(("memory",))
        if value is None or isinstance(value, bool):
            return value
        self._say(("memory",), "memory is neither true nor false, so it is off.")
        return False

    def _entries(self, where: Where, value: Any) -> Iterator[tuple[Where, Any]]:
        """The entries of a list with their places; what is no list is the one entry itself."""
        if isinstance(value, list):
            yield from (((*where, index), entry) for index, entry in enumerate(value))
        elif value is not None:
            yield where, value

    def _rules(self, effect: Effect, permissions: dict[str, Any]) -> Iterator[Rule]:
        names = [effect] if effect == "allow" else [key for key in permissions if _means(key, effect)]
        for name in names:
            entries = permissions.get(name)
            if effect == "allow" and not isinstance(entries, list | None):
                self._say(("permissions", name), f"not in effect: {_dotted(('permissions', name))} is no list.")
                continue
            for where, given in self._entries(("permissions", name), entries):
                texts = self._granted(where, given) if effect == "allow" else self._held(where, given, effect)
                for text in texts:
                    yield Rule(
                        effect=effect,
                        rule=text,
                        source=self._document.at(*where),
                        layer=self._document.layer,
                        root=self._document.root,
                    )

    def _granted(self, where: Where, given: Any) -> tuple[str, ...]:
        if given is None or not isinstance(given, str):
            self._say(where, f"not in effect: an allow rule is no text: {_brief(given)}.")
        elif _native.find_tokens(given):
            self._say(where, f"not in effect: an allow rule holds {LEAK}.")
        elif why := grants(given):
            self._say(where, f"not in effect: allow rule {given}: {why}.")
        else:
            return (given,)
        return ()

    def _held(self, where: Where, given: Any, effect: Effect) -> tuple[str, ...]:
        rules = at_least(given)
        if not rules:
            self._say(where, f"not in effect: a rule to {effect} that says nothing.")
        elif rules != (given,):
            leaks = isinstance(given, str) and bool(_native.find_tokens(given))
            why = f"it holds {LEAK}" if leaks else readable(given) if isinstance(given, str) else "it is no text"
            what = "" if leaks else f" {_brief(given)}"
            said = f"so claw {'denies' if effect == 'deny' else 'asks about'} {' and '.join(rules)}"
            self._say(where, f"the {effect} rule{what} cannot be read ({why or 'no tool is spelt so'}), {said}.")
        return rules

    def _forbids_bypass(self, permissions: dict[str, Any]) -> bool:
        value = permissions.get("disableBypassPermissionsMode")
        if value not in (None, False, "disable"):
            where = ("permissions", "disableBypassPermissionsMode")
            self._say(where, f'{_brief(value)} is taken for "disable".')
        return value is not None and value is not False

    def _directories(self, permissions: dict[str, Any]) -> Iterator[Rule]:
        """Further folders to work in are parts of the workspace, but for those that can only be read as it is."""
        where = ("permissions", "additionalDirectories")
        for place, given in self._entries(where, permissions.get("additionalDirectories")):
            rule = f"{READS}({_below(given.strip())})" if isinstance(given, str) and given.strip() else ""
            if not rule or "\0" in rule or grants(rule) or _native.find_tokens(rule):
                self._say(place, f"not in effect: a directory that cannot be read: {_brief(given)}.")
                continue
            document = self._document
            yield Rule(
                effect="allow",
                rule=rule,
                source=document.at(*place),
                layer=document.layer,
                root=document.root,
                directory=self._part(given.strip()),
            )

    def _part(self, given: str) -> str:
        """The folder, without links, if it can be a part of the workspace: one that is there, holds neither the home
        folder nor the workspace, and is not protected.
        """
        if not self._workspace:
            return ""
        written = self._home + given[1:] if given == "~" or given.startswith("~/") else given
        folder = os.path.realpath(os.path.join(self._workspace, written))
        others = [os.path.realpath(other) for other in (self._home, self._workspace) if other]
        held = any(is_inside(other, folder) for other in others)
        protected = _native.is_protected(folder, self._workspace, self._home, "")
        apart = not held and not protected and not is_inside(folder, os.path.realpath(self._workspace))
        return folder if apart and os.path.isdir(folder) and folder.isprintable() else ""

    def _domains(self, effect: Effect, where: Where, network: dict[str, Any]) -> Iterator[Domain]:
        for place, given in self._entries(where, network.get(str(where[-1]))):
            source = self._document.at(*place)
            try:
                if not isinstance(given, str):
                    raise UsageError(f"{source}: {_brief(given)} is no domain")
                yield domain(effect, given, source)
            except UsageError as error:
                if effect == "allow":
                    self._found.problems.append(f"{error.message}: not in effect.")
                    continue
                rules = at_least(f"{HOSTS}({given})") if isinstance(given, str) and given.strip() else ()
                names = [_native.parse_rule(rule)[1] for rule in rules]
                denied = [name.removeprefix("domain:") for name in names if name] if None not in names else []
                denied = denied or [EVERYWHERE]
                self._found.problems.append(f"{error.message}, so commands do not reach {' or '.join(denied)}.")
                yield from (domain("deny", name, source) for name in denied)

    def _models(self) -> dict[str, OwnModel]:
        found = {}
        for name, fields in self._object(("models",)).items():
            model = own_model(fields)
            if isinstance(model, str):
                self._say(("models", name), f"not in effect: the model {name!r} {model}.")
            else:
                found[name] = model
        return found

    def _env(self) -> dict[str, str]:
        """Its variables, as text, but for what no environment can hold."""
        env = {}
        for name, value in self._object(("env",)).items():
            text = value if isinstance(value, str) else str(value).lower()
            if not isinstance(value, str | int | float):
                self._say(("env", name), f"not in effect: the variable {name!r} is no text.")
            elif not name or "=" in name or "\0" in name + text:
                self._say(("env", name), f"not in effect: {name!r} cannot be set in an environment.")
            else:
                env[name] = text
        return env

    def _servers(self) -> Servers | None:
        given = self._value(("languageServers",))
        if given is None:
            return None
        found: Servers = load("claw.settings.language_servers", "servers_in")(given, self._document.at)
        self._found.problems += found.ignored
        return found

    def _tools(self) -> Iterator[tuple[str, str]]:
        for where, given in self._entries(("tools",), self._value(("tools",))):
            if isinstance(given, str) and given.strip():
                yield given.strip(), self._document.at(*where)
            else:
                self._say(where, f"not in effect: {_brief(given)} names no tool: package:name does.")

    def _excluded(self) -> Iterator[str]:
        for where, given in self._entries((EXCLUDES,), self._value((EXCLUDES,))):
            written = self._home + given[1:] if isinstance(given, str) and given.startswith("~/") else given
            if isinstance(written, str) and _is_pattern(written):
                yield written
            else:
                self._say(where, f"not in effect: {_brief(given)} is no pattern of instruction files.")


def _is_pattern(text: str) -> bool:
    try:
        _native.PathPatterns((text,))
    except ClawError:
        return False
    return bool(text.strip())


def _below(folder: str) -> str:
    """A path rule's pattern for all that lies in this folder."""
    path = re.sub(r"([*?\[\]{}\\!])", r"\\\1", folder.rstrip("/"))
    if folder.startswith("/"):
        return f"//{path.lstrip('/')}/**" if path else "//**"
    return f"{path}/**" if path.startswith(("~/", "./", "../")) or path in ("~", ".", "..") else f"./{path}/**"


def _means(key: str, effect: str) -> bool:
    """Whether a key is the list of these rules, or nearly: a rule that denies is not lost by a slip."""
    return key == effect or (key not in PERMISSIONS and bool(_close(key.strip().lower(), (effect,))))


def _close(key: str, known: Iterable[str]) -> list[str]:
    close: list[str] = load("difflib", "get_close_matches")(key, known, n=1, cutoff=0.8)
    return close


def misspelt(document: Document) -> Iterator[str]:
    """A sentence for each key that is nearly one of claw's; other tools have keys of their own."""
    yield from _misspelt(document, (), document.plain, KEYS)
    permissions = document.plain.get("permissions")
    if isinstance(permissions, dict):
        yield from _misspelt(document, ("permissions",), permissions, PERMISSIONS)


def _misspelt(document: Document, where: Where, written: Iterable[str], known: tuple[str, ...]) -> Iterator[str]:
    for key in written:
        close = [] if key in known else _close(key, known) or _close(key.strip().lower(), known)
        if close and where and close[0] in ("ask", "deny"):
            yield f"{document.at(*where, key)}: claw knows {close[0]}, and takes {key} for it."
        elif close:
            yield f"{document.at(*where, key)}: not in effect: claw knows {close[0]}, and no {key}."


def checked(rule: Rule) -> Rule:
    """The rule of a flag, if it can be taken. Raises UsageError that names its source."""
    if _native.find_tokens(rule.rule):
        raise UsageError(f"{rule.source}: a rule holds {LEAK}", hint="write a rule with a * in its place")
    try:
        _native.parse_rule(rule.rule)
    except UsageError as error:
        raise UsageError(f"{rule.source}: {error.message}", hint=error.hint) from None
    if rule.effect == "allow" and (why := grants(rule.rule)):
        raise UsageError(f"{rule.source}: the permission rule `{rule.rule}` cannot be taken: {why}")
    return rule


def _dotted(where: Where) -> str:
    return ".".join(map(str, where))


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value) if value is not None else "null"
    return text if len(text) <= 80 else text[:79] + "…"
