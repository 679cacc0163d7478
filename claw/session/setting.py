"""A setting that a person writes into a file of theirs, or takes out of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from claw.errors import ToolError, UsageError
from claw.log import Home
from claw.session import trust
from claw.session.config import Options
from claw.session.saying import Said, look
from claw.settings import changing
from claw.settings.edit import add_entry, remove_entry, set_value, unset_value
from claw.settings.layers import Scope, of_user, to_change

SCOPES: tuple[Scope, ...] = ("user", "local", "project")


class Change(Struct, frozen=True):
    """What is to be done with the setting `key`: set to `value`, or rid of it, where `takes_out`. `entry`: the value is
    one entry of a list, and the others stay. No value: all of it.
    """

    key: str
    value: str = ""
    scope: Scope = "user"
    takes_out: bool = False
    entry: bool = False


class Changed(Struct, frozen=True):
    """`path` is the file; `done`: it was not so before; `said` is what the file says by now, and what counts of it."""

    path: Path
    done: bool
    said: tuple[Said, ...] = ()


def change(home: Home, options: Options, wanted: Change) -> Changed:
    """Blocks. Raises UsageError, with nothing written, for a setting that claw does not have and for a value that would
    not count.
    """
    where = changing.keys_of(wanted.key)
    kind = changing.kind_of(where, wanted.key)
    if wanted.entry and kind != "texts":
        raise UsageError(f"{wanted.key} is no list", hint=f"claw config set {wanted.key} VALUE")
    user_home = trust.home_of(options.environ)
    files = to_change(wanted.scope, user_home, options.workspace)
    if wanted.takes_out:
        take = (lambda path: remove_entry(path, where, wanted.value)) if wanted.entry else _unset(where)
        found = [path for path in files if _trying(path, take)]
        return Changed(found[0] if found else files[0], bool(found))
    if wanted.entry:
        changing.check(where, [wanted.value], wanted.scope, user_home, options.workspace)
        done = _trying(files[0], lambda path: add_entry(path, where, wanted.value))
    else:
        value = changing.meant(wanted.key, kind, wanted.value)
        changing.check(where, value, wanted.scope, user_home, options.workspace)
        done = _trying(files[0], lambda path: set_value(path, where, value))
    name = f"~/{of_user(user_home)}" if wanted.scope == "user" else os.path.relpath(files[0], options.workspace)
    said = [one for one in look(home, options, wanted.key).said if one.place.rpartition(":")[0] == name]
    return Changed(files[0], done, tuple(said))


def _unset(where: tuple[str | int, ...]) -> Callable[[Path], bool]:
    return lambda path: unset_value(path, where)


def _trying(path: Path, change: Callable[[Path], bool]) -> bool:
    try:
        return change(path)
    except ToolError as error:
        raise UsageError(error.message, hint=error.hint) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or os.strerror(error.errno or 0)}") from None
