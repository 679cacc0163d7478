"""What a turn came to."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from claw.errors import BudgetExhausted, ClawError, PermissionDenied, ProviderError, TurnsExhausted
from claw.events.content import Usage
from claw.events.session import TurnEnd
from claw.session.outcome import outcome
from claw.session.summary import Denial, Summary

_ERRORS: dict[int, type[ClawError]] = {
    kind.exit_code: kind for kind in (PermissionDenied, BudgetExhausted, TurnsExhausted, ProviderError)
}


class Result(Struct, frozen=True, kw_only=True):
    """`text` is the answer; `output` the answer as data, where a schema was given. `reason` is why the turn ended
    (`done`, `interrupted`, `turns`, `budget`, `failed`, …), None where there was none. `turns`: calls of the model;
    `cost_usd`: None where a call had no known price. `denials` are calls that were not let through. `error` says what
    went wrong, and is empty where nothing did.
    """

    session: str
    text: str
    output: dict[str, Any] | None
    reason: TurnEnd | None
    usage: Usage
    cost_usd: float | None
    turns: int
    duration_ms: int
    denials: tuple[Denial, ...]
    error: str
    code: int
    """The exit code that `claw -p` would end with; 0: all is well."""

    def check(self) -> Result:
        """The result, where nothing went wrong. Raises ProviderError, BudgetExhausted, TurnsExhausted, PermissionDenied
        (a call was denied because nobody could be asked), or another ClawError.
        """
        if self.code:
            raise _ERRORS.get(self.code, ClawError)(self.error)
        return self


def result_of(session: str, summary: Summary) -> Result:
    """Of a turn whose events were folded."""
    end = outcome(session, summary)
    return Result(
        session=session,
        text=summary.answer,
        output=summary.output,
        reason=summary.finished.reason if summary.finished else None,
        usage=summary.usage,
        cost_usd=summary.cost_usd,
        turns=summary.turns,
        duration_ms=summary.duration_ms,
        denials=tuple(summary.denials),
        error=end.message,
        code=end.code,
    )
