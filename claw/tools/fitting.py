"""Where the hunks of a patch fit into a file: exactly, or but for white space and punctuation, as Codex has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from claw.errors import ToolError
from claw.late import load
from claw.tools.patch import Hunk
from claw.tools.text import numbered

_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    }
)

_WAYS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("", str),
    ("white space at the ends of lines", str.rstrip),
    ("white space around lines", str.strip),
    ("white space and Unicode punctuation", lambda line: line.strip().translate(_PUNCTUATION)),
)

NEAR = 3
"""Lines of a file that are shown around what nearly fits."""
MOST_COMPARED = 5_000_000
"""Product of the characters of a line and of the file in which one like it is looked for."""


class Fit(Struct, frozen=True):
    """Lines `start` to `stop` of the file, from 0, are the hunk's old ones; `but` for what, empty: exactly."""

    hunk: Hunk
    start: int
    stop: int
    but: str = ""


class _Views:
    """The lines of a file, as they are and as a model was shown them, but for this and that; made once each."""

    def __init__(self, lines: Sequence[str], seen: Sequence[str]) -> None:
        self.seen = seen
        self.count = len(lines)
        self._texts = (lines,) if list(lines) == list(seen) else (lines, seen)
        self._made: dict[tuple[int, int], list[str]] = {}

    def find(self, wanted: list[str], at: int) -> tuple[int, str] | None:
        """The first place of these lines from `at` on, and but for what it is one."""
        for way, (but, plain) in enumerate(_WAYS):
            target = [plain(line) for line in wanted]
            for number, texts in enumerate(self._texts):
                if (way, number) not in self._made:
                    self._made[way, number] = [plain(line) for line in texts]
                place = _exactly(target, self._made[way, number], at)
                if place is not None:
                    return place, but
        return None


def fits(hunks: Sequence[Hunk], lines: Sequence[str], seen: Sequence[str], name: str) -> list[Fit]:
    """One for each hunk, in order. `lines` are the file's without their ends, `seen` as a model was shown them. Raises
    ToolError that says which hunk fits nowhere, and what comes nearest.
    """
    views = _Views(lines, seen)
    found: list[Fit] = []
    at = 0
    for hunk in hunks:
        fit = _fit(hunk, views, at, name, len(hunks))
        found.append(fit)
        at = fit.stop
    return found


def _fit(hunk: Hunk, views: _Views, at: int, name: str, many: int) -> Fit:
    for context in hunk.above:
        place = views.find([context], at)
        if place is None:
            raise ToolError(_misses(hunk, [context], views, name, many, f"its line `@@ {context}`"))
        at = place[0] + 1
    old = hunk.old
    if not old:
        # Lines are only put in: below the line that was named, else at the file's end.
        place_to = at if hunk.above and not hunk.ends_file else views.count
        return Fit(hunk, place_to, place_to)
    place = _find_at_end(old, views, at) if hunk.ends_file else None
    place = place or views.find(old, at)
    if place is None and len(old) > 1 and not old[-1].strip():
        # A blank line at the end of a hunk may stand for the end of the file.
        old = old[:-1]
        place = views.find(old, at)
    if place is None and hunk.above:
        # The line that was named may be among those that change.
        place = views.find(old, max(0, at - 1))
    if place is None:
        raise ToolError(_misses(hunk, old, views, name, many, "its lines"))
    return Fit(hunk, place[0], place[0] + len(old), place[1])


def _find_at_end(wanted: list[str], views: _Views, at: int) -> tuple[int, str] | None:
    start = views.count - len(wanted)
    return views.find(wanted, start) if start >= at else None


def _exactly(target: list[str], texts: list[str], at: int) -> int | None:
    last = len(texts) - len(target)
    while at <= last:
        try:
            at = texts.index(target[0], at, last + 1)
        except ValueError:
            return None
        if texts[at : at + len(target)] == target:
            return at
        at += 1
    return None


def _misses(hunk: Hunk, wanted: list[str], views: _Views, name: str, many: int, what: str) -> str:
    """Words that a model can act on."""
    which = f"Hunk {hunk.number} of {many} for {name} (line {hunk.at} of the patch) fits nowhere: {what}"
    seen = views.seen
    earlier = views.find(wanted, 0)
    if earlier is not None:
        return f"{which} come at line {earlier[0] + 1}, above the hunk before. Put hunks in the order of the file."
    place = _nearest(wanted, seen)
    if place is None:
        return f"{which} are not in the file, nor anything near. Read it, and copy the lines that are to change."
    top = max(0, place - NEAR)
    nearest = numbered(list(seen[top : place + len(wanted) + NEAR]), top + 1)
    other = next(
        (f"`{given[:200]}` is not line {number + 1}" for number, given in _unlike(wanted, seen, place)), "too few lines"
    )
    return f"{which} are not in the file ({other}). The nearest lines are:\n{nearest}"


def _unlike(wanted: list[str], seen: Sequence[str], place: int) -> list[tuple[int, str]]:
    pairs = enumerate(wanted, place)
    return [(at, given) for at, given in pairs if at >= len(seen) or seen[at].strip() != given.strip()]


def _nearest(wanted: list[str], seen: Sequence[str]) -> int | None:
    """Where most of the lines are as wanted, blanks aside; None: nowhere is one."""
    target = [line.strip() for line in wanted]
    places: dict[str, list[int]] = {}
    for offset, line in enumerate(target):
        if line:
            places.setdefault(line, []).append(offset)
    votes: dict[int, int] = {}
    for at, line in enumerate(seen):
        for offset in places.get(line.strip(), ()):
            votes[at - offset] = votes.get(at - offset, 0) + 1
    if votes:
        return max(0, max(votes, key=lambda place: (votes[place], -place)))
    return _alike(target, seen)


def _alike(target: list[str], seen: Sequence[str]) -> int | None:
    """Where a line stands that is most like the longest of those wanted."""
    offset = max(range(len(target)), key=lambda at: len(target[at]))
    if len(target[offset]) < 4 or len(target[offset]) * sum(map(len, seen)) > MOST_COMPARED:
        return None
    stripped = [line.strip() for line in seen]
    found = load("difflib", "get_close_matches")(target[offset], dict.fromkeys(stripped), n=1, cutoff=0.6)
    return max(0, stripped.index(found[0]) - offset) if found else None
