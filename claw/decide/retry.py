"""How long to wait before a failed model call is tried again."""

from __future__ import annotations

from claw._native import blake3
from claw.events.model import ModelFailed
from claw.events.session import Retry


def delay_ms(policy: Retry, seed: int, failed: ModelFailed, attempt: int) -> int | None:
    """Milliseconds before attempt `attempt + 1`; None when there is to be none.

    Doubles per attempt, with a jitter of up to half taken from the recorded seed; never less than the provider's own
    wish, and not at all when that is longer than the policy's cap.
    """
    if not failed.retryable or attempt >= policy.attempts:
        return None
    if failed.retry_after_ms is not None and failed.retry_after_ms > policy.cap_ms:
        return None
    full = min(policy.cap_ms, policy.base_ms << (attempt - 1))
    fraction = int(blake3(f"{seed}:{failed.call}".encode())[:8], 16)
    jittered = full - full * fraction // (2 * 0xFFFF_FFFF)
    return max(jittered, failed.retry_after_ms or 0)
