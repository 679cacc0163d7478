"""git, run by claw itself in a repository that nobody has looked at: no program runs that the repository names.

Its hooks, monitors, signing programs, editors and transports are switched off by settings that outdo all others, and
what can be outdone by none of them is not asked for: that is left to a git that has no settings of the repository's
(`git_apart`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event

from msgspec import Struct

from claw._native import Program
from claw.errors import ToolError
from claw.execution.context import ToolContext
from claw.execution.git_environment import submodules
from claw.execution.links import is_in
from claw.execution.programs import apart, first, only_apart

_OFF = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=",
    "core.askPass=",
    "credential.helper=",
    "protocol.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgSign=false",
    "submodule.recurse=false",
    "diff.ignoreSubmodules=dirty",
    "status.submoduleSummary=false",
    "safe.bareRepository=explicit",
)
"""Settings that outdo those of users and repositories."""
_TICK = 0.1
"""Seconds after which it is looked whether to stop."""
LONGEST = 600.0
"""Seconds that one git may take."""
_WORDS = 400
"""Characters of what git complains of that are told."""


class Git(Struct, frozen=True):
    """git in one work tree. `git` is its git directory; `stop` is set when nobody wants to know any more. All functions
    block.
    """

    top: str
    git: str
    context: ToolContext
    stop: Event
    program: str
    environment: Mapping[str, str]
    """Variables of each."""

    def run(
        self,
        *words: str,
        settings: Sequence[str] = (),
        given: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """What it says on standard output. Raises ToolError with its complaint."""
        with self.begin(*words, settings=settings, environment=environment) as running:
            return running.said(given)

    def line(self, *words: str) -> str:
        """Its one line; empty where it says nothing, or fails."""
        _, said, _ = self.ask(*words)
        return os.fsdecode(said).strip("\n")

    def ask(
        self,
        *words: str,
        settings: Sequence[str] = (),
        given: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes, bytes]:
        """Exit status, standard output and standard error. Raises ToolError where it cannot be run, or was stopped."""
        with self.begin(*words, settings=settings, environment=environment) as running:
            return running.answer(given)

    @contextmanager
    def begin(
        self, *words: str, settings: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> Iterator[Running]:
        """A git that runs until the block ends; it is killed if nobody has heard its answer. Raises ToolError where it
        cannot be run.
        """
        off = [word for setting in (*_OFF, *settings) for word in ("-c", setting)]
        command = [self.program, "--no-pager", *off, *words]
        variables = {**self.environment, "GIT_DIR": self.git, "GIT_WORK_TREE": self.top, **(environment or {})}
        try:
            program = Program(command, cwd=self.top, env=variables, guard=self.context.guard)
        except OSError as error:
            raise ToolError(f"git could not be run: {error.strerror}.") from None
        try:
            yield Running(words[0], program, self.stop)
        finally:
            program.kill()

    def of_submodules(self) -> list[str]:
        """Settings so that of submodules nothing but their commit is looked at. Raises ToolError."""
        named = submodules(os.path.join(self.top, ".gitmodules"), self.context)
        if odd := [name for name in named if "=" in name]:
            raise ToolError(f"git has settings for {odd[0]!r}, which cannot be switched off because of the = in it.")
        return [f"submodule.{name}.ignore=dirty" for name in named]


class Running(Struct, frozen=True):
    """A git that was begun. All functions block."""

    verb: str
    program: Program
    stop: Event

    def said(self, given: bytes = b"") -> bytes:
        """What it says on standard output. Raises ToolError with its complaint."""
        status, said, complaint = self.answer(given)
        if status:
            why = " ".join(complaint.decode("utf-8", "replace").split())[:_WORDS] or f"exit status {status}"
            raise ToolError(f"git {self.verb} failed: {why}")
        return said

    def answer(self, given: bytes = b"") -> tuple[int, bytes, bytes]:
        """Exit status, standard output and standard error. Raises ToolError where it was stopped."""
        until = time.monotonic() + LONGEST
        while (answer := self.program.answer(given, _TICK)) is None:
            late = time.monotonic() > until
            if late or self.stop.is_set():
                raise ToolError(f"git took longer than {LONGEST:.0f} seconds." if late else "It was called off.")
        return answer


def git_in(top: str, git: str, context: ToolContext, stop: Event, more: Mapping[str, str] | None = None) -> Git:
    """git in the work tree `top` with the git directory `git`; `more`: variables of each. The program is none that a
    command could have made. Raises ToolError where there is no other.
    """
    path = only_apart(context.environment.get("PATH", os.defpath), context.changeable)
    found = first("git", path)
    if found is None or is_in(os.path.realpath(found), context.changeable):
        raise ToolError("There is no git on PATH that claw would run.")
    kept = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_NOSYSTEM", "LD_LIBRARY_PATH")
    of_user = {name: value for name, value in context.environment.items() if name in kept}
    calm = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_EDITOR": "true", "LC_ALL": "C"}
    # An empty list of protocols outdoes `protocol.NAME.allow`, which outdoes `protocol.allow`.
    alone = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1"}
    environment = {**apart(of_user, context.changeable), "PATH": path, **calm, **alone, **(more or {})}
    return Git(top, git, context, stop, found, environment)
