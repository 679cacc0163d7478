"""Where a session works: the day, the machine, the folders and the state of git, as they were looked at."""

from typing import ClassVar, Literal

import msgspec

from claw.events.base import Derived, Event, Intent, Observed


class GitState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`branch` is empty where none is checked out, `head` the commit's id, empty before the first. `changed` counts the
    files that differ from it, new ones included; None: it was not found out, and `trouble` may say why. `changes` are
    the first of them as git's short status has them, `commits` the last ones in a line each.
    """

    branch: str = ""
    head: str = ""
    changed: int | None = None
    changes: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    trouble: str = ""


class Environment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`date` is ISO 8601, in the local time zone; `folders` are those that belong to the workspace beside it; `git` is
    None in no repository.
    """

    date: str
    platform: str = ""
    folders: tuple[str, ...] = ()
    git: GitState | None = None


class EnvironmentObserved(Observed, frozen=True, kw_only=True, tag="environment.observed"):
    """None: day, branch and commit are as the intent has them."""

    durable: ClassVar[bool] = False

    call: int
    environment: Environment | None = None


class EnvironmentRequested(Intent, frozen=True, kw_only=True, tag="environment.requested"):
    """Look at what is known by `date`, `branch` and `head`; all of it where one of them is another by now, or where
    they say nothing.
    """

    durable: ClassVar[bool] = False  # its handler only reads
    ends: ClassVar[tuple[type[Event], ...]] = (EnvironmentObserved,)
    cancellable: ClassVar[bool] = False

    date: str = ""
    branch: str = ""
    head: str = ""


class EnvironmentTold(Derived, frozen=True, kw_only=True, tag="environment.told"):
    """What the model is told of what has changed since it was told last: `text` goes with the next request. `plan`:
    whether it knows of plan mode from here on, `model` which model it is told that it is.
    """

    text: str
    environment: Environment | None = None
    model: str = ""
    plan: bool = False


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """A file, by its absolute path, and what became of it."""

    path: str
    how: Literal["change", "unlink"]


class FilesChanged(Observed, frozen=True, kw_only=True, tag="files.changed"):
    """Files that calls have read or written, and that somebody else has changed since."""

    durable: ClassVar[bool] = False

    call: int
    changes: tuple[FileChange, ...] = ()


class FilesLookRequested(Intent, frozen=True, kw_only=True, tag="files.look_requested"):
    """Look which files are others than calls have left or seen them, for hooks that want to be told. `names` are those
    of the files that matter, without their folders; none: all do.
    """

    durable: ClassVar[bool] = False  # its handler only reads
    ends: ClassVar[tuple[type[Event], ...]] = (FilesChanged,)
    cancellable: ClassVar[bool] = False

    names: tuple[str, ...] = ()
