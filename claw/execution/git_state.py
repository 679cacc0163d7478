"""The state of the repository that a workspace is in: branch, commit, files that differ, last commits.

Branch and commit are read from files. For the rest git runs as `git_apart` has it: with no setting of the repository's,
so that neither a filter nor a hook nor a monitor of it runs.
"""

from __future__ import annotations

import os
from threading import Event

from claw.errors import ClawError
from claw.events.environment import GitState
from claw.execution import git as files
from claw.execution.context import ToolContext
from claw.execution.masking import masked
from claw.late import load

MOST_CHANGES = 20
"""Changed files that are named."""
LONGEST = 120
"""Characters of a line."""


def standing(workspace: str) -> GitState | None:
    """Branch and commit alone; None in no repository. Raises nothing."""
    name = files.branch(workspace)
    return None if name is None else GitState(branch=_line(name), head=files.head(workspace))


def look(here: GitState, context: ToolContext, stop: Event) -> GitState:
    """With what git itself has to say, in the repository whose branch and commit are these. Blocks. Raises nothing:
    what cannot be found out is left out, with the reason.
    """
    try:
        found: tuple[list[str], list[str]] = load("claw.execution.git_look", "look")(context, stop)
    except (ClawError, OSError) as error:
        why = error.message if isinstance(error, ClawError) else error.strerror or type(error).__name__
        return GitState(branch=here.branch, head=here.head, trouble=_line(masked(why, context)))
    changes, commits = ([_line(masked(text, context)) for text in texts] for texts in found)
    return GitState(
        branch=here.branch,
        head=here.head,
        changed=len(changes),
        changes=tuple(changes[:MOST_CHANGES]),
        commits=tuple(commits),
    )


def _line(text: str) -> str:
    """One line that cannot do more than be read."""
    plain = "".join(character if character.isprintable() else "?" for character in text)
    plain = os.fsencode(plain).decode("utf-8", "replace")
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
