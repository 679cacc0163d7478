"""The kinds of agent that a session has: claw's own, the user's, and what of the repository's is trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from claw.errors import ProviderError, UsageError
from claw.events.agent import AgentKind
from claw.events.session import Model
from claw.events.tools import ToolSpec
from claw.execution.credentials import known_secrets
from claw.execution.masking import without_secrets
from claw.log import Home
from claw.projections.origin import Origin
from claw.providers import catalogue, names
from claw.session import trust
from claw.session.added import with_added
from claw.session.config import Options, check_model, model_named, with_variables
from claw.settings import Settings, read_settings
from claw.settings.agents import AgentFile
from claw.settings.names import TOOLS as NAMED_IN_RULES
from claw.settings.reading import REPOSITORY
from claw.tools import DEFERRED, OFFERED, OTHERWISE
from claw.tools.agent_kinds import KINDS

MOST_SAID = 3
"""Sentences at the start of a session."""
LIST = "claw agents"
"""Shows everything."""
ALL = "*"
"""Stands for every tool."""


class KnownAgents(Struct, frozen=True):
    """`left_out` has a sentence for each file that counts for nothing, `notes` for what does of one that counts."""

    kinds: tuple[AgentKind, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know at the start."""
        said = (*self.left_out, *self.notes)
        if len(said) <= MOST_SAID + 1:
            return said
        return (*said[:MOST_SAID], f"{len(said) - MOST_SAID} more sentences about agents' files: {LIST}")


class _LeftOut(Exception):
    """Why a file counts for nothing."""


def agents_here(home: Home, options: Options) -> tuple[KnownAgents, tuple[str, ...]]:
    """What a session in the workspace would have; and a sentence for each kind that waits for trust. Blocks.

    Raises UsageError.
    """
    settings = trust.settle(home, options, read_settings(trust.home_of(options.environ), options.workspace))
    options, _ = with_added(with_variables(options, settings), settings)
    others = [tool.spec for offered in options.tools.values() for tool in offered]
    mask = partial(without_secrets, secrets=tuple(known_secrets(options.environ)))
    waiting = [
        sentence
        for wish in settings.wishes
        if wish.agent and wish.agent not in settings.agents
        for sentence in settings.untaken
        if sentence.startswith(f"{wish.source}: ")
    ]
    return known_agents(settings, options, others, mask), tuple(map(mask, waiting))


def known_agents(
    settings: Settings, options: Options, others: Iterable[ToolSpec], mask: Callable[[str], str]
) -> KnownAgents:
    """`others` are the tools beside claw's own. No secret is in what comes back."""
    if not (settings.agents or settings.agents_left_out or options.agents):
        return KnownAgents(KINDS)
    names = {name.lower(): name for name in (*OFFERED, *DEFERRED)}
    names |= {tool.name.lower(): tool.name for tool in others if tool.name.lower() not in names}
    names |= {other.lower(): name for other, name in OTHERWISE.items() if other.lower() not in names}
    reading = _Reading(settings, options, names)
    found = {kind.name.lower(): kind for kind in KINDS}
    builtin = frozenset(found)
    for file in (*settings.agents, *options.agents):
        key = file.name.lower()
        try:
            if key in builtin and file.layer in REPOSITORY:
                raise _LeftOut(f"{file.at('name')}: left out: a repository cannot stand in for claw's own {key}.")
            kind = reading.kind(file)
            if key in found:
                reading.notes.append(
                    f"{file.at('name')}: this {file.name} stands in for the one of {found[key].source}."
                )
            if any(mask(text) != text for hook in kind.hooks for text in (hook.command, hook.matcher)):
                raise _LeftOut(f"{file.at('hooks')}: left out: a hook of it holds a secret.")
            found[key] = _masked(kind, mask)
        except _LeftOut as error:
            reading.left_out.append(str(error))
    return KnownAgents(tuple(found.values()), tuple(map(mask, reading.left_out)), tuple(map(mask, reading.notes)))


def with_brought(
    known: KnownAgents,
    files: Sequence[AgentFile],
    options: Options,
    others: Iterable[ToolSpec],
    mask: Callable[[str], str],
) -> KnownAgents:
    """Those that are known, and behind them or instead of them those that a program has brought. Raises UsageError."""
    found = known_agents(Settings(agents=tuple(files)), options, others, mask)
    if found.left_out:
        raise UsageError(found.left_out[0])
    names = {file.name.lower() for file in files}
    kept = tuple(kind for kind in known.kinds if kind.name.lower() not in names)
    brought = tuple(kind for kind in found.kinds if kind.name.lower() in names)
    return replace(known, kinds=(*kept, *brought), notes=(*known.notes, *found.notes))


