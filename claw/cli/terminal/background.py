"""Whether the terminal's background is dark: asked of the environment, else of the terminal, for a moment."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

from prompt_toolkit.input import create_input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.input.vt100 import raw_mode
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding.key_processor import KeyPress

PATIENCE_S = 0.25
_ASKED = b"\x1b]11;?\x1b\\\x1b[c"
"""The background, and what every terminal answers: what does not know the first is not waited for."""
_PART = rb"([0-9a-fA-F]{1,4})"
_COLOUR = re.compile(rb"\x1b\]11;rgba?:" + rb"/".join([_PART] * 3) + rb"[^\x07\x1b]*(?:\x07|\x1b\\)")
_DONE = re.compile(rb"\x1b\[\?[0-9;]*c")
MOST = 4096
"""Bytes that are read for an answer."""


def is_dark(environ: Mapping[str, str]) -> bool | None:
    """None: nobody knows. Waits for the terminal's answer at most `PATIENCE_S` seconds; keys that are typed meanwhile
    are kept for whoever reads the next ones.
    """
    told = environ.get("COLORFGBG", "").rpartition(";")[2]
    if told.isdecimal() and int(told) < 16:
        return int(told) < 7 or int(told) == 8
    return _asked() if sys.stdin.isatty() and sys.stdout.isatty() else None


def _asked() -> bool | None:
    heard = _heard(sys.stdin.fileno(), sys.stdout.fileno())
    found = _COLOUR.search(heard)
    typed = _DONE.sub(b"", _COLOUR.sub(b"", heard))
    if typed:
        _keep(typed.decode("utf-8", "replace"))
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    light: float = 0.299 * red + 0.587 * green + 0.114 * blue
    return light < 0.5


def _heard(reading: int, writing: int) -> bytes:
    """What the terminal says to it, and what was typed before and meanwhile."""
    heard, end = b"", time.monotonic() + PATIENCE_S
    with raw_mode(reading), suppress(OSError):  # a terminal that is gone is noticed by whoever reads next
        os.write(writing, _ASKED)
        while (left := end - time.monotonic()) > 0 and len(heard) < MOST and not _DONE.search(heard):
            if select.select([reading], [], [], left)[0]:
                piece = os.read(reading, MOST)
                if not piece:
                    break
                heard += piece
    return heard


def _keep(text: str) -> None:
    keys: list[KeyPress] = []
    parser = Vt100Parser(keys.append)
    parser.feed_and_flush(text)
    store_typeahead(create_input(), keys)
