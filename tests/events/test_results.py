"""What blocks weigh, how they are said in words, and what of them is left when there is too much."""

from __future__ import annotations

import pytest

from claw.events.base import Blob, Content
from claw.events.content import DocumentBlock, ImageBlock, ResourceLinkBlock, ResultBlock, TextBlock
from claw.events.results import fitted, in_words, label, texts, weight, weight_of


def image(size: int = 12_000, width: int = 0, height: int = 0) -> ImageBlock:
    return ImageBlock(media_type="image/png", data=Blob(digest="d", size=size), width=width, height=height)


def document(size: int, pages: int = 0, title: str = "") -> DocumentBlock:
    data = Blob(digest="d", size=size)
    return DocumentBlock(media_type="application/pdf", data=data, title=title, pages=pages)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (image(), "[image/png, 12 kB]"),
        (image(999), "[image/png, 999 B]"),
        (image(1_000), "[image/png, 1 kB]"),
        (image(999_499), "[image/png, 999 kB]"),
        (image(999_500), "[image/png, 1.0 MB]"),
        (ImageBlock(media_type="image/gif", data="AAAAAA=="), "[image/gif, 4 B]"),
        (document(2_000_000, 2, "a.pdf"), "[a.pdf: application/pdf, 2.0 MB, 2 pages]"),
        (document(7, 1), "[application/pdf, 7 B, 1 page]"),
        (document(7), "[application/pdf, 7 B]"),
        (ResourceLinkBlock(uri="x:y"), "[x:y]"),
        (ResourceLinkBlock(uri="x:y", name="n", media_type="text/css", size=0), "[n: x:y (text/css, 0 B)]"),
        (ResourceLinkBlock(uri="x:y", size=5), "[x:y (5 B)]"),
    ],
)
def test_what_is_no_text_has_a_label(block: ImageBlock | DocumentBlock | ResourceLinkBlock, words: str) -> None:
    assert label(block) == words
    assert in_words((*texts("so:"), block), str) == f"so:\n\n{words}"


@pytest.mark.parametrize(
    ("block", "tokens"),
    [
        (image(9_000_000, 750, 100), 100),
        (image(9_000_000, 751, 100), 101),
        (image(1, 8_000, 8_000), 4_800),
        (image(9_000_000), 1_600),
        (document(1_000, 3), 9_000),
        (document(1_000), 250),
        (TextBlock(text="é" * 8), 4),
    ],
)
def test_a_block_weighs_what_a_text_of_its_tokens_would(block: ResultBlock, tokens: int) -> None:
    assert weight(block) == 4 * tokens


def shorter(text: Content, limit: int) -> Content:
    return str(text)[:limit]


@pytest.mark.parametrize("limit", [100, 500, 3_000, 6_400, 8_000, 20_000, 40_000])
@pytest.mark.parametrize(
    "blocks",
    [
        texts("x" * 30_000),
        (image(),),
        (image(), *texts("x" * 10_000), document(9_000, 1), *texts("short")),
        (*(image(1, 750, 100) for _ in range(20)), *texts("y" * 900, "z" * 5_000)),
        tuple(ResourceLinkBlock(uri="x:" + "y" * 400) for _ in range(9)),
        (),
    ],
)
def test_no_more_is_left_than_there_is_room_for(blocks: tuple[ResultBlock, ...], limit: int) -> None:
    left = fitted(blocks, limit, shorter, "no room")
    assert weight_of(left) <= limit
    assert len(left) == len(blocks)
    if weight_of(blocks) <= limit:
        assert left is blocks
    for before, after in zip(blocks, left, strict=True):
        assert after == before or isinstance(after, TextBlock), "an image is whole, or a text stands for it"


def test_the_heaviest_goes_first_and_is_said() -> None:
    light, heavy = image(5_000, 750, 100), document(9_000, 2, "a.pdf")
    left = fitted((light, heavy, *texts("seen")), 6_000, shorter, "no room")
    assert left == (light, *texts("[a.pdf: application/pdf, 9 kB, 2 pages, left out here: no room]", "seen"))
