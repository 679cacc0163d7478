"""What a finished run means to whoever called: an exit code, and a sentence where it is not 0."""

from __future__ import annotations

from msgspec import Struct

from claw.errors import BudgetExhausted, ClawError, PermissionDenied, ProviderError, TurnsExhausted
from claw.events.session import TurnFinished
from claw.session.summary import Summary


class Outcome(Struct, frozen=True):
    code: int
    message: str = ""
    hint: str = ""


def outcome(session: str, summary: Summary) -> Outcome:
    """Of a run that no signal ended."""
    finished = summary.finished
    if finished is None:
        return Outcome(0)
    go_on = f"claw resume {session} -p PROMPT"
    match finished.reason:
        case "done" if summary.unasked:
            what = ", ".join(dict.fromkeys(denial.tool for denial in summary.denials if denial.by == "nobody"))
            message = f"{what} needed permission, and nobody was there to ask"
            return Outcome(PermissionDenied.exit_code, message, "--allowed-tools RULES, or without -p in a terminal")
        case "done":
            return Outcome(0)
        case "turns":
            return Outcome(TurnsExhausted.exit_code, _said(finished, "the limit of model calls is reached"), go_on)
        case "loop":
            return Outcome(
                TurnsExhausted.exit_code, _said(finished, "the model made the same call again and again"), go_on
            )
        case "budget":
            return Outcome(BudgetExhausted.exit_code, _said(finished, "the budget is used up"), go_on)
        case "tokens":
            return Outcome(BudgetExhausted.exit_code, _said(finished, "the tokens are used up (--max-tokens)"), go_on)
        case "time":
            return Outcome(BudgetExhausted.exit_code, _said(finished, "the time is over (--max-time)"), go_on)
        case "interrupted":
            return Outcome(130, "interrupted", go_on)
        case "failed" if finished.failure == "structured_output":
            return Outcome(ClawError.exit_code, finished.message, go_on)
        case "failed" if finished.failure:
            message = _said(finished, f"the provider failed ({finished.failure})")
            return Outcome(ProviderError.exit_code, message, _provider_hint(finished) or go_on)
        case "max_tokens":
            return Outcome(ClawError.exit_code, "the answer was cut off at the model's limit of tokens", go_on)
        case "refused":
            return Outcome(ClawError.exit_code, "the model refused to answer")
        case "overflow":
            message = _said(finished, "the conversation no longer fits the model's window, even when compacted")
            hint = f"{go_on}, with less at once: name a file to read in parts; CLAW_CONTEXT_WINDOW says how large it is"
            return Outcome(ClawError.exit_code, message, hint)
        case _:
            return Outcome(ClawError.exit_code, _said(finished, "the turn failed"), go_on)


def _said(finished: TurnFinished, otherwise: str) -> str:
    return finished.message or otherwise


def _provider_hint(finished: TurnFinished) -> str:
    return "check the API key; claw doctor" if finished.failure == "auth" else ""
