"""What was pasted into the line: long text stands there as a label, and nothing that was pasted is a command."""

from __future__ import annotations

import re

from claw.errors import UsageError

MOST_LINES = 5
MOST_LETTERS = 1_000
"""Pasted text of more lines, or more letters, is folded."""
LARGEST = 2_000_000
"""Characters that are taken at a time: more than most models can read."""

_LABEL = re.compile(r"\[Pasted text #(\d+) (?:\+\d+ lines|of \d+ letters)\]")


class Pastes:
    """Of one terminal. Numbers are never used twice, so that what an edit brings back means what it meant."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._head = ""
        """What was pasted at the beginning of the line."""

    def label(self, text: str) -> str:
        """What stands in the line for it: itself, where it is short. Raises UsageError for more than a line takes."""
        if len(text) > LARGEST:
            raise UsageError(
                f"what was pasted has {len(text):,} letters, and a line takes {LARGEST:,}",
                hint="put it into a file, and mention that with @",
            )
        lines = text.count("\n")
        if lines <= MOST_LINES and len(text) <= MOST_LETTERS:
            return text
        size = f"+{lines} lines" if lines > MOST_LINES else f"of {len(text)} letters"
        label = f"[Pasted text #{len(self._texts) + 1} {size}]"
        self._texts[label] = text
        return label

    def whole(self, line: str) -> str:
        """The line with what each label stands for. What was pasted is not read for labels."""
        return _LABEL.sub(lambda found: self._texts.get(found[0], found[0]), line)

    def label_before(self, text: str) -> str:
        """The label that this ends with; empty: none."""
        return next((label for label in self._texts if text.endswith(label)), "")

    def label_behind(self, text: str) -> str:
        """The label that this begins with; empty: none."""
        return next((label for label in self._texts if text.startswith(label)), "")

    # --- whether a line is a command ---------------------------------------------------------------------------------

    def at_beginning(self, text: str) -> None:
        """This stands at the beginning of the line, and nobody has typed it."""
        self._head = text[:1]

    def emptied(self) -> None:
        """There is another line now."""
        self._head = ""

    def is_text(self, line: str) -> bool:
        """Whether this line is no command though it may look like one: how it begins was pasted."""
        return bool(self._head) and line.startswith(self._head)
