"""What was typed before, and in which folder, in a file that only its owner reads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from prompt_toolkit.history import History as Base

MOST_READ = 4 * 2**20
"""Bytes at the end of the file that are read."""
LONGEST_KEPT = 64 * 1024
"""Characters of a line that is kept in the file."""
_FOLDER = "# in "


class Past(Struct, frozen=True):
    """A line that was typed. `folder`: where; empty: not known."""

    text: str
    folder: str = ""


class History(Base):
    """Up and Down go through the lines of this folder; all are there to be searched. Forgets instead of failing where
    its file cannot be read or written.

    In the file each line of what was typed stands behind a `+`, and `# in` names the folder of what comes next.
    """

    def __init__(self, path: Path, folder: str) -> None:
        super().__init__()
        self._path = path
        self._folder = folder
        self.whole: Callable[[str], str] = lambda text: text
        """What a line comes to that has labels for something else."""

    def load_history_strings(self) -> Iterable[str]:
        return [past.text for past in self.past(everywhere=False)]

    def past(self, *, everywhere: bool) -> list[Past]:
        """The last first, each text once; those of other folders only if `everywhere`."""
        known: dict[str, Past] = {}
        for past in reversed(list(self._read())):
            if everywhere or past.folder in ("", self._folder):
                known.setdefault(past.text, past)
        return list(known.values())

    def store_string(self, string: str) -> None:
        string = self.whole(string)
        if len(string) > LONGEST_KEPT:
            return
        folder = f"{_FOLDER}{self._folder}\n" if self._folder.isprintable() else ""
        lines = "".join(f"+{line}\n" for line in string.split("\n"))
        entry = f"\n# {time.strftime('%Y-%m-%d %H:%M:%S')}\n{folder}{lines}"
        try:
            place = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            try:
                os.write(place, entry.encode("utf-8", "replace"))
            finally:
                os.close(place)
        except OSError:
            return

    def _read(self) -> Iterator[Past]:
        """The oldest first."""
        try:
            with open(self._path, "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - MOST_READ))
                data = file.read(MOST_READ)
        except OSError:
            return
        folder, lines = "", list[str]()
        for line in [*data.decode("utf-8", "replace").split("\n"), ""]:
            if line.startswith("+"):
                lines.append(line[1:])
                continue
            if lines:
                yield Past("\n".join(lines), folder)
                folder, lines = "", []
            if line.startswith(_FOLDER):
                folder = line.removeprefix(_FOLDER)
