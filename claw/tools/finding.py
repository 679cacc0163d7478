"""Which tools a query means, by their names and by what they say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from claw.events.tools import ToolSpec

SELECT = "select:"
"""What a query begins with that names tools."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_IN_NAME, _BEGINS_IN_NAME, _IN_WORDS, _IN_SCHEMA = 12, 6, 3, 1
"""What each word of a query is worth where it is found. A word is found where another begins with it."""


class Findable(Struct, frozen=True):
    """A tool that can be found, and who offers it."""

    source: str
    spec: ToolSpec


def selected(query: str) -> list[str] | None:
    """The names in a query that names tools; None: it has words to look for."""
    if not query.strip().lower().startswith(SELECT):
        return None
    names = query.strip()[len(SELECT) :].split(",")
    return list(dict.fromkeys(filter(None, map(str.strip, names))))


def best(query: str, tools: Iterable[Findable]) -> Sequence[ToolSpec]:
    """Those that match, the best first; of equal ones those whose name comes first. A word behind a + must be in the
    name or in the source's.
    """
    words = [_Word(word, part.startswith("+")) for part in query.split() for word in _words(part)]
    scored = ((_score(words, tool), tool.spec) for tool in tools)
    ranked = sorted(((score, spec) for score, spec in scored if score), key=lambda one: (-one[0], one[1].name))
    return [spec for _, spec in ranked]


class _Word:
    """One of a query. Its end of a plural counts for nothing."""

    def __init__(self, word: str, required: bool) -> None:
        self.stem = word[:-1] if len(word) > 3 and word.endswith("s") else word
        self.required = required
        self._begins = re.compile(rf"(?<![^\W_]){re.escape(self.stem)}")

    def is_in(self, text: str) -> bool:
        """Whether one of the text's words begins with it."""
        text = text.lower()
        return self.stem in text and self._begins.search(text) is not None

    def worth(self, spec: ToolSpec, named: Sequence[str]) -> int | None:
        """`named` are the words of the tool's name and its source's. None: what must be there is not."""
        if any(word in (self.stem, f"{self.stem}s") for word in named):
            return _IN_NAME
        if any(word.startswith(self.stem) for word in named) or (len(self.stem) > 2 and self.stem in spec.name.lower()):
            return _BEGINS_IN_NAME
        if self.required:
            return None
        return _IN_WORDS if self.is_in(spec.description) else _IN_SCHEMA if self.is_in(spec.schema) else 0


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _score(words: Sequence[_Word], tool: Findable) -> int:
    named = _words(f"{tool.source} {tool.spec.name}")
    score = 0
    for word in words:
        worth = word.worth(tool.spec, named)
        if worth is None:
            return 0
        score += worth
    return score
