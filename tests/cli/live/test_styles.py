"""The table of styles: one place for colours, and themes that can be read and told apart."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest
from rich.style import Style

from claw.cli import terminal
from claw.cli.terminal import styles
from claw.cli.terminal.styles import ADDED, DONE, ERROR, NAMES, QUESTION, REMOVED, THEMES, WARNING, Name

Colour = tuple[float, float, float]

_COLOUR = re.compile(
    r"(?:(?:bold|dim|italic|underline|reverse|not|on) ?)*"
    r"(?:(?:bright_)?(?:black|red|green|yellow|blue|magenta|cyan|white)|#[0-9a-f]{6})|(?:bold|dim|italic|underline)"
)

# What is seen of linear RGB without one kind of cones: Machado, Oliveira and Fernandes (2009), severity 1.0.
BLIND = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def test_no_colour_is_written_outside_the_table() -> None:
    found = [
        f"{file.name}:{node.lineno}: {node.value}"
        for file in Path(terminal.__path__[0]).rglob("*.py")
        if file.name != "styles.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _COLOUR.fullmatch(node.value)
    ]
    assert found == []


def test_every_theme_has_a_style_for_every_name() -> None:
    names = {value for name, value in vars(styles).items() if name.isupper() and str(value).startswith("claw.")}
    for theme in NAMES:
        assert names <= set(THEMES[theme])
        for style in THEMES[theme].values():
            Style.parse(style)


def test_the_usual_theme_has_only_the_terminals_own_colours() -> None:
    assert not any("#" in style for style in THEMES["ansi"].values())


@pytest.mark.parametrize("theme", NAMES[1:])
def test_a_themes_colours_can_be_read_on_its_background(theme: Name) -> None:
    grounds = [(0.0, 0.0, 0.0), _linear("#1e1e1e")] if theme.startswith("dark") else [(1.0, 1.0, 1.0)]
    for name, style in THEMES[theme].items():
        for colour, ground in itertools.product(re.findall(r"#\w+", style), grounds):
            assert _contrast(_linear(colour), ground) >= 4.5, f"{name}: {colour}"  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("theme", ["dark-daltonized", "light-daltonized"])
def test_colour_blind_people_tell_what_is_good_from_what_is_bad(theme: Name, kind: str) -> None:
    for one, other in ((ADDED, REMOVED), (DONE, ERROR), (DONE, WARNING), (DONE, QUESTION)):
        seen = [_lab(_seen(_linear(re.findall(r"#\w+", THEMES[theme][name])[0]), kind)) for name in (one, other)]
        assert sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5 >= 25, (one, other)


def test_the_measure_tells_a_pair_that_they_do_not_tell_apart() -> None:
    red, green = (_lab(_seen(_linear(colour), "deuteranopia")) for colour in ("#b3261e", "#5a6a00"))
    assert sum((a - b) ** 2 for a, b in zip(red, green, strict=True)) ** 0.5 < 25


def _linear(colour: str) -> Colour:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def _seen(colour: Colour, kind: str) -> Colour:
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, colour, strict=True)))) for row in BLIND[kind]
    )
    return red, green, blue


def _luminance(colour: Colour) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def _contrast(one: Colour, other: Colour) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _lab(colour: Colour) -> Colour:
    red, green, blue = colour
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = _luminance(colour)
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    a, b, c = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * b - 16, 500 * (a - b), 200 * (b - c)
