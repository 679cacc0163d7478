"""`/model`: the model that is asked, and others to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from claw.cli.sanitize import clean_line
from claw.cli.terminal import amounts
from claw.cli.terminal.inquiry import Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUESTION, QUIET
from claw.events.session import Model

SUBJECT = Subject(
    title=line("Which model is asked from here on?", QUESTION),
    notes=[line("  /model NAME names any other; claw models lists what is known.", QUIET)],
)


def line_of(model: Model) -> Text:
    """The model, where it is and how much it takes."""
    where = f" at {model.base_url}" if model.base_url else ""
    thinks = f", effort {model.effort}" if model.effort != "off" else ""
    return line(clean_line(f"{model.provider}/{model.name}{where} ({model.api}, window {model.window} tokens{thinks})"))


def choices(now: Model, others: Sequence[Model]) -> list[Choice[str]]:
    """The model that is asked now, which changes nothing, and the others."""
    offered = [Choice("1", f"{clean_line(now.name)}, as now", "", also="n")]
    for model in others:
        if (model.provider, model.name, model.base_url) != (now.provider, now.name, now.base_url):
            label = f"{clean_line(model.name)}, window {amounts.tokens(model.window)} tokens"
            offered.append(Choice(str(len(offered) + 1), label, f"{model.provider}/{model.name}"))
    return offered[:9]
