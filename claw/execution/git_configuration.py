"""What git itself writes into a configuration that it has just made: nothing in it names a program.

`before_git.py` loads it by its path, so it imports nothing of claw's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_HARMLESS = re.compile(
    r"\s*(?:[#;].*"
    r"|\[(?:core|init|user|extensions|receive|(?:remote|branch|submodule) \"[^\"\\]*\")\]"
    r"|(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|name|email"
    r"|objectformat|refstorage|defaultbranch|fetch|merge|remote|active|rebase|mirror|tagopt|worktreeconfig"
    r"|relativeworktrees|promisor|partialclonefilter|sharedrepository|deny(?:currentbranch|nonfastforwards|deletes))\s*=\s*[^!\\]*"
    r"|worktree\s*=\s*\.\.[^!\\]*"
    r"|url\s*=\s*(?:https?://|ssh://|git@|file://|\.{0,2}/)[^!\\]*)?",
    re.IGNORECASE,
)
"""A line of a git configuration as `git init` and `git clone` write it."""
_MODULE = re.compile(r"\s*(?:path|branch|shallow)\s*=\s*[^!\\]*", re.IGNORECASE)
"""A line that `git submodule add` writes besides."""


def is_configuration(lines: Iterable[str]) -> bool:
    """Whether a configuration is as git makes one."""
    return all(_HARMLESS.fullmatch(line) for line in lines)


def is_modules(lines: Iterable[str]) -> bool:
    """The same of a `.gitmodules`."""
    return all(_HARMLESS.fullmatch(line) or _MODULE.fullmatch(line) for line in lines)
