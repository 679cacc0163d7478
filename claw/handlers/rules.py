"""The rules that follow from an "always"."""

from __future__ import annotations

from pathlib import Path

from claw.errors import ClawError
from claw.events.base import Intent
from claw.events.permission import RuleSaved, RuleSaveRequested
from claw.execution.threads import finished
from claw.handlers.base import Call, Handler
from claw.settings.edit import add_allow_rule


class RuleSaveHandler(Handler):
    """Writes allow rules to the user's settings file, `settings`."""

    intents: frozenset[type[Intent]] = frozenset({RuleSaveRequested})

    def __init__(self, settings: Path) -> None:
        self._settings = settings

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, RuleSaveRequested)
        error = ""
        try:
            await finished(lambda: add_allow_rule(self._settings, intent.rule))
        except ClawError as problem:
            error = problem.message
        except OSError as problem:
            error = f"{self._settings} cannot be written: {problem.strerror}."
        call.emit(RuleSaved(call=call.seq, path=str(self._settings), error=error))
