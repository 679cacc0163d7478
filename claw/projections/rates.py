"""Services that want to be left alone for a while: what one agent was told holds for all that ask there."""

import msgspec
from msgspec.structs import replace

from claw.events.base import Envelope
from claw.events.model import ModelFailed, ModelFinished, ModelRequested
from claw.projections.base import Projection


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """`held`: until when nobody asks a service, in ns since 1970. `asked`: whom each open call asks."""

    held: dict[str, int] = {}
    asked: dict[int, str] = {}


def service_of(provider: str, base_url: str) -> str:
    """A session has one key for each."""
    return f"{provider} {base_url}"


def _requested(rates: Rates, envelope: Envelope, event: ModelRequested) -> Rates:
    return replace(rates, asked={**rates.asked, envelope.seq: service_of(event.provider, event.base_url)})


def _ended(rates: Rates, envelope: Envelope, event: ModelFinished | ModelFailed) -> Rates:
    asked = rates.asked.copy()
    service = asked.pop(event.call, None)
    wish = event.retry_after_ms if isinstance(event, ModelFailed) and event.retryable else None
    if service is None or wish is None:
        return replace(rates, asked=asked)
    until = envelope.ts + wish * 1_000_000
    return Rates(asked=asked, held={**rates.held, service: max(until, rates.held.get(service, 0))})


RATES = Projection(
    "rates",
    Rates(),
    {ModelRequested: _requested, ModelFinished: _ended, ModelFailed: _ended},
)
