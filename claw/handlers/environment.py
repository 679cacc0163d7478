"""Looks at where the session works: the day, the machine, the folders, git."""

from __future__ import annotations

import datetime
import platform
from concurrent.futures import Future
from threading import Event
from typing import Any

import anyio

from claw.events.base import Intent
from claw.events.environment import Environment, EnvironmentObserved, EnvironmentRequested, GitState
from claw.execution import git_state
from claw.execution.context import ToolContext
from claw.execution.threads import begun, finished, within
from claw.handlers.base import Call, Handler

PATIENCE_S = 2.0
"""How long git may take: a session is not kept waiting for it."""


class EnvironmentHandler(Handler):
    """Reads only. `context` is the session's."""

    intents: frozenset[type[Intent]] = frozenset({EnvironmentRequested})

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._stop = Event()
        self._ahead: Future[GitState] | None = None
        """What git says, where somebody has asked before the first intent did."""

    def begin(self, ready: Future[Any]) -> None:
        """Ask git as soon as the session's folder is there, for the intent that every run begins with, while the rest
        of a start goes on.
        """

        def ask() -> GitState:
            ready.result()
            here = git_state.standing(self._context.workspace)
            return git_state.look(here, self._context, self._stop) if here and here.head else GitState(branch="")

        self._ahead, _ = begun(ask)

    async def close(self) -> None:
        """Nothing that was begun goes on. Raises nothing."""
        self._stop.set()
        if self._ahead is not None:
            await finished(self._ahead.exception)

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, EnvironmentRequested)
        with anyio.CancelScope(shield=True):
            call.emit(EnvironmentObserved(call=call.seq, environment=await self._look(intent)))

    async def _look(self, intent: EnvironmentRequested) -> Environment | None:
        date = datetime.datetime.now().astimezone().date().isoformat()
        git = git_state.standing(self._context.workspace)
        branch, head = (git.branch, git.head) if git else ("", "")
        if (date, branch, head) == (intent.date, intent.branch, intent.head):
            return None
        return Environment(
            date=date,
            platform=f"{platform.system()} {platform.machine()}",
            folders=self._context.roots[1:],
            git=git if git is None or not head else await self._of_git(git),
        )

    async def _of_git(self, here: GitState) -> GitState:
        ahead, self._ahead = self._ahead, None
        try:
            if ahead is not None:
                found = await within(PATIENCE_S, ahead.result, self._stop.set)
                if (found.branch, found.head) == (here.branch, here.head):
                    return found
            stop = Event()
            return await within(PATIENCE_S, lambda: git_state.look(here, self._context, stop), stop.set)
        except TimeoutError:
            return GitState(branch=here.branch, head=here.head, trouble="git took too long")
