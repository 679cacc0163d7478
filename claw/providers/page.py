"""What a page or a text says that stands where a model's reply belongs."""

from __future__ import annotations

import importlib


def words_of_page(page: str) -> str:
    """The title and the visible text of an HTML page, of any other text all of it."""
    if not page.lstrip().startswith("<"):
        return page.strip()
    reader = importlib.import_module(
        "claw.providers.html"
    ).Reader()  # with its tables, for what hardly any server sends
    reader.feed(page)
    reader.close()
    title, body = (" ".join("".join(parts).split()) for parts in (reader.title, reader.body))
    said = body if not title or body.startswith(title) else f"{title}: {body}" if body else title
    return said or page.strip()
