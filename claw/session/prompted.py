"""What a typed `/init`, `/review` or `/commit` stands for: texts of claw's own, recorded as those of files are."""

from __future__ import annotations

from collections.abc import Callable

from claw._native import blake3
from claw.events.base import Content
from claw.events.command import CommandUse
from claw.session import prompts
from claw.session.own_commands import CALL, heading
from claw.settings.command_text import expanded


def told(text: str, mask: Callable[[str], str], keep: Callable[[str], Content]) -> CommandUse | None:
    """What the line stands for; None where it names no such command. `mask` takes secrets out of a text, `keep` puts a
    long one into the blob store.
    """
    match = CALL.fullmatch(text.strip())
    if match is None or match[1] not in prompts.COMMANDS:
        return None
    name, words = match[1], (match[2] or "").strip()
    body = prompts.of_command(name)
    parts, items = expanded(body, words)
    return CommandUse(
        name=name,
        source=f"claw's own /{name}",
        digest=blake3(body.encode()),
        parts=tuple(keep(mask(part)) for part in (heading(name, words) + parts[0], *parts[1:])),
        items=items,
    )
