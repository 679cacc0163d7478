"""What a path means on this disk: where it leads, once every link in it is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress

from claw import _native
from claw.errors import ToolError
from claw.events.tool import PROGRAM, PathFact
from claw.execution.context import ToolContext
from claw.execution.links import is_inside, led
from claw.execution.programs import changeable
from claw.execution.scratch import PLACES, is_apart
from claw.late import pattern

_SPECIAL = pattern(r"[*?\[\]{}\\!]")


def programs(name: str, context: ToolContext) -> list[PathFact]:
    """The fact about a program's name, where policy must know one."""
    found = changeable(name, context.environment.get("PATH", os.defpath), context.changeable)
    if found is None:
        return []
    inside = is_inside(found, context.workspace)
    canonical = os.path.relpath(found, context.workspace) if inside else found
    return [PathFact(parameter=PROGRAM, given=name, canonical=canonical, inside=inside, exists=True)]


def fact(parameter: str, given: str, context: ToolContext) -> PathFact:
    """Everything policy must know of one path argument. Raises ToolError for one that cannot be a path."""
    written = absolute(given, context)
    canonical, scratch = _canonical(written, given, context)
    inside = is_inside(canonical, context.workspace)
    try:
        found: os.stat_result | None = os.stat(real(canonical, context) if scratch else canonical)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        found = None
    except OSError as error:
        raise ToolError(f"{given}: {error.strerror}.") from None
    return PathFact(
        parameter=parameter,
        given=given,
        canonical=os.path.relpath(canonical, context.workspace) if inside else canonical,
        inside=inside,
        exists=found is not None,
        directory=found is not None and stat.S_ISDIR(found.st_mode),
        linked=canonical != os.path.normpath(written),
        protected=not scratch
        and (
            _native.is_protected(canonical, context.workspace, context.home, context.claw_home)
            or any(_native.obeyed_by_git(canonical, root, configurations(context.home)) for root in context.changeable)
            or (found is not None and _is_protected_elsewhere(found, context))
        ),
        scratch=scratch,
        names=() if found is None or scratch else _other_names(canonical, found, context),
        read_only=found is not None and _is_read_only(found, canonical),
    )


def _is_read_only(found: os.stat_result, canonical: str) -> bool:
    """Root may write to any file; what its owner has protected counts for root too."""
    return stat.S_ISREG(found.st_mode) and (
        found.st_mode & 0o222 == 0 or not os.access(canonical, os.W_OK, effective_ids=True)
    )


def _canonical(written: str, given: str, context: ToolContext) -> tuple[str, bool]:
    """Where the path leads, and whether that is in the session's scratch: what is there or nowhere is, but what only
    the machine's own `/tmp` has is not. Raises ToolError.
    """
    machine = follow(written, given)
    if context.scratch is None:
        return machine, False
    seen = follow(written, given, lambda path: real(path, context))
    if not _is_scratch(seen, context):
        return machine, False
    with suppress(OSError):
        context.scratch.make()
    # The deepest that there is decides: what is to be made in a folder of the machine's is not the session's.
    step = seen
    while step not in PLACES:
        if os.path.lexists(context.scratch.real(step)):
            break
        if os.path.lexists(step):
            return machine, False
        step = os.path.dirname(step)
    return seen, True


def _is_scratch(canonical: str, context: ToolContext) -> bool:
    others = *context.changeable, os.path.realpath(context.home), os.path.realpath(context.claw_home)
    # What holds the workspace is not all the session's own.
    return is_apart(canonical, others) and not any(is_inside(other, canonical) for other in others)


def real(canonical: str, context: ToolContext) -> str:
    """By which path this process finds what is at this one for the session's commands."""
    return context.scratch.real(canonical) if context.scratch and _is_scratch(canonical, context) else canonical


def _other_names(canonical: str, found: os.stat_result, context: ToolContext) -> tuple[str, ...]:
    """The other names that the file has in the workspace and its parts: a hard link is no way around a rule."""
    if found.st_nlink < 2 or not stat.S_ISREG(found.st_mode):
        return ()
    names = dict.fromkeys(name for root in context.roots for name in _native.other_names([canonical], root))
    return tuple(
        os.path.relpath(name, context.workspace) if is_inside(name, context.workspace) else name for name in names
    )


def configurations(home: str) -> list[str]:
    """Where git looks for what its user wants in every repository."""
    return [os.path.join(home, name) for name in (".gitconfig", ".config/git/config")]


def _is_protected_elsewhere(found: os.stat_result, context: ToolContext) -> bool:
    """Whether the file has another name that is protected: a hard link is no way around that."""
    if found.st_nlink < 2 or not stat.S_ISREG(found.st_mode):
        return False
    identity = found.st_dev, found.st_ino
    found_in = (path for root in context.roots for path in _native.guarded(root)[0])
    roots = (*found_in, *protected_in_home(context.home))
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


def absolute(given: str, context: ToolContext) -> str:
    """The path as it is meant: from the workspace, `~` for the user's home. Links and `..` are still in it."""
    if not given:
        raise ToolError("The path is empty.")
    if "\0" in given:
        raise ToolError("The path holds a NUL character.")
    if given == "~" or given.startswith("~/"):
        return context.home + given[1:]
    return os.path.join(context.workspace, given)


def follow(path: str, given: str, view: Callable[[str], str] = str) -> str:
    """The canonical path: links followed as far as anything exists, in this `view` of the file system (see `led`).
    Raises ToolError where that has no end.
    """
    try:
        canonical = led(path, view)
        if canonical is None:
            raise ToolError(f"{given}: its symbolic links lead in a circle.")
        canonical.encode()
    except UnicodeEncodeError:
        raise ToolError(f"{given} leads to a path that is not valid UTF-8.") from None
    except (OSError, ValueError) as error:
        raise ToolError(f"{given}: {getattr(error, 'strerror', None) or error}.") from None
    return canonical


def judged(path: PathFact, context: ToolContext) -> str:
    """The absolute canonical path that was judged, as this process finds it: it is opened without following a link, and
    is that path or none."""
    canonical = os.path.normpath(os.path.join(context.workspace, path.canonical))
    return context.scratch.real(canonical) if context.scratch and path.scratch else canonical


def as_pattern(path: str) -> str:
    """The gitignore pattern, from the root of the file system, that names just this absolute path."""
    return _SPECIAL.sub(r"\\\g<0>", path)


def only(paths: tuple[PathFact, ...], parameter: str) -> PathFact | None:
    """The fact about `parameter`, or None."""
    return next((path for path in paths if path.parameter == parameter), None)


def shown(canonical: str, context: ToolContext) -> str:
    """The path as a person or a model reads it: relative to the workspace where it lies inside."""
    if is_inside(canonical, context.workspace):
        return os.path.relpath(canonical, context.workspace)
    return context.scratch.shown(canonical) if context.scratch else canonical
