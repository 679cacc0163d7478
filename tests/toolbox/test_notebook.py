"""A notebook is shown by its cells, and one of them is changed without a byte of the others."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from claw.events.content import ImageBlock, ResultBlock, TextBlock
from tests.toolbox.pictures import png
from tests.toolbox.world import SECRET, Result, World

pytestmark = pytest.mark.anyio

PNG = base64.b64encode(png(20, 10)).decode()


def code(source: str, *outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    cell = {"cell_type": "code", "execution_count": 7, "metadata": {"tags": ["é"]}, "outputs": list(outputs)}
    return {**cell, "source": lines, **more}


def markdown(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True), **more}


def stream(text: str) -> dict[str, Any]:
    return {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}


def picture(data: str, media_type: str = "image/png") -> dict[str, Any]:
    return {
        "data": {media_type: data + "\n", "text/plain": ["<Figure>"]},
        "metadata": {},
        "output_type": "display_data",
    }


def book(*cells: dict[str, Any], minor: int = 5, **more: Any) -> dict[str, Any]:
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": list(cells), "metadata": kernel, "nbformat": 4, "nbformat_minor": minor, **more}


def as_jupyter(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


CELLS = (
    markdown("# Title\n\ntext", id="m1"),
    code("print(1)\nx = 2", stream("1\n"), id="c1"),
    code("plot()", picture(PNG), id="c2"),
)


async def read(world: World, **arguments: Any) -> tuple[ResultBlock, ...]:
    result = await world.call("Read", file_path="a.ipynb", **arguments)
    assert not result.finished.is_error, result.finished
    return result.finished.content


async def edit(world: World, **arguments: Any) -> Result:
    await world.call("Read", file_path="a.ipynb")
    return await world.call("NotebookEdit", notebook_path="a.ipynb", **{"new_source": "", **arguments})


async def test_cells_are_shown_with_what_they_gave(world: World) -> None:
    world.write("a.ipynb", as_jupyter(book(*CELLS)))
    before, image = await read(world)
    assert isinstance(before, TextBlock)
    assert before.text == (
        '<cell id="m1"><cell_type>markdown</cell_type># Title\n\ntext</cell id="m1">\n'
        '<cell id="c1">print(1)\nx = 2</cell id="c1">\n1\n<cell id="c2">plot()</cell id="c2">\n<Figure>\n'
    )
    assert isinstance(image, ImageBlock)
    assert (image.media_type, image.width, image.height) == ("image/png", 20, 10)
    (lines,) = await read(world, offset=1, limit=2)
    assert isinstance(lines, TextBlock)
    assert str(lines.text).startswith('     1\t{\n     2\t "cells": [')


async def test_what_is_long_strange_or_no_image_is_said(world: World) -> None:
    trace = {"ename": "E", "evalue": "v", "output_type": "error", "traceback": ["\x1b[0;31mE\x1b[0m: v"]}
    world.write(
        "a.ipynb",
        as_jupyter(
            book(
                code("a", stream("long" * 10_000), trace),
                code("b", picture("no base64!"), picture(base64.b64encode(b"not an image").decode())),
                code("c", picture(base64.b64encode(png(9_000, 1)).decode())),
                code("d", {"output_type": "display_data", "data": {"text/html": "<b>x</b>"}}, {"odd": 1}),
                code("e", *[picture(PNG)] * 30),
                metadata={"language_info": {"name": "julia"}},
            )
        ),
    )
    blocks = await read(world)
    said = "\n".join(str(block.text) for block in blocks if isinstance(block, TextBlock))
    assert "[30000 more characters: jq '.cells[0].outputs' a.ipynb shows them]" in said
    assert "\nE: v\n" in said
    assert "\x1b" not in said
    assert "[an image whose data is no base64]" in said
    assert "[data that is said to be an image and is none]" in said
    assert "9000 x 1 pixels" in said
    assert "<b>x</b>" in said
    assert '<cell id="cell-4"><language>julia</language>e</cell id="cell-4">' in said
    assert sum(isinstance(block, ImageBlock) for block in blocks) == 20
    assert said.count("left out: the notebook has too many to show") == 10


async def test_no_more_is_shown_than_there_is_room_for(world: World) -> None:
    world.write("a.ipynb", as_jupyter(book(*(code("x" * 9_000) for _ in range(40)))))
    result = await world.call("Read", file_path="a.ipynb")
    assert len(result.text) < 256 * 1024 + 400
    assert "number 30 of 40, there is no room. Show others with jq in Bash, as `jq '.cells[29]' a.ipynb`" in result.text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "it is no valid JSON"),
        ("[" * 100_000, "it is no valid JSON"),
        ('{"cells": [1], "nbformat": 4}', "cell 0 is no object"),
        ('{"nbformat": 4}', "it has no list of cells"),
        ('{"worksheets": [], "nbformat": 3}', "its nbformat is 3, not 4"),
        ('{"cells": [], "nbformat": 4} more', ""),
    ],
)
async def test_a_broken_one_is_shown_as_lines_and_not_changed(world: World, content: str, why: str) -> None:
    path = world.write("a.ipynb", content)
    text = (await world.call("Read", file_path="a.ipynb")).text
    if why:
        assert f"(a.ipynb is no notebook that can be shown by its cells: {why}" in text
    assert why in (await edit(world, cell_id="cell-0", new_source="x")).error
    assert path.read_text() == content


@pytest.mark.parametrize("layout", ["jupyter", "four", "tabs", "one line", "tight", "crlf", "ascii"])
async def test_only_the_cell_changes(world: World, layout: str) -> None:
    value = book(*CELLS)
    text = {
        "jupyter": as_jupyter(value),
        "four": json.dumps(value, indent=4),
        "tabs": json.dumps(value, indent="\t", ensure_ascii=False),
        "one line": json.dumps(value, ensure_ascii=False),
        "tight": json.dumps(value, separators=(",", ":"), ensure_ascii=False),
        "crlf": as_jupyter(value).replace("\n", "\r\n"),
        "ascii": json.dumps(value, indent=1, sort_keys=True),
    }[layout]
    sorting = layout in ("jupyter", "crlf", "ascii")

    def written(cells: list[dict[str, Any]]) -> str:
        changed = book(*cells)
        options: dict[str, Any] = {
            "jupyter": {"indent": 1, "ensure_ascii": False},
            "four": {"indent": 4},
            "tabs": {"indent": "\t", "ensure_ascii": False},
            "one line": {"ensure_ascii": False},
            "tight": {"separators": (",", ":"), "ensure_ascii": False},
            "crlf": {"indent": 1, "ensure_ascii": False},
            "ascii": {"indent": 1},
        }[layout]
        made = json.dumps(changed, sort_keys=sorting, **options) + ("\n" if layout in ("jupyter", "crlf") else "")
        return made.replace("\n", "\r\n") if layout == "crlf" else made

    path = world.write("a.ipynb", text)
    told = (await edit(world, cell_id="c1", new_source="print('ü')\ny = 3\n")).text
    assert told == "Changed cell c1 of a.ipynb; its outputs are cleared:\nprint('ü')\ny = 3\n"
    changed = {**CELLS[1], "source": ["print('ü')\n", "y = 3\n"], "outputs": [], "execution_count": None}
    assert path.read_bytes().decode() == written([CELLS[0], changed, CELLS[2]])
    assert "Took cell m1 out" in (await edit(world, cell_id="m1", edit_mode="delete")).text
    assert path.read_bytes().decode() == written([changed, CELLS[2]])
    assert (await edit(world, cell_id="c2", edit_mode="delete")).text
    assert path.read_bytes().decode() == written([changed])
    assert (await edit(world, cell_id="c1", edit_mode="delete")).text
    assert json.loads(path.read_bytes())["cells"] == []
    assert (await edit(world, new_source="again", edit_mode="insert", cell_type="markdown")).text
    (again,) = json.loads(path.read_bytes())["cells"]
    assert (again["cell_type"], again["source"], len(again["id"])) == ("markdown", ["again"], 8)


@pytest.mark.parametrize("minor", [2, 5])
async def test_cells_are_put_in_where_they_are_wanted(world: World, minor: int) -> None:
    cells = [markdown("one"), code("two")] if minor < 5 else [markdown("one", id="a"), code("two", id="b")]
    path = world.write("a.ipynb", as_jupyter(book(*cells, minor=minor)))
    first, second = ("cell-0", "cell-1") if minor < 5 else ("a", "b")
    for where, kind in ((None, "markdown"), (first, "code"), (second, None)):
        given = {"cell_id": where} if where else {}
        given |= {"cell_type": kind} if kind else {}
        assert (await edit(world, new_source=f"behind {where}", edit_mode="insert", **given)).text
        if minor < 5:
            first, second = "cell-1", "cell-3"
    after = json.loads(path.read_text())
    said = ["".join(cell["source"]) for cell in after["cells"]]
    if minor < 5:
        assert said[0] == "behind None"
        assert not any("id" in cell for cell in after["cells"])
    else:
        assert said == ["behind None", "one", "behind a", "two", "behind b"]
        ids = [cell["id"] for cell in after["cells"]]
        assert len(set(ids)) == 5
        assert (ids[1], ids[3]) == ("a", "b")
    assert path.read_text() == as_jupyter(after), "as Jupyter itself would have written it"
    for cell in after["cells"]:
        assert set(cell) >= ({"outputs", "execution_count"} if cell["cell_type"] == "code" else set())


async def test_a_cell_becomes_another_kind(world: World) -> None:
    path = world.write("a.ipynb", as_jupyter(book(*CELLS)))
    assert (await edit(world, cell_id="c1", new_source="words", cell_type="markdown")).text
    assert (await edit(world, cell_id="cell-0", new_source="y = 1", cell_type="code")).text
    first, second, third = json.loads(path.read_text())["cells"]
    assert first == {**markdown("y = 1", id="m1"), "cell_type": "code", "outputs": [], "execution_count": None}
    assert second == {**markdown("words", id="c1"), "metadata": {"tags": ["é"]}}
    assert third == CELLS[2]


async def test_a_source_that_is_one_text_stays_one(world: World) -> None:
    path = world.write("a.ipynb", as_jupyter(book({**CELLS[0], "source": "one\ntext"})))
    assert (await edit(world, cell_id="m1", new_source="two\ntexts")).text
    assert json.loads(path.read_text())["cells"][0]["source"] == "two\ntexts"


async def test_what_is_wrong_is_said(world: World) -> None:
    path = world.write("a.ipynb", as_jupyter(book(*CELLS)))
    world.write("a.txt", "x")
    told = {
        "There is no cell 'zz' in a.ipynb. Its cells: m1 (markdown), c1 (code), c2 (code).": {"cell_id": "zz"},
        "There is no cell 'cell-9'": {"cell_id": "cell-9", "edit_mode": "delete"},
        "cell_id is missing": {"new_source": "x"},
    }
    before = path.read_bytes()
    for words, arguments in told.items():
        assert words in (await edit(world, **arguments)).error
    result = await world.call("NotebookEdit", notebook_path="a.txt", new_source="x", cell_id="m1")
    assert "a.txt is no notebook" in result.error
    assert (
        "no.ipynb does not exist"
        in (await world.call("NotebookEdit", notebook_path="no.ipynb", new_source="x", cell_id="m1")).error
    )
    assert path.read_bytes() == before


async def test_it_must_have_been_read_as_it_is(world: World) -> None:
    path = world.write("a.ipynb", as_jupyter(book(*CELLS)))
    arguments = {"notebook_path": "a.ipynb", "cell_id": "m1", "new_source": "x"}
    assert "You have not read a.ipynb" in (await world.call("NotebookEdit", **arguments)).error
    await world.call("Read", file_path="a.ipynb")
    path.write_text(as_jupyter(book(*CELLS[:2])))
    assert "changed on disk" in (await world.call("NotebookEdit", **arguments)).error


async def test_secrets_are_masked_and_no_mask_is_written(world: World) -> None:
    path = world.write("a.ipynb", as_jupyter(book(code(f"key = '{SECRET}'", id="k"), code("b", id="b"))))
    shown = (await world.call("Read", file_path="a.ipynb")).text
    assert SECRET not in shown
    mask = shown.split("'")[1]
    assert "would destroy the secret" in (await edit(world, cell_id="b", new_source=mask)).error
    assert (await edit(world, cell_id="b", new_source="c")).text
    assert SECRET in path.read_text()
