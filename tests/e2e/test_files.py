"""Tools for files as people and models use them: asked about with what they change, done, recorded, replayed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from tests.cli.live.tmux import Terminal, answer, asked, ready
from tests.cli.live.world import World, text, told, tool
from tests.providers.odd_server import Answered, odd_server, sse
from tests.toolbox.pictures import jpeg, pdf, png, scanned
from tests.toolbox.test_notebook import CELLS, PNG, as_jupyter, book
from tests.toolbox.test_pdf import BOMB, with_stream

PATCH = """\
*** Begin Patch
*** Update File: app.py
@@ def add(a, b):
-    return a - b
+    return a + b
*** Update File: old.py
*** Move to: lib/new.py
@@
-x = 1
+x = 2
*** Add File: notes.md
+# Notes
*** Delete File: gone.py
*** End Patch"""

Start = Callable[..., Terminal]


def replays(world: World) -> None:
    for command in ("verify", "replay"):
        done = world.run(command, "@last")
        assert done.returncode == 0, told(done)


def results(world: World) -> list[str]:
    """What the model was told of each call."""
    finished = [event["data"] for event in world.events() if event["kind"] == "tool.finished"]
    return ["\n".join(block.get("text", block["type"]) for block in one["content"]) for one in finished]


def test_several_edits_are_asked_about_with_all_they_change(world: World, terminal: Start) -> None:
    path = world.workspace / "a.py"
    path.write_text("a = 1\nb = 2\nc = 3\n")
    edits = [{"old_string": "a = 1", "new_string": "a = 10"}, {"old_string": "c = 3", "new_string": "c = 30"}]
    world.serve(
        tool("Read", {"file_path": "a.py"}),
        tool("MultiEdit", {"file_path": "a.py", "edits": edits}),
        {**text("Changed both."), "expect": ["Changed a.py (2 edits)"]},
    )
    opened = ready(terminal())
    opened.enter("Change both.")
    screen = asked(opened)
    assert "MultiEdit(a.py)" in screen
    for shown in ("- a = 1", "+ a = 10", "- c = 3", "+ c = 30", "Edit("):
        assert shown in screen, shown
    assert path.read_text() == "a = 1\nb = 2\nc = 3\n"
    answer(opened, "Yes, this once")
    opened.wait("Changed both.")
    assert path.read_text() == "a = 10\nb = 2\nc = 30\n"
    opened.enter("/quit")
    assert opened.exit_code() == 0
    replays(world)


def test_a_rule_for_edits_is_one_for_several(world: World) -> None:
    (world.workspace / "a.txt").write_text("a\n")
    edits = [{"old_string": "a", "new_string": "b"}]
    world.serve(
        tool("Read", {"file_path": "a.txt"}),
        tool("MultiEdit", {"file_path": "a.txt", "edits": edits}),
        tool("MultiEdit", {"file_path": "src/b.txt", "edits": [{"old_string": "", "new_string": "new\n"}]}),
        text("Done."),
    )
    done = world.run("-p", "go", "--allowed-tools", "Edit", "--disallowed-tools", "Write(src/**)")
    assert done.returncode == 0, told(done)
    assert (world.workspace / "a.txt").read_text() == "b\n"
    assert not (world.workspace / "src").exists()
    replays(world)


def prepared(world: World) -> None:
    (world.workspace / "app.py").write_text("def add(a, b):\n    return a - b\n")
    (world.workspace / "old.py").write_text("x = 1\n")
    (world.workspace / "gone.py").write_text("gone\n")


def files(world: World) -> dict[str, str]:
    found = (path for path in sorted(world.workspace.rglob("*")) if path.is_file())
    return {str(path.relative_to(world.workspace)): path.read_text() for path in found}


PATCHED = {"app.py": "def add(a, b):\n    return a + b\n", "lib/new.py": "x = 2\n", "notes.md": "# Notes\n"}


def test_a_patch_is_asked_about_with_all_it_changes(world: World, terminal: Start) -> None:
    prepared(world)
    world.serve(
        tool("apply_patch", {"input": PATCH.replace("x = 1", "y = 1")}),
        {**tool("apply_patch", {"input": PATCH}), "expect": ["Hunk 1 of 1 for old.py", "No file was changed."]},
        {**text("Patched."), "expect": ["Success. Updated the following files:"]},
    )
    opened = ready(terminal(rows=60))
    opened.enter("Mend it.")
    screen = asked(opened)
    for shown in (
        *("apply_patch(app.py, move old.py to lib/new.py, add notes.md, delete gone.py)", "*** Update File: app.py"),
        *("@@ def add(a, b):", "-     return a - b", "+     return a + b", "+ # Notes", "*** Delete File: gone.py"),
    ):
        assert shown in screen, shown
    answer(opened, "Yes, and for the rest of this session:")
    opened.wait("Patched.")
    assert files(world) == PATCHED
    opened.enter("/quit")
    assert opened.exit_code() == 0
    assert results(world)[1] == (
        "Success. Updated the following files:\nM app.py\nM lib/new.py (moved from old.py)\nA notes.md\nD gone.py"
    )
    assert world.kinds().count("permission.asked") == 1, "the second patch is allowed by what was granted"
    replays(world)


def test_models_of_openai_are_told_of_patches_and_others_of_edits(world: World) -> None:
    def answer_of(body: dict[str, Any]) -> Answered:
        told_of = [one["function"]["name"] for one in body["tools"]]
        if any(message["role"] == "tool" for message in body["messages"]):
            return Answered(sse({"choices": [{"delta": {"content": "Done."}, "finish_reason": "stop"}]}, "[DONE]"))
        assert ("apply_patch" in told_of, "MultiEdit" in told_of) == (
            ("gpt" in body["model"]),
            "gpt" not in body["model"],
        )
        arguments = json.dumps({"input": PATCH})
        call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "apply_patch", "arguments": arguments}}
        return Answered(sse({"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}, "[DONE]"))

    with odd_server(answer_of) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1", "CLAW_MAX_RETRIES": "0"}
        for model in ("openai/gpt-5.1", "some-coder"):
            prepared(world)
            for name in ("lib/new.py", "notes.md"):
                (world.workspace / name).unlink(missing_ok=True)
            words = ("-p", "mend it", "--model", f"openai-chat/{model}", "--permission-mode", "acceptEdits")
            done = world.run(*words, **environ)
            assert done.returncode == 0, told(done)
            assert files(world) == PATCHED
            replays(world)


def test_a_scanned_pdf_is_seen_by_a_model_that_takes_images_alone(world: World) -> None:
    picture = jpeg(40, 30)
    (world.workspace / "a.pdf").write_bytes(scanned((picture, "/Width 40 /Height 30 /Filter /DCTDecode")))
    bodies: list[dict[str, Any]] = []

    def answer_of(body: dict[str, Any]) -> Answered:
        bodies.append(body)
        if any(message["role"] == "tool" for message in body["messages"]):
            return Answered(sse({"choices": [{"delta": {"content": "Read."}, "finish_reason": "stop"}]}, "[DONE]"))
        function = {"name": "Read", "arguments": json.dumps({"file_path": "a.pdf"})}
        call = {"index": 0, "id": "c1", "type": "function", "function": function}
        return Answered(sse({"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}, "[DONE]"))

    with odd_server(answer_of) as server:
        done = world.run("-p", "read it", "--model", "openai-chat/some-vl", OPENAI_BASE_URL=f"{server.url}/v1")
        assert (done.returncode, done.stdout) == (0, b"Read.\n"), told(done)
    *_, said = bodies[-1]["messages"]
    assert [part["image_url"]["url"] for part in said["content"] if part["type"] == "image_url"] == [
        f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
    ]
    assert "it is a picture, which follows" in json.dumps(bodies[-1])
    replays(world)


def test_a_pdf_is_a_document_or_words_by_what_the_model_takes(world: World) -> None:
    (world.workspace / "a.pdf").write_bytes(pdf(*(f"word{number} of it" for number in range(1, 13))))
    reading = [tool("Read", {"file_path": "a.pdf"}), tool("Read", {"file_path": "a.pdf", "pages": "2-3"})]
    document = ['"type":"document"', '"media_type":"application/pdf"', "Pages 2 to 3 of 12 of a.pdf."]
    world.serve(*reading, {**text("Read."), "expect": ["it has 12 pages", *document]})
    done = world.run("-p", "read it")
    assert done.returncode == 0, told(done)
    replays(world)

    bodies: list[dict[str, Any]] = []

    def answer_of(body: dict[str, Any]) -> Answered:
        bodies.append(body)
        if any(message["role"] == "tool" for message in body["messages"]):
            return Answered(sse({"choices": [{"delta": {"content": "Read."}, "finish_reason": "stop"}]}, "[DONE]"))
        function = {"name": "Read", "arguments": json.dumps({"file_path": "a.pdf", "pages": "2-3"})}
        call = {"index": 0, "id": "c1", "type": "function", "function": function}
        return Answered(sse({"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}, "[DONE]"))

    with odd_server(answer_of) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1", "CLAW_MAX_RETRIES": "0"}
        done = world.run("-p", "read it", "--model", "openai-chat/gpt-5.1", **environ)
        assert done.returncode == 0, told(done)
    said = json.dumps(bodies[-1])
    assert "[page 2]\\nword2 of it\\n\\n[page 3]\\nword3 of it" in said
    assert "word4" not in said
    replays(world)


def test_a_notebook_is_read_and_changed_by_its_cells(world: World, terminal: Start) -> None:
    path = world.workspace / "a.ipynb"
    path.write_text(as_jupyter(book(*CELLS)))
    change = {"notebook_path": "a.ipynb", "cell_id": "c1", "new_source": "print(2)\n"}
    world.serve(
        tool("Read", {"file_path": "a.ipynb"}),
        {**tool("ToolSearch", {"query": "select:NotebookEdit"}), "expect": ['cell id=\\"c1\\"', '"image/png"', PNG]},
        {**tool("NotebookEdit", change), "expect": ['"name":"NotebookEdit"']},
        {**text("Changed it."), "expect": ["Changed cell c1 of a.ipynb; its outputs are cleared"]},
    )
    opened = ready(terminal())
    opened.enter("Change it.")
    screen = asked(opened)
    for shown in ("NotebookEdit(a.ipynb cell c1)", "+ print(2)"):
        assert shown in screen, shown
    answer(opened, "Yes, this once")
    opened.wait("Changed it.")
    changed = {**CELLS[1], "source": ["print(2)\n"], "outputs": [], "execution_count": None}
    assert path.read_text() == as_jupyter(book(CELLS[0], changed, CELLS[2]))
    opened.enter("/quit")
    assert opened.exit_code() == 0
    replays(world)


def test_a_pdf_that_is_made_to_hurt_ends_in_words_and_the_session_goes_on(world: World) -> None:
    (world.workspace / "a.pdf").write_bytes(with_stream(BOMB, "[/FlateDecode /FlateDecode]"))
    (world.workspace / "b.ipynb").write_text("{" * 5_000)
    world.serve(
        tool("Read", {"file_path": "a.pdf"}),
        {**tool("Read", {"file_path": "b.ipynb"}), "expect": ["a.pdf"]},
        {**text("Went on."), "expect": ["is no notebook that can be shown by its cells: it is no valid JSON"]},
    )
    done = world.run("-p", "read them")
    assert (done.returncode, done.stdout) == (0, b"Went on.\n"), told(done)
    replays(world)


def test_a_hook_for_edits_guards_patches_as_well(world: World) -> None:
    prepared(world)
    guard = {"matcher": "Edit|Write", "hooks": [{"type": "command", "command": "cat >&2; exit 2"}]}
    (world.home / ".claude").mkdir()
    (world.home / ".claude/settings.json").write_text(json.dumps({"hooks": {"PreToolUse": [guard]}}))
    world.serve(
        tool("apply_patch", {"input": PATCH}),
        text("Kept."),
    )
    done = world.run("-p", "go", "--permission-mode", "bypassPermissions")
    assert (done.returncode, done.stdout) == (0, b"Kept.\n"), told(done)
    assert "lib/new.py" not in files(world)
    (asked_about,) = [event["data"]["input"] for event in world.events() if event["kind"] == "hook.requested"]
    assert (asked_about["tool_name"], asked_about["tool_input"]) == ("apply_patch", {"input": PATCH})
    replays(world)


def test_images_reach_models_that_see_on_every_wire_and_others_are_told(world: World) -> None:
    (world.workspace / "cat.png").write_bytes(png(40, 30))
    data = base64.b64encode(png(40, 30)).decode()
    for wire in ("anthropic", "openai", "openai-chat"):
        world.serve(tool("Read", {"file_path": "cat.png"}), {**text("A cat."), "expect": [data, "40 x 30 pixels"]})
        environ = {"CLAW_SCRIPTED_URL": world.environ["ANTHROPIC_BASE_URL"]}
        done = world.run("-p", "what is it?", "--model", f"scripted/{wire}", **environ)
        assert (done.returncode, done.stdout) == (0, b"A cat.\n"), told(done)
        replays(world)

    def answer_of(body: dict[str, Any]) -> Answered:
        if any(message["role"] == "tool" for message in body["messages"]):
            said = json.dumps(body["messages"][-1])
            assert data not in said
            assert "left out here: this model or its server takes no images" in said
            return Answered(sse({"choices": [{"delta": {"content": "Blind."}, "finish_reason": "stop"}]}, "[DONE]"))
        function = {"name": "Read", "arguments": json.dumps({"file_path": "cat.png"})}
        call = {"index": 0, "id": "c1", "type": "function", "function": function}
        return Answered(sse({"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}, "[DONE]"))

    with odd_server(answer_of) as server:
        environ = {"OPENAI_BASE_URL": f"{server.url}/v1", "CLAW_MAX_RETRIES": "0"}
        done = world.run("-p", "what is it?", "--model", "openai-chat/deepseek-chat", **environ)
        assert (done.returncode, done.stdout) == (0, b"Blind.\n"), told(done)
