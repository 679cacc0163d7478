"""The tools of a session by name, whoever offers them: which a model is told of at once, and which are searched for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

import msgspec

from claw import tools
from claw._native import blake3
from claw.events.agent import AgentKind
from claw.events.results import BYTES_PER_TOKEN
from claw.events.skill import KnownSkill
from claw.events.tools import BUILTIN, ToolsChanged, ToolSpec
from claw.tools.base import Declared

SHARE = 100
MOST_TOKENS = 2_000
"""The tools that are not claw's own, and the search for all that are not offered, together take of a model's window at
most one part in so many, and never more than so many tokens.
"""

SKILLS_SHARE = 50
"""What is said of skills takes at most one part in so many of a model's window."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Toolbox:
    """`others` are the tools beside claw's own by source, `kinds` and `models` what its own speak of, `window` the
    model's in tokens, `environ` claw's environment, `wanted` the tools that the user has asked for, `skills`
    what can be used as one. `only`: of claw's own tools no others; None: all. Its own deferred ones are imported when
    somebody looks at them.
    """

    def __init__(
        self,
        others: Mapping[str, tuple[Declared, ...]],
        kinds: tuple[AgentKind, ...],
        models: Iterable[str],
        window: int,
        environ: Mapping[str, str] | None = None,
        otherwise: Collection[str] = (),
        wanted: Collection[str] = (),
        skills: tuple[KnownSkill, ...] = (),
        only: Collection[str] | None = None,
    ) -> None:
        if only is not None and any(name in tools.DEFERRED for name in only):
            only = {*only, tools.SEARCH}  # what is not told at once has to be searched for
        self._only = only
        self._others = dict(others)
        self._room = min(window // SHARE, MOST_TOKENS) * BYTES_PER_TOKEN
        self._findable = self._of_those(tools.findable(environ))
        about_skills = window // SKILLS_SHARE * BYTES_PER_TOKEN
        self._offered = partial(
            tools.offered,
            models=tuple(models),
            room=self._room // 2,
            environ=environ,
            otherwise=otherwise,
            skills=skills,
            skills_room=about_skills,
        )
        self._wanted = wanted
        self.know(kinds)

    def know(self, kinds: tuple[AgentKind, ...]) -> None:
        """Speak of these kinds of agent from here on."""
        self._kinds = kinds
        self._begun_with = {name for kind in kinds for name in kind.tools or ()}
        self._arrange()

    def put(self, source: str, offered: tuple[Declared, ...]) -> None:
        """This source offers these tools from here on, and no others; none: it has left."""
        if offered:
            self._others[source] = offered
        else:
            self._others.pop(source, None)
        self._arrange()

    def of(self, source: str) -> tuple[Declared, ...]:
        """What another source than claw itself offers."""
        return self._others.get(source, ())

    @property
    def specs_of_others(self) -> list[ToolSpec]:
        """All that other sources than claw itself offer."""
        return [tool.spec for offered in self._others.values() for tool in offered]

    def want(self, names: Collection[str]) -> None:
        """Offer these of `WHERE_WANTED`, and no others, from here on."""
        self._wanted = names
        self._arrange()

    def _arrange(self) -> None:
        kept = _kept_back(self._others, self._room)
        self.deferred = {source: names for source, names in {BUILTIN: self._findable, **kept}.items() if names}
        own = self._offered(self._kinds, deferred=self.deferred, wanted=self._wanted)
        among = {*self._of_those(tool.spec.name for tool in own)}
        self.own = tuple(tool for tool in own if tool.spec.name in among)
        self._by_name: dict[str, Declared] = {tool.spec.name: tool for tool in self.own}
        self._source: dict[str, str] = dict.fromkeys((*self._by_name, *tools.DEFERRED), BUILTIN)
        for source, offered in self._others.items():
            for tool in offered:
                # As in the projection: nobody stands in for a tool of claw's own, or for one that came before.
                if tool.spec.name not in self._source:
                    self._by_name[tool.spec.name], self._source[tool.spec.name] = tool, source

    def get(self, name: str) -> Declared | None:
        """The tool of this name; None: there is none."""
        if name in tools.DEFERRED:
            return tools.own(name) if self._of_those((name,)) else None
        return self._by_name.get(name)

    def _of_those(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if self._only is None or name in self._only)

    def findable(self) -> Iterator[tuple[str, Declared]]:
        """Every tool that is searched for, and its source."""
        for source, names in self.deferred.items():
            for name in names:
                tool = self.get(name)
                if tool is not None and self._source[name] == source:
                    yield source, tool

    @property
    def sources(self) -> tuple[str, ...]:
        return (BUILTIN, *self._others)

    def offer(self, source: str, found: Collection[str]) -> ToolsChanged:
        """What a source offers. Of its deferred tools those are declared that are found already, and those that some
        kind of agent begins with.
        """
        wanted = {*found, *self._begun_with}
        deferred = self.deferred.get(source, ())
        kept = frozenset(deferred)
        if source == BUILTIN:
            begun = (self.get(name) for name in deferred if name in wanted)
            specs = (*(tool.spec for tool in self.own), *(tool.spec for tool in begun if tool))
            return ToolsChanged(source=source, tools=specs, deferred=deferred)
        every = tuple(tool.spec for tool in self._others[source])
        told = tuple(spec for spec in every if spec.name not in kept or spec.name in wanted)
        digest = blake3(_encode(every)) if deferred else ""
        return ToolsChanged(source=source, tools=told, deferred=deferred, digest=digest)


def _kept_back(others: Mapping[str, tuple[Declared, ...]], room: int) -> dict[str, tuple[str, ...]]:
    """By source the tools that are searched for: those that say so; and, where the rest takes more than there is room
    for, the sources with the largest ones whole, but for tools that say that they are always offered.
    """
    declared = {source: [tool.spec for tool in offered] for source, offered in others.items()}
    sizes = {source: sum(_size(spec) for spec in specs if spec.deferred is None) for source, specs in declared.items()}
    left = room if sum(sizes.values()) <= room else room // 2
    large = set()
    for source in sorted(sizes, key=lambda source: sizes[source]):
        left -= sizes[source]
        if left < 0:
            large.add(source)
    return {
        source: tuple(spec.name for spec in specs if spec.deferred or (spec.deferred is None and source in large))
        for source, specs in declared.items()
    }


def _size(spec: ToolSpec) -> int:
    """Bytes of what a model is told."""
    return len(spec.name.encode()) + len(spec.description.encode()) + len(spec.schema.encode())
