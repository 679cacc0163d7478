"""Where the programs on PATH live, for commands that would not see them otherwise."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

_SYSTEM = frozenset(("/bin", "/sbin", "/usr/bin", "/usr/sbin"))
"""Links in these lead to the system, which every command sees."""
_HOMES = ("/root", "/home", "/Users")
_PRIVATE = ("/tmp", "/var/tmp", "/run", "/dev/shm")
"""Where a confined command finds nothing but its own."""


@lru_cache(maxsize=8)
def prefixes(search_path: str, home: str) -> tuple[str, ...]:
    """Folders that a confined command would not see, though programs on `search_path` and claw's own Python need them:
    where they are or lead to, and what belongs to them (of `…/bin` all of `…`). Never a home folder itself, nor what
    lies around `~/.local/bin`.
    """
    found = {prefix for prefix in (sys.prefix, sys.base_prefix) if _hidden(prefix, home)}
    for folder in search_path.split(os.pathsep):
        if not os.path.isabs(folder) or folder in _SYSTEM:
            continue
        for place in {os.path.realpath(folder), *_led_to(folder)}:
            if _hidden(place, home):
                prefix = os.path.dirname(place) if os.path.basename(place) in ("bin", "shims", "condabin") else place
                found.add(place if _is_too_much(prefix, home) else prefix)
    return tuple(sorted(place for place in found if not _is_too_much(place, home)))


def _led_to(folder: str) -> set[str]:
    """The folders that links in this one lead to."""
    try:
        with os.scandir(folder) as entries:
            return {os.path.dirname(os.path.realpath(entry.path)) for entry in entries if entry.is_symlink()}
    except OSError:
        return set()


def _hidden(place: str, home: str) -> bool:
    return any(place.startswith(f"{root}{os.sep}") for root in (*_HOMES, *_PRIVATE, home))


def _is_too_much(prefix: str, home: str) -> bool:
    parent, name = os.path.split(prefix)
    return prefix in (home, "/root", *_PRIVATE) or parent in _HOMES[1:] or name == ".local"