def models_to_choose(own: Model, settings: Settings, options: Options) -> dict[str, Model]:
    """Those that a call may name for the agent it starts: the newest of each line, as far as the service of the
    session's own model has them and the administrator's files leave a choice. They are Anthropic's, so no server that
    speaks another API is taken to have them, whatever it may be asked for.
    """
    if own.provider != "anthropic":
        return {}
    found = {}
    for name in names.ALIASES:
        try:
            check_model(name, settings)
            model = model_named(name, options.environ, settings.models)
        except (UsageError, ProviderError):
            continue
        if (model.provider, model.base_url) == (own.provider, own.base_url):
            found[name] = model
    return found


def tools_of(kind: AgentKind, offered: Iterable[ToolSpec]) -> list[str]:
    """The names of what an agent of this kind may use, below a parent that may use all of it."""
    origin = Origin(kinds=(kind,))
    return [tool.name for tool in offered if origin.may_use(tool)]


def tools_named(kind: AgentKind, offered: Sequence[ToolSpec]) -> str:
    """The same in one line, for people."""
    names = tools_of(kind, offered)
    return "all" if len(names) == len(offered) else ", ".join(names) or "none"


def terms(kind: AgentKind) -> str:
    """How its agents work, and what they may use up, in one line for people; empty: as their parents do."""
    limits = {"turns": kind.turns, "tokens": kind.tokens, "s": None if kind.ms is None else kind.ms // 1_000}
    said = [
        kind.mode or "",
        f"in a {kind.isolation}" if kind.isolation else "",
        "in the background" if kind.background else "",
        *(f"{most} {unit}" for unit, most in limits.items() if most is not None),
        f"hooks: {len(kind.hooks)}" if kind.hooks else "",
    ]
    return ", ".join(filter(None, said))


def _masked(kind: AgentKind, mask: Callable[[str], str]) -> AgentKind:
    texts = {part: mask(getattr(kind, part)) for part in ("name", "description", "instructions", "source")}
    return replace(kind, **texts)


class _Reading:
    """From files to kinds. `names` are the tools by their names in lower case."""

    def __init__(self, settings: Settings, options: Options, names: Mapping[str, str]) -> None:
        self._settings = settings
        self._options = options
        self._names = names
        self.left_out = list(settings.agents_left_out)
        self.notes: list[str] = []

    def kind(self, file: AgentFile) -> AgentKind:
        """Raises _LeftOut."""
        kind = AgentKind(
            name=file.name,
            description=file.description,
            instructions=file.instructions,
            source=file.source,
            tools=self._tools(file),
            without=self._without(file),
            model=self._model(file),
            mode=file.mode,
            turns=file.turns,
            tokens=file.tokens,
            ms=file.ms,
            background=file.background,
            hooks=file.hooks,
            isolation=file.isolation,
        )
        self.notes += file.notes
        return kind

    def _tools(self, file: AgentFile) -> tuple[str, ...] | None:
        if file.tools is None or file.tools == (ALL,):
            return None
        found = []
        for written in file.tools:
            name, narrowed, _ = written.partition("(")
            known = self._named(file, "tools", name.strip())
            if narrowed:
                why = "a rule does not narrow an agent's tool here, so the agent is not given it"
                self.notes.append(f"{file.at('tools')}: {written}: {why}.")
            elif known:
                found.append(known)
            else:
                self.notes.append(f"{file.at('tools')}: there is no tool {written} here, and the agent goes without.")
        return tuple(dict.fromkeys(found))

    def _without(self, file: AgentFile) -> tuple[str, ...]:
        found: list[str] = []
        for written in file.without:
            if written == ALL:
                found += self._names.values()
                continue
            name, narrowed, _ = written.partition("(")
            known = self._named(file, "disallowedTools", name.strip())
            found.append(known or name.strip())
            if narrowed:
                why = f"a rule does not narrow an agent's tool here, so it has no {known or name.strip()} at all"
                self.notes.append(f"{file.at('disallowedTools')}: {written}: {why}.")
        return tuple(dict.fromkeys(found))

    def _named(self, file: AgentFile, key: str, name: str) -> str:
        """The tool's own name; empty: it is one that others have. Raises _LeftOut."""
        known = self._names.get(name.lower(), "")
        elsewhere = name.startswith("mcp__") or name in NAMED_IN_RULES
        if not known and not elsewhere:
            raise _LeftOut(f"{file.at(key)}: left out: there is no tool {name[:80]!r}.")
        return known

    def _model(self, file: AgentFile) -> Model | None:
        """The model that the file names; None: the parent's, because it names none, or none that can be asked here."""
        if not file.model or file.model.lower() == "inherit":
            return None
        environ = self._options.environ
        try:
            check_model(file.model, self._settings)
            model = model_named(file.model, environ, self._settings.models)
        except (UsageError, ProviderError) as error:
            why = error.message.rstrip(".")
        else:
            if catalogue.has_key(model, environ):
                return model
            why = f"nothing in the environment leads to the model {file.model!r}"
        self.notes.append(f"{file.at('model')}: {why}: the agent has its parent's.")
        return None
