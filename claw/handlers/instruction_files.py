"""What one instruction file says: its text, which files it is for, and what it imports."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from claw import _native
from claw.errors import ClawError, ToolError
from claw.events.permission import Rule
from claw.execution.context import ToolContext
from claw.execution.files import opened
from claw.execution.masking import masked
from claw.execution.rules import readable
from claw.late import load, pattern

FILE_LIMIT = 128 * 1024
"""Characters of one file that are taken."""
READ_LIMIT = 4 * FILE_LIMIT + 4096
"""Bytes that are looked at for them: the longest in which so many characters can be written, and a secret behind."""
MOST_PATTERNS = 100
"""Patterns of one rule."""
SHORT = 1_000
"""Characters that no limit of what matches patterns is reached by."""
MOST_IMPORTS = 1_000
"""Words of one file that are looked at as paths."""

Stamp: TypeAlias = tuple[int, int, int, int, int]
_EDGE = "---"
_PLAIN = pattern(r"""[^\s"'\[\]}>|&#%@`][^"'\[\]#]*""")
_OPENING = pattern(r"[\[{\\]")
"""Without one of these any text is a pattern, if it is short."""
_EVERY = frozenset({"*", "**", "**/*", "/**"})


class Unusable(Exception):
    """Why a file cannot be taken, as a sentence about it that begins with its name."""


class Said(Struct, frozen=True):
    """`text` is masked and bounded, without what the file says of itself; `words` are the same words, where white space
    at the ends of lines does not count. `paths` are gitignore patterns, of a rule that is for some files.
    `notes` are sentences for the person.
    """

    text: str
    digest: str
    words: str
    imports: tuple[str, ...]
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class _Verdicts(NamedTuple):
    rules: tuple[Rule, ...]
    judge: Callable[[str], bool]
    paths: dict[str, bool]


class Reader:
    """Reads files, and none twice that is as it was."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool], tuple[Stamp, Said]] = {}
        self._verdicts: dict[str, _Verdicts] = {}

    def may_read(self, path: str, context: ToolContext) -> bool:
        """As `may_be_read`, which is asked once for a path as long as the rules are the same."""
        known = self._verdicts.get(context.workspace)
        if known is None or known.rules is not context.rules:
            known = self._verdicts[context.workspace] = _Verdicts(context.rules, readable(context), {})
        if path not in known.paths:
            known.paths[path] = known.judge(path)
        return known.paths[path]

    def read(self, path: str, name: str, context: ToolContext, *, rule: bool) -> Said:
        """What the file at this canonical path says; `name` is what people know it by. Raises Unusable."""
        try:
            known = self._known.get((path, rule))
            if known and known[0] == _stamp(os.stat(path)):
                return known[1]
            with opened(path) as (descriptor, state), open(descriptor, "rb", closefd=False) as file:
                data = file.read(READ_LIMIT)
                size = max(state.st_size, len(data))
        except ClawError as error:
            raise Unusable(f"{name}: {error.message}") from None
        except OSError as error:
            raise Unusable(f"{name}: {error.strerror}.") from None
        said = _said(data, size, name, context, rule=rule)
        self._known[path, rule] = (_stamp(state), said)
        return said


def _stamp(state: os.stat_result) -> Stamp:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def _said(data: bytes, size: int, name: str, context: ToolContext, *, rule: bool) -> Said:
    text = _decoded(data, cut=size > len(data))
    if text is None:
        raise Unusable(f"{name} is not text.")
    text, paths, notes = _restricted(text, name) if rule else (text, (), ())
    text = masked(_without_comments(text) if "<!--" in text else text, context)
    if size > len(data) or len(text) > FILE_LIMIT:
        note = f"{name} has {size} bytes; its first {min(FILE_LIMIT, len(text))} characters count."
        text, notes = f"{text[:FILE_LIMIT]}\n\n[cut here: {note}]\n", (*notes, note)
    return Said(
        text=text,
        digest=_native.blake3(text.encode()),
        words="\n".join([line.rstrip() for line in text.rstrip().split("\n")]),
        imports=tuple(imports(text)) if "@" in text else (),
        paths=paths,
        notes=notes,
    )


def _decoded(data: bytes, *, cut: bool) -> str | None:
    """The text; None where it is none. Nearly every file is UTF-8, and what finds out about others is not imported."""
    odd = b"\0" in data or b"\x1b" in data or data.startswith(b"\xef\xbb\xbf") or b"coding" in data[:4096]
    if not odd:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            if cut and error.start >= len(data) - 4:
                return data[: error.start].decode()
    text = load("claw.tools.text", "decoded")(data)
    return None if text is None else str(text.shown)


# --- rules: which files one is for -----------------------------------------------------------------------------------


def _restricted(text: str, name: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The text behind what the rule says of itself, the patterns of the files it is for, and what is wrong with it. A
    rule that does not say readably for which files it is counts for all.
    """
    if text.partition("\n")[0].rstrip() != _EDGE:
        return text, (), ()
    lines = text.replace("\r\n", "\n").split("\n")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == _EDGE), None)
    body = text if end is None else "\n".join(lines[end + 1 :])
    try:
        written = _simple(lines[1:end]) if end is not None else None
        if written is None:
            written = _by_yaml(text)
        patterns = tuple(patterns_of(written))
        if len(patterns) > MOST_PATTERNS:
            raise ToolError(f"it has {len(patterns)} patterns, and {MOST_PATTERNS} are the most.")
        if _OPENING.search("".join(patterns)) or sum(map(len, patterns)) > SHORT:
            _native.PathPatterns(patterns)
    except ClawError as error:
        return body, (), (f"{name} counts for all files: {error.message}",)
    return body, () if _EVERY.issuperset(patterns) else patterns, ()


