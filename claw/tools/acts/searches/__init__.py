"""Services that search the web: a module for each, named like the beginning of the variable that says to use it.

`asked(search, value)` is the request, `found(answer)` what the JSON of its answer holds; that raises whatever a wrong
one leads to, or Refused. Those of models' services, named like these, take a model and a key, and have
`said(answer)`, the model's words about what it found, and `used(answer)`.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from claw.events.content import Usage

_TAG = re.compile(r"<[^<>]{0,200}>")
_LONGEST_TITLE = 200
_LONGEST_URL = 1000
_LONGEST_TEXT = 500


class Search(Struct, frozen=True):
    """What is wanted: at most `count` pages, of `allowed` domains alone if there are any, and of no `blocked` one."""

    query: str
    allowed: tuple[str, ...]
    blocked: tuple[str, ...]
    count: int

    @property
    def with_operators(self) -> str:
        """The query for a service that takes domains as most engines do."""
        only = " OR ".join(f"site:{domain}" for domain in self.allowed)
        without = " ".join(f"-site:{domain}" for domain in self.blocked)
        return " ".join(filter(None, (self.query, f"({only})" if len(self.allowed) > 1 else only, without)))


class Asked(Struct, frozen=True):
    """A request: with a `body` of JSON it is a POST."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


class Refused(Exception):
    """The service says why it has not searched."""


class Used(Struct, frozen=True):
    """What a model's service has counted."""

    usage: Usage
    searches: int


class Found(Struct, frozen=True):
    """A page, in plain text of one line each."""

    title: str
    url: str
    text: str = ""
    age: str = ""


def page(title: Any, url: Any, text: Any = "", age: Any = "") -> Found:
    """What a service says of a page. Raises TypeError for a URL that is none."""
    if not isinstance(url, str):
        raise TypeError(url)
    return Found(text_of(title, _LONGEST_TITLE), _address(url), text_of(text, _LONGEST_TEXT), text_of(age, 40))


def text_of(value: Any, longest: int) -> str:
    """In one line, without tags and what nobody can see."""
    if not isinstance(value, str):
        return ""
    words = " ".join(_TAG.sub("", value[: 4 * longest]).split())
    seen = "".join(letter for letter in words if letter.isprintable())
    return seen if len(seen) <= longest else f"{seen[:longest]}…"


def _address(url: str) -> str:
    return quote(url[:_LONGEST_URL], safe="%/:?#[]@!$&'*+,;=~")
