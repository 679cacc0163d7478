"""`--input-format stream-json`: a program says what is to be done, line by line, while the session goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio

from claw.cli.programs import lines, said, stdin
from claw.cli.programs.report import StreamReport
from claw.errors import ClawError, InputConflict, ProviderError, UsageError
from claw.late import load
from claw.session.outcome import Outcome, outcome
from claw.session.past_turn import events_of
from claw.session.summary import Summary
from claw.settings.modes import mode_named

if TYPE_CHECKING:
    from claw.cli.programs.asker import Program
    from claw.session import Session

LEFT_OUT = ("hooks", "sdkMcpServers")
"""What other programs take with `initialize`, and claw from files alone."""


class Dialogue:
    """One program and one session. `asker` asks the program whether calls may act; None: it is not asked."""

    def __init__(self, session: Session, report: StreamReport, asker: Program | None) -> None:
        self._session = session
        self._report = report
        self._asker = asker
        self._scope = anyio.CancelScope()
        self._wrong = 0

    async def run(self) -> None:
        """Do what is said until the input ends, and what that led to is over."""
        number = 0
        if self._asker is not None:
            self._asker.begin(self._report.tell, self._report.messages)
        with self._scope:
            async for line in stdin.read():
                number += 1
                try:
                    if isinstance(line, stdin.TooLong):
                        raise UsageError(f"it has {line.size} bytes, and {stdin.MOST} are the most")
                    await self._do(said.understood(line))
                except (UsageError, InputConflict) as error:
                    self._wrong += 1
                    name = self._report.messages.name(-number)
                    message = f"line {number} of standard input: {error.message}"
                    self._report.tell(lines.InputError(**name, line=number, message=message))
        if self._asker is not None:
            self._asker.leave()

    def stop(self) -> None:
        """Listen no more."""
        self._scope.cancel()

    @property
    def outcome(self) -> Outcome:
        """What the last turn came to, or that there were lines which nothing was done of."""
        if self._report.ended.code == 0 and self._wrong:
            many = f"{self._wrong} lines" if self._wrong > 1 else "a line"
            return Outcome(UsageError.exit_code, f"{many} of standard input could not be understood")
        return self._report.ended

    async def _do(self, what: said.Said) -> None:
        match what:
            case said.UserMessage(text, id):
                await self._enter(text, id)
            case said.Request():
                await self._answer(what)
            case said.Response() if self._asker is None or not self._asker.answered(what):
                raise UsageError(f"nothing is asked by the request_id {what.id!r}")

    async def _enter(self, text: str, id: str) -> None:
        session = self._session
        named = text.startswith("/") and session.own is not None
        reserved = load("claw.cli.terminal.commands.registry", "COMMANDS") if named else ()
        entered = await session.enter(text, id, waits=True, reserved=reserved)
        for note in entered.notes:
            self._report.tell(lines.Notice(**self._report.messages.name(entered.seq, 8), message=note))
        if entered.seq < session.first_seq:
            # The same message was received in an earlier run: its answer is told again.
            before = _turn_of(session, entered.seq)
            self._report.told(before, outcome(session.id, before))

    # --- control requests ---------------------------------------------------------------------------------------------

    async def _answer(self, request: said.Request) -> None:
        """Do it, and say so, or why not."""
        answer = _REQUESTS.get(request.subtype)
        response: lines.Success | lines.Failure
        try:
            if answer is None:
                known = ", ".join(_REQUESTS)
                raise UsageError(f"there is no control request {request.subtype!r}; there are {known}")
            response = lines.Success(request_id=request.id, response=await answer(self, request.fields))
        except (UsageError, ProviderError) as error:
            response = lines.Failure(request_id=request.id, error=_whole(error))
        self._report.tell(lines.ControlResponse(response=response))

    async def _initialize(self, fields: dict[str, Any]) -> dict[str, Any]:
        for name in LEFT_OUT:
            if fields.get(name):
                raise UsageError(f"{name} are not taken from programs: they stand in files (docs/programs.md)")
        if agents := fields.get("agents"):
            given = load("claw.settings.given_agents", "agents_given")
            await self._session.bring_agents(given(agents, "initialize") if isinstance(agents, dict) else ())
        own = self._session.own
        files = own.at_start.files.values() if own is not None else ()
        commands = [{"name": file.name, "description": file.description, "argumentHint": file.hint} for file in files]
        models = [{"value": model.name, "displayName": model.name} for model in self._session.models_here()]
        kinds = [{"name": kind.name, "description": kind.description} for kind in self._session.agents.kinds]
        return {
            "commands": commands,
            "agents": kinds,
            "models": models,
            "output_style": self._session.style,
            "session_id": self._session.id,
        }

    async def _interrupt(self, fields: dict[str, Any]) -> dict[str, Any]:
        await self._session.interrupt("user")
        return {}

    async def _set_mode(self, fields: dict[str, Any]) -> dict[str, Any]:
        mode = mode_named(_text(fields, "mode"))
        await self._session.configure(mode=mode)
        return {"mode": mode}

    async def _set_model(self, fields: dict[str, Any]) -> dict[str, Any]:
        await self._session.configure(model=_text(fields, "model"))
        return {"model": self._session.state.session.settings.model.name}


_REQUESTS: dict[str, Callable[[Dialogue, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "initialize": Dialogue._initialize,
    "interrupt": Dialogue._interrupt,
    "set_permission_mode": Dialogue._set_mode,
    "set_model": Dialogue._set_model,
}


def _turn_of(session: Session, seq: int) -> Summary:
    """What the turn came to that an input of an earlier run had."""
    turn = Summary(session.load)
    for envelope in events_of(session.path, seq, session.first_seq):
        turn.take((envelope,))
    return turn


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise UsageError(f'the request needs a "{name}"')
    return value


def _whole(error: ClawError) -> str:
    return f"{error.message} (try: {error.hint})" if error.hint else error.message
