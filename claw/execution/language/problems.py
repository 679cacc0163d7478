"""What a server finds in a file that it did not find before, as a model reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from claw.execution.context import ToolContext
from claw.execution.language.positions import characters, lines_of
from claw.execution.language.shapes import Diagnostic
from claw.execution.masking import masked
from claw.late import pattern

MOST = 20
"""Of one file, that are told."""
LONGEST = 500
"""Characters of one message."""
_SECRET = 10_000
"""Characters behind what is shown that are looked at, too: a secret that is cut off there is none any more."""
ERROR, WARNING = 1, 2
_SIGNS = {ERROR: "✘", WARNING: "⚠"}
_CONTROL = pattern(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def severity(found: Diagnostic) -> int:
    """One that says nothing of it counts as an error."""
    return ERROR if found.severity is None else found.severity


def new(before: Sequence[Diagnostic], now: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The errors and warnings of which there were fewer before, wherever in the file; errors first, then by line."""
    known = Counter(_same(found) for found in before)
    fresh = []
    for found in now:
        if severity(found) not in _SIGNS:
            continue
        if known[_same(found)] > 0:
            known[_same(found)] -= 1
        else:
            fresh.append(found)
    return sorted(fresh, key=lambda found: (severity(found), found.range.start.line, found.range.start.character))


def _same(found: Diagnostic) -> tuple[object, ...]:
    return severity(found), found.code, found.source, found.text


def told(found: Sequence[Diagnostic], name: str, text: str, encoding: str, context: ToolContext) -> str:
    """A line for each, of those that there is room for."""
    lines = lines_of(text)
    said = [f"  {_line(one, lines, encoding, context)}" for one in found[:MOST]]
    if len(found) > MOST:
        said.append(f"  … and {len(found) - MOST} more")
    return "\n".join([f"{name}:", *said])


def _line(found: Diagnostic, lines: list[str], encoding: str, context: ToolContext) -> str:
    start = found.range.start
    line = lines[start.line] if 0 <= start.line < len(lines) else ""
    where = f"[Line {max(0, start.line) + 1}:{characters(line, start.character, encoding) + 1}]"
    code = "" if found.code is None else f" [{plain(str(found.code), context, 100)}]"
    source = f" ({plain(found.source, context, 100)})" if found.source else ""
    message = plain(found.text, context, LONGEST).replace("\n", "\n    ")
    return f"{_SIGNS[severity(found)]} {where} {message}{code}{source}"


def plain(text: str, context: ToolContext, most: int) -> str:
    """What a server wrote, with nothing in it but letters and line ends, no secret, and no tag that ends what it stands
    in; cut behind so many characters.
    """
    beginning = masked(text[: most + _SECRET], context)
    clean = _CONTROL.sub(" ", beginning.replace("\r\n", "\n").replace("\u00a0", " ")).replace("</", "<\u200b/").strip()
    return clean if len(clean) <= most else clean[: most - 1] + "…"
