"""Addresses and paths that a terminal opens by a click (OSC 8), where it is known to. What is opened is what is read:
no text stands for another address.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from rich.cells import cell_len
from rich.segment import Segment

_URL = re.compile(r"https?://[!#-&(-;=?-Z\\_a-z~\[\]]+")
_PATH = re.compile(r"(?<![\w/.~@:+-])(?:~?/|\.{1,2}/)?[\w.@+-]+(?:/[\w.@+-]+)*(?::\d+)?(?![\w/])")
MOST = 8
"""Paths of a line that are looked for on the disk."""
_PROGRAMS = ("iterm.app", "wezterm", "vscode", "ghostty", "hyper", "tabby", "rio", "warpterminal", "mintty")
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour", "wezterm")
_VARIABLES = ("WT_SESSION", "KONSOLE_VERSION", "DOMTERM", "KITTY_WINDOW_ID", "WEZTERM_PANE")
VTE = 5000
"""The first version of VTE (GNOME Terminal and others) that knows links."""


def knows_links(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is known to. `FORCE_HYPERLINK` says it for one that is not; tmux passes them on from 3.4."""
    forced = environ.get("FORCE_HYPERLINK", "")
    if forced:
        return forced.lower() not in ("0", "false")
    if environ.get("TMUX") or environ.get("STY"):
        return False
    version = environ.get("VTE_VERSION", "")
    return (
        environ.get("TERM_PROGRAM", "").lower() in _PROGRAMS
        or environ.get("TERM", "").startswith(_TERMS)
        or any(environ.get(name) for name in _VARIABLES)
        or (version.isdecimal() and int(version) >= VTE)
    )


def with_links(line: list[Segment], width: int, folder: str) -> Iterator[tuple[Segment, str]]:
    """The segments of a line, cut where a link begins and ends, each with the address that it leads to, or none.

    An address that fills the line to its end may go on in the next one, and leads nowhere. Relative paths are below
    `folder`, and count where something is there.
    """
    text = "".join(segment.text for segment in line if not segment.control)
    found = list(_found(text, folder))
    if found and found[-1][1] == len(text) and cell_len(text) >= width:
        found.pop()
    at = 0
    for segment in line:
        if segment.control:
            continue
        for begin, end, target in _cut(at, len(segment.text), found):
            yield Segment(segment.text[begin - at : end - at], segment.style), target
        at += len(segment.text)


def _cut(at: int, length: int, found: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The parts of what stands from `at` on, in order."""
    end = at + length
    for begin, until, target in found:
        first, last = max(begin, at), min(until, end)
        if first < last:
            if at < first:
                yield at, first, ""
            yield first, last, target
            at = last
    if at < end:
        yield at, end, ""


def _found(text: str, folder: str) -> Iterator[tuple[int, int, str]]:
    taken = 0
    looked = 0
    for match in re.finditer(f"{_URL.pattern}|{_PATH.pattern}", text):
        shown, begin = match[0], match.start()
        if begin < taken:
            continue
        if shown.startswith(("http://", "https://")):
            address = _trimmed(shown)
            taken = begin + len(address)
            yield begin, taken, address
        elif ("/" in shown or "." in shown) and looked < MOST:
            looked += 1
            path = shown.rstrip(".")
            target = _file(path.partition(":")[0], folder) if path else ""
            if target:
                yield begin, begin + len(path), target


def _trimmed(address: str) -> str:
    """Without what belongs to the sentence around it."""
    address = address.rstrip(".,;:!?")
    for opening, closing in ("()", "[]"):
        while address.endswith(closing) and address.count(closing) > address.count(opening):
            address = address[:-1].rstrip(".,;:!?")
    return address


def _file(path: str, folder: str) -> str:
    """The address of what is there; empty: nothing is."""
    whole = os.path.normpath(os.path.join(folder, os.path.expanduser(path)))
    return f"file://{os.uname().nodename}{quote(whole)}" if os.path.lexists(whole) else ""
