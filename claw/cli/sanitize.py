"""Text from models, tools, files and servers, made harmless for a terminal.

Each dangerous character is spelt out on its own, in one way everywhere: a control character as its picture, `␛`, any
other by its number, `<U+202E>`. So cleaning piece by piece gives the same as cleaning the whole, and a sequence split
over two chunks cannot slip through.
"""

from __future__ import annotations

import re

from claw.late import pattern


def _number(code: int) -> str:
    return f"<U+{code:04X}>"


_DANGEROUS = (
    *((0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x7F)),
    # C1 controls: some terminals take them for escape sequences even in UTF-8.
    (0x80, 0x9F),
    # Marks, embeddings, overrides and isolates that change the order in which text is shown.
    *((0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069)),
    # Invisible: zero width, joiners of words, invisible operators, deprecated controls, fillers, annotations.
    *((0x00AD, 0x00AD), (0x180E, 0x180E), (0x200B, 0x200B), (0x2060, 0x2065), (0x206A, 0x206F)),
    *((0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)),
    # Tags: a whole invisible alphabet.
    (0xE0000, 0xE007F),
    # Halves of surrogate pairs: not text, and no encoder takes them.
    (0xD800, 0xDFFF),
    # Line and paragraph separator.
    (0x2028, 0x2029),
)
"""First and last code point of each range."""
_UNSAFE = pattern("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _DANGEROUS) + "]")


class _Spelt(dict[int, str]):
    """What stands for each dangerous character."""

    def __missing__(self, code: int) -> str:
        if not _UNSAFE.match(chr(code)):
            raise KeyError(code)
        if code in (0x2028, 0x2029):
            return "\n"
        return "\u2421" if code == 0x7F else chr(0x2400 + code) if code < 0x20 else _number(code)


_SPELT = _Spelt()


def clean(text: str) -> str:
    """The text with every control, bidi and invisible character made visible; line ends and tabs stay."""
    # Nothing in the table is printable: for most lines that is told sooner than by looking for each.
    return text if text.isprintable() or not _UNSAFE.search(text) else text.translate(_SPELT)


def clean_line(text: str) -> str:
    """The same on one line: line ends and tabs become visible, too."""
    return clean(text).replace("\n", "\u240a").replace("\t", " ")


_UNSEEN = pattern(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What is drawn as nothing, as a blank that is none, or changes the order of what is around it: Unicode's
`Default_Ignorable_Code_Point` (DerivedCoreProperties.txt, 16.0), white space beyond ASCII, and the blank braille
pattern. In prose some of it is of use (emoji are joined by U+200D); in what a person shall decide about, none is."""


def reveal(text: str) -> str:
    """The text with nothing in it that the eye could miss: `clean`, and each unseen character as `<U+200D>`."""
    return clean(_UNSEEN.sub(lambda match: _number(ord(match[0])), text))


def reveal_line(text: str) -> str:
    """The same on one line: for what a person decides about."""
    return clean_line(reveal(text))


def escape_json(text: str) -> str:
    """JSON text with what `clean` would replace written as escapes: the same value, harmless to show."""
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
