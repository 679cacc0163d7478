"""What a page or a text says that stands where a model's reply belongs."""

from __future__ import annotations

from html.parser import HTMLParser

_UNREAD = ("script", "style", "template", "noscript", "svg")


def words_of_page(page: str) -> str:
    """The title and the visible text of an HTML page, of any other text all of it."""
    if not page.lstrip().startswith("<"):
        return page.strip()
    reader = _Reader()
    reader.feed(page)
    reader.close()
    title, body = (" ".join("".join(parts).split()) for parts in (reader.title, reader.body))
    said = body if not title or body.startswith(title) else f"{title}: {body}" if body else title
    return said or page.strip()


class _Reader(HTMLParser):
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
