"""What was measured, what it should be, and the table of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `value` is compared with `least` or `most`; with neither it only stands beside."""

    what: str
    value: float
    shown: str
    least: float | None = None
    most: float | None = None

    @property
    def ok(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.least is not None:
            return self.value >= self.least
        return None if self.most is None else self.value <= self.most

    @property
    def target(self) -> str:
        if self.least is not None:
            return f">= {amount(self.least)}"
        return "" if self.most is None else f"<= {amount(self.most)}"

    def plain(self) -> dict[str, object]:
        """For the file of results."""
        return {**asdict(self), "value": float(f"{self.value:.4g}"), "ok": self.ok}


def ratio(what: str, value: float, detail: str, *, least: float | None = None, most: float | None = None) -> Figure:
    """A figure without a unit."""
    return Figure(what, value, f"{value:.2f}x ({detail})", least, most)


def rate(what: str, per_second: float, *, least: float | None = None) -> Figure:
    """Events per second."""
    return Figure(what, per_second, f"{amount(per_second)}/s", least)


def amount(number: float) -> str:
    """`1.5 M`, `400 k`, `0.85`."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g}"


def seconds(function: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def median(times: Sequence[float]) -> float:
    return statistics.median(times)


def table(figures: Sequence[Figure]) -> str:
    """Measured, target and mark, aligned."""
    marks = {True: "ok", False: "MISSED", None: ""}
    rows = [("figure", "measured", "target", ""), *((f.what, f.shown, f.target, marks[f.ok]) for f in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
