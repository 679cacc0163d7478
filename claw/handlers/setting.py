"""Settings that a call has changed, with the person's leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from claw.errors import ClawError
from claw.events.base import Intent
from claw.events.setting import SettingSaved, SettingSaveRequested
from claw.execution.threads import finished
from claw.handlers.base import Call, Handler
from claw.settings.edit import set_value


class SettingHandler(Handler):
    """Writes settings to the user's settings file, `path`. `check` raises ClawError for what may not stand there."""

    intents: frozenset[type[Intent]] = frozenset({SettingSaveRequested})

    def __init__(self, path: Path, check: Callable[[str, str], None]) -> None:
        self._path = path
        self._check = check

    async def perform(self, call: Call) -> None:
        intent = call.intent
        assert isinstance(intent, SettingSaveRequested)
        error = ""
        try:
            self._check(intent.setting, intent.value)
            await finished(lambda: set_value(self._path, (intent.setting,), intent.value))
        except ClawError as problem:
            error = f"It stays as it was: {problem.message}"
        except OSError as problem:
            error = f"{self._path} cannot be written: {problem.strerror}."
        call.emit(SettingSaved(call=call.seq, tool_call=intent.tool_call, path=str(self._path), error=error))
