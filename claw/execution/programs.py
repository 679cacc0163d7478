"""Where the programs on PATH live: for commands that would not see them otherwise, and which of them claw runs itself.

An activated virtual environment puts a folder of the workspace on PATH. It belongs to the workspace: commands change it
as all of that, and no program that runs unconfined is taken from it while there is another of that name. `roots` are
the workspace and the folders that settings take for parts of it.
"""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache

from claw.execution.links import is_in, led

_SYSTEM = frozenset(("/bin", "/sbin", "/usr/bin", "/usr/sbin"))
"""Links in these lead to the system, which every command sees."""
_HOMES = ("/root", "/home", "/Users")
_PRIVATE = ("/tmp", "/var/tmp", "/run", "/dev/shm")
"""Where a confined command finds nothing but its own."""


@lru_cache(maxsize=8)
def prefixes(search_path: str, home: str, roots: tuple[str, ...]) -> tuple[str, ...]:
    """Folders that a confined command would not see, though programs on `search_path` and claw's own Python need them:
    where they are or lead to, and what belongs to them (of `…/bin` all of `…`). Never a home folder itself, nor what
    lies around `~/.local/bin`. Of the workspace only claw's own Python, which no command may change: nothing that lies
    there decides what else is seen.
    """
    own = {prefix for prefix in (sys.prefix, sys.base_prefix) if is_hidden(prefix, home) or is_in(prefix, roots)}
    found: set[str] = set()
    for folder in search_path.split(os.pathsep):
        if not os.path.isabs(folder) or folder in _SYSTEM:
            continue
        for place in _places(folder, roots):
            if is_hidden(place, home):
                prefix = os.path.dirname(place) if os.path.basename(place) in ("bin", "shims", "condabin") else place
                found.add(place if _is_too_much(prefix, home) else prefix)
    return tuple(sorted(place for place in own | found if not _is_too_much(place, home)))


def bash_of(search_path: str, roots: tuple[str, ...]) -> str | None:
    """The bash that claw runs."""
    return apart_of("bash", search_path, roots)


def apart_of(name: str, search_path: str, roots: tuple[str, ...]) -> str | None:
    """The program of this name that claw runs: none that a command could have made."""
    for folder in search_path.split(os.pathsep):
        # Only where there is one it matters where the folder is.
        if os.path.isabs(folder) and (found := first(name, folder)) and _apart(folder, roots):
            return None if is_in(os.path.realpath(found), roots) else found
    return None


def first(name: str, search_path: str) -> str | None:
    """The first program of this name on a search path. (`shutil` has the same, and takes milliseconds to import.)"""
    paths = (os.path.join(folder, name) for folder in search_path.split(os.pathsep) if folder)
    return next((path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)), None)


def python_of(search_path: str) -> str | None:
    """The Python that a command would run as `python3`, but for the one that claw itself runs with."""
    own = os.path.join(sys.prefix, "bin") if sys.prefix != sys.base_prefix else ""
    folders = [folder for folder in search_path.split(os.pathsep) if os.path.realpath(folder) != os.path.realpath(own)]
    return first("python3", os.pathsep.join(filter(os.path.isabs, folders)))


def changeable(name: str, search_path: str, roots: tuple[str, ...]) -> str | None:
    """The file that bash would run by this name, if it is one that commands and edits may change: its path, without
    links. None for all others. A link of the workspace is that, too, unless it leads to a program of the same name
    elsewhere.
    """
    for folder in search_path.split(os.pathsep):
        found = os.path.join(roots[0], folder, name)
        if not os.path.isfile(found) or not os.access(found, os.X_OK):
            continue
        target = os.path.realpath(found)
        if os.path.isabs(folder) and _apart_from(roots, found) is not None:
            return None
        same = re.fullmatch(re.escape(name) + r"[\d.]*", os.path.basename(target)) is not None
        return None if same and not is_in(target, roots) else target
    return None


def workspace_last(search_path: str, roots: tuple[str, ...]) -> str:
    """The same search path with the folders last that commands can change: what is theirs hides no other program."""
    apart = _apart(search_path, roots)
    return os.pathsep.join([*apart, *(folder for folder in search_path.split(os.pathsep) if folder not in apart)])


def only_apart(search_path: str, roots: tuple[str, ...]) -> str:
    """The same search path without the folders that commands can change."""
    return os.pathsep.join(_apart(search_path, roots))


_SEARCHED = ("PYTHONPATH", "NODE_PATH", "PERL5LIB", "RUBYLIB", "CLASSPATH", "LD_LIBRARY_PATH", "GEM_PATH", "R_LIBS")
"""Variables by which programs are told where to look for code."""


def apart(environment: dict[str, str], roots: tuple[str, ...]) -> dict[str, str]:
    """The same environment without folders of the workspace in which a program would look for code."""
    kept = {name: os.pathsep.join(_apart(value, roots)) for name, value in environment.items() if name in _SEARCHED}
    return {name: kept.get(name, value) for name, value in environment.items() if kept.get(name, value)}


def _apart(search_path: str, roots: tuple[str, ...]) -> list[str]:
    """The folders of a search path that neither are nor lead into the workspace; a relative one starts there."""
    folders = search_path.split(os.pathsep)
    return [path for path in folders if os.path.isabs(path) and not is_in(os.path.realpath(path), roots)]


def _places(folder: str, roots: tuple[str, ...]) -> set[str]:
    """Where a folder is, and the folders that links in it lead to; none that the workspace has a say in."""
    place = _apart_from(roots, folder)
    if place is None:
        return set()
    try:
        with os.scandir(place) as entries:
            led = {_apart_from(roots, entry.path) for entry in entries if entry.is_symlink()}
    except OSError:
        led = set()
    return {place, *(os.path.dirname(target) for target in led if target is not None)}


def _apart_from(roots: tuple[str, ...], path: str) -> str | None:
    """Where an absolute path leads; None if something in the roots, which are canonical, is on the way."""
    return led(path, stop=lambda step: is_in(step, roots))


def is_hidden(place: str, home: str) -> bool:
    """Whether a confined command would not see it."""
    return any(place.startswith(f"{root}{os.sep}") for root in (*_HOMES, *_PRIVATE, home))


def _is_too_much(prefix: str, home: str) -> bool:
    parent, name = os.path.split(prefix)
    return prefix in (home, "/root", *_PRIVATE) or parent in _HOMES[1:] or name == ".local"