def _simple(head: list[str]) -> list[str] | None:
    """What stands at `paths`, in the forms that nearly all rules have; None: in another one, or twice."""
    written: list[str] = []
    seen = inside = False
    for line in head:
        item = line.strip()
        if not item or item.startswith("#"):
            continue
        if item.startswith("- "):
            if inside:
                written.append(item[2:].strip())
        elif line[0] in " \t-":
            return None
        else:
            key, colon, rest = line.partition(":")
            inside = key == "paths"
            if not colon or (inside and seen):
                return None
            if inside:
                seen, rest = True, rest.strip()
                listed = rest.startswith("[") and rest.endswith("]") and "{" not in rest
                written += rest[1:-1].split(",") if listed else filter(None, (rest,))
    texts = [_bare(one.strip()) for one in written]
    return None if None in texts else [text for text in texts if text]


def _bare(text: str) -> str | None:
    """A text as YAML has it, quoted or not; None where that is not certain."""
    if len(text) > 1 and text[0] in "\"'" and text[0] == text[-1]:
        inner = text[1:-1]
        return None if text[0] in inner or "\\" in inner else inner
    is_map = text.startswith("{") and text.endswith("}")
    return text if _PLAIN.fullmatch(text) and ": " not in text and not is_map else None


def _by_yaml(text: str) -> list[str]:
    """Raises ClawError."""
    frontmatter = load("claw.settings.frontmatter")
    try:
        value = frontmatter.page(text, ("paths",)).values.get("paths")
    except frontmatter.Unreadable as error:
        raise ToolError(f"line {error.line}: {error.why}.") from None
    if value is None:
        return []
    if value.nested or (value.text is None and value.entries is None):
        raise ToolError(f"line {value.line}: paths has to be a text, or a list of texts.")
    return [value.text] if value.entries is None else list(value.entries)


def patterns_of(written: list[str]) -> Iterator[str]:
    """The patterns in these texts, in which commas outside of braces part them."""
    for text in written:
        depth = begin = 0
        for at, character in enumerate(text):
            depth += (character == "{") - (character == "}")
            if character == "," and depth <= 0:
                yield from filter(None, (text[begin:at].strip(),))
                begin = at + 1
        yield from filter(None, (text[begin:].strip(),))


# --- imports ---------------------------------------------------------------------------------------------------------

_FENCE = pattern(r" {0,3}(```+|~~~+)")
_TICKS = pattern(r"`+")
_IMPORT = pattern(r"(?<!\S)@((?:[^\s\\]|\\ )+)")


def imports(text: str) -> Iterator[str]:
    """Paths that a text imports: `@path` where a word begins, outside of code."""
    prose = _without_spans("\n".join(_outside_fences(text)))
    for count, match in enumerate(_IMPORT.finditer(prose)):
        if count == MOST_IMPORTS:
            return
        yield match[1].replace("\\ ", " ")


def _without_comments(text: str) -> str:
    """The text without the lines of comments (`<!-- … -->`) that begin a line outside of code: they are for people, and
    are not seen where Markdown is shown.
    """
    kept, fence, inside = [], "", False
    for line in text.split("\n"):
        mark = None if inside else _FENCE.match(line)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        begins = not inside and not fence and line.lstrip().startswith("<!--")
        if not inside and not begins:
            kept.append(line)
            continue
        _, end, rest = line.partition("-->")
        inside = not end
        if rest.strip():
            kept.append(rest)
    return "\n".join(kept)


def _outside_fences(text: str) -> Iterator[str]:
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield line


def _without_spans(text: str) -> str:
    """The text without what stands between two runs of as many backticks each."""
    runs = list(_TICKS.finditer(text))
    places: dict[int, list[int]] = {}
    for run in runs:
        places.setdefault(len(run[0]), []).append(run.start())
    kept, done = [], 0
    for run in runs:
        if run.start() < done:
            continue
        alike = places[len(run[0])]
        after = bisect_right(alike, run.start())
        if after < len(alike):
            kept.append(text[done : run.start()])
            done = alike[after] + len(run[0])
    return " ".join([*kept, text[done:]])
