"""What a path means on this disk: where it leads, once every link in it is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias

from claw import _native
from claw.errors import ToolError
from claw.events.tool import PathFact
from claw.toolbox.arguments import parsed
from claw.toolbox.base import Place, Tool

Look: TypeAlias = Callable[[str, str, Place], PathFact]
"""Finds out about one path argument, as `fact` does."""


def facts(tool: Tool, arguments: dict[str, Any], place: Place, look: Look | None = None) -> tuple[PathFact, ...]:
    """What all that a call names means on this disk. Raises ToolError for arguments that the tool does not take."""
    found = []
    for parameter, given in tool.paths(parsed(tool.spec.name, tool.arguments, arguments)):
        try:
            found.append((look or fact)(parameter, given, place))
        except ToolError:
            # What a command line names is no argument: where it means nothing on this disk there is no fact of it.
            if tool.spec.footprint != "execute":
                raise
    return tuple(found)


def fact(parameter: str, given: str, place: Place) -> PathFact:
    """Everything policy must know of one path argument. Raises ToolError for one that cannot be a path."""
    written = absolute(given, place)
    canonical = follow(written, given)
    inside = is_inside(canonical, place.workspace)
    try:
        found: os.stat_result | None = os.stat(canonical)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        found = None
    except OSError as error:
        raise ToolError(f"{given}: {error.strerror}.") from None
    return PathFact(
        parameter=parameter,
        given=given,
        canonical=os.path.relpath(canonical, place.workspace) if inside else canonical,
        inside=inside,
        exists=found is not None,
        directory=found is not None and stat.S_ISDIR(found.st_mode),
        linked=canonical != os.path.normpath(written),
        protected=_native.is_protected(canonical, place.workspace, place.home, place.claw_home)
        or (found is not None and _is_protected_elsewhere(found, place)),
    )


def _is_protected_elsewhere(found: os.stat_result, place: Place) -> bool:
    """Whether the file has another name that is protected: a hard link is no way around that."""
    if found.st_nlink < 2 or not stat.S_ISREG(found.st_mode):
        return False
    identity = found.st_dev, found.st_ino
    roots = (*_native.guarded(place.workspace)[0], *protected_in_home(place.home))
    return any(identity == (other.st_dev, other.st_ino) for root in roots for other in _states(root))


def protected_in_home(home: str) -> Iterator[str]:
    """What there is in the home folder of what is protected there; its other folders are not looked through."""
    for folder in ("", ".cargo", ".config", ".local/share"):
        with suppress(OSError):
            entries = os.scandir(os.path.join(home, folder))
            yield from (entry.path for entry in entries if _native.is_protected(entry.path, home, home, ""))


def _states(root: str) -> Iterator[os.stat_result]:
    """Of a file, or of all files of a folder; links are not followed."""
    with suppress(OSError):
        yield os.lstat(root)
    for folder, _, names in os.walk(root):
        for name in names:
            with suppress(OSError):
                yield os.lstat(os.path.join(folder, name))


def absolute(given: str, place: Place) -> str:
    """The path as it is meant: from the workspace, `~` for the user's home. Links and `..` are still in it."""
    if not given:
        raise ToolError("The path is empty.")
    if "\0" in given:
        raise ToolError("The path holds a NUL character.")
    if given == "~" or given.startswith("~/"):
        return place.home + given[1:]
    return os.path.join(place.workspace, given)


def follow(path: str, given: str) -> str:
    """The canonical path: links followed as far as anything exists. Raises ToolError where that has no end."""
    try:
        canonical = os.path.realpath(path)
        if os.path.islink(canonical):
            raise ToolError(f"{given}: its symbolic links lead in a circle.")
        canonical.encode()
    except UnicodeEncodeError:
        raise ToolError(f"{given} leads to a path that is not valid UTF-8.") from None
    except (OSError, ValueError) as error:
        raise ToolError(f"{given}: {getattr(error, 'strerror', None) or error}.") from None
    # A leading double slash survives realpath (POSIX leaves its meaning open); here it means nothing.
    return "/" + canonical.lstrip("/")


def is_inside(canonical: str, root: str) -> bool:
    return canonical == root or canonical.startswith(root.rstrip("/") + "/")


def judged(path: PathFact, place: Place) -> str:
    """The absolute canonical path that was judged: it is opened without following a link, and is that path or none."""
    return os.path.normpath(os.path.join(place.workspace, path.canonical))


def only(paths: tuple[PathFact, ...], parameter: str) -> PathFact | None:
    """The fact about `parameter`, or None."""
    return next((path for path in paths if path.parameter == parameter), None)


def shown(canonical: str, place: Place) -> str:
    """The path as a person or a model reads it: relative to the workspace where it lies inside."""
    return os.path.relpath(canonical, place.workspace) if is_inside(canonical, place.workspace) else canonical
