"""Which encoding a text file is in, when it is neither marked nor UTF-8, or is only ASCII to look at.

A guess may be wrong; what it must never do is lose a byte. So an encoding counts only if the text, encoded again, is
the same bytes, and a file that is UTF-8 but for some bytes is taken as that, with these bytes kept.
"""

from __future__ import annotations

import importlib
import re

from claw.tools.declared_encoding import fitting

LIKELY = ("cp1252", "gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r")
"""What texts without a mark are written in, beside UTF-8."""

SAMPLE = 16 * 1024
"""Bytes that a guess looks at."""

FEW = 6
"""With fewer bytes beyond ASCII than this any guess is chance: the text is taken for Western."""

_SHIFTS = re.compile(rb"\x1b(?:\$[@AB]|\$[()][@-~]|\([IJ])|\x1b\.[AF]")
"""What goes over to another character set in the ISO 2022 encodings, whose bytes are all ASCII."""

_SHIFTED = ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr")

_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")


def in_ascii(body: bytes) -> str:
    """The encoding of a text whose bytes are all ASCII. One that goes over to character sets in a way that no encoding
    keeps is taken as ASCII alone, so that nothing else gets in between.
    """
    if not _SHIFTS.search(body):
        return fitting(body) or "utf-8"
    return next((encoding for encoding in _SHIFTED if _keeps(body, encoding)), "ascii")


def guessed(body: bytes) -> tuple[str, str] | None:
    """Encoding and error handler under which `body`, which is not UTF-8, keeps every byte; None where it is no text."""
    if len(_CONTROL.findall(body[:SAMPLE])) * 50 > min(len(body), SAMPLE):
        return None
    if encoding := fitting(body):
        return encoding, "strict"
    text = body.decode("utf-8", "surrogateescape")
    strange = sum("\udc80" <= character <= "\udcff" for character in text)
    beyond_ascii = sum(character >= "\x80" for character in text)
    if beyond_ascii > 2 * strange:
        return "utf-8", "surrogateescape"
    for encoding in _candidates(body):
        if _keeps(body, encoding):
            return encoding, "strict"
    return ("utf-8", "surrogateescape") if strange * 10 <= len(text) else None


def _candidates(body: bytes) -> list[str]:
    start = max(0, next(at for at, byte in enumerate(body) if byte >= 0x80) - SAMPLE // 2)
    sample = body[start : start + SAMPLE]
    if sum(byte >= 0x80 for byte in sample) < FEW:
        return ["cp1252"]
    found = importlib.import_module("charset_normalizer").from_bytes(
        sample, cp_isolation=list(LIKELY), preemptive_behaviour=False
    )
    # The two that fit nearly everything are told apart by little; Western is the more common one.
    names = [match.encoding for match in found]
    return ["cp1252", *names] if names[:1] == ["cp1251"] and "cp1252" in names else [*names, "cp1252"]


def _keeps(body: bytes, encoding: str) -> bool:
    try:
        return body.decode(encoding).encode(encoding) == body
    except UnicodeError:
        return False
