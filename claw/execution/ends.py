"""The end of a server: waited for, and told in words."""

from __future__ import annotations

from claw.errors import ToolError
from claw.execution.last_words import LastWords
from claw.execution.process import followed
from claw.execution.sandbox import Running


async def followed_to_its_end(running: Running, said: LastWords) -> str:
    """Wait until it and all it started are gone; how it ended, in words."""
    try:
        status = await followed(running.process, said, None)
        how = f"exit status {status}" if status is not None and status <= 128 else f"signal {(status or 128) - 128}"
    except ToolError as error:
        how = error.message
    finally:
        running.process.kill()
    try:
        note = await running.settled()
    except (ToolError, OSError) as error:
        note = str(error)
    return "; ".join(part for part in (how, str(said), " ".join(note.split())) if part)
