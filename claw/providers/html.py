"""The title and the visible text of HTML."""

from __future__ import annotations

from html.parser import HTMLParser

_UNREAD = ("script", "style", "template", "noscript", "svg")


class Reader(HTMLParser):
    """`title` and `body` are the texts, in pieces."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.body: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" or tag in _UNREAD:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = self._inside[-1] if self._inside else ""
        if inside == "title":
            self.title.append(data)
        elif inside not in _UNREAD:
            self.body.append(f"{data} ")
