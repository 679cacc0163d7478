"""What takes how much of a model's window, as rows and sentences."""

from __future__ import annotations

from claw.session.context import TOOLS, Context


def rows(context: Context) -> list[tuple[str, str, str, str]]:
    """Each part with how many there are of it, its tokens and its share of the window; then all, and what is free."""
    listed = [(part.name, _count(part.name, part.count), part.tokens) for part in context.parts if part.bytes]
    listed += [("all together", "", context.total), ("free", "", context.free)]
    return [(name, count, f"{tokens:,}", _share(tokens, context.window)) for name, count, tokens in listed]


def sentences(context: Context) -> list[str]:
    """How the figures were come by, when room is made, and what could go."""
    window = f"The window of {context.model} has {context.window:,} tokens, {context.reply:,} of them for the reply."
    if context.counted:
        since = f", about {context.estimated:,} came since" if context.estimated > 0 else ""
        counted = f"The provider counted {context.counted:,} tokens with the last reply{since}; parts are shares of it."
    else:
        counted = "No provider has counted this yet: all of it is estimated."
    room = f"From {context.compacts_at:,} tokens on old results are cleared, or else the conversation is summarised."
    told = [window, counted, room]
    if context.clearable_results:
        told.append(
            f"{context.clearable_results} old results could go then (about {context.clearable:,} tokens); "
            "/compact makes room now."
        )
    return told


def _count(name: str, count: int) -> str:
    return f"{count} of them" if count > 1 or name == TOOLS else ""


def _share(tokens: int, window: int) -> str:
    share = 100 * tokens / max(1, window)
    return f"{share:.1f}%"
