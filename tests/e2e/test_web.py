"""What the web says reaches the model as text, from where a person allowed, and from nowhere else."""

from __future__ import annotations

import json
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claw import log
from claw.log import Home, SessionBlobs
from tests.cli.live.tmux import Terminal, answer, asked, ready
from tests.cli.live.world import CLAW, World, text, told, tool
from tests.providers.authority import Authority
from tests.providers.proxies import Proxy
from tests.toolbox.test_pdf import BOMB, with_stream
from tests.toolbox.web_server import endless, page, redirect, web

Start = Callable[..., Terminal]

LOCAL = ("--allowed-tools", "WebFetch(domain:localhost)")


def fetch(url: str) -> dict[str, Any]:
    return tool("WebFetch", {"url": url, "prompt": "What is it about?"})


def results(world: World) -> list[str]:
    found = [event for event in world.events() if event["kind"] == "tool.finished"]
    blobs = SessionBlobs(str(log.find(Home(world.claw_home), "@last")))

    def said(words: str | dict[str, Any]) -> str:
        return words if isinstance(words, str) else blobs.get(words["digest"]).decode()

    return ["\n".join(said(block["text"]) for block in event["data"]["content"]) for event in found]


def verdicts(world: World) -> list[str]:
    return [event["data"]["verdict"] for event in world.events() if event["kind"] == "permission.evaluated"]


def replays(world: World) -> None:
    assert world.run("replay", "@last").returncode == 0


def test_a_page_is_read_as_markdown_and_replays_without_the_server(world: World) -> None:
    body = "<html><head><title>Notes</title></head><h1>One</h1><p>A <a href='/x'>link</a>.</p></html>"
    with web({"/a": page(body), "/b": redirect("/a"), "/c": redirect("http://169.254.169.254/latest/")}) as served:
        world.serve(
            {"blocks": [fetch(f"{served.url}/{name}")["blocks"][0] for name in "ab"]},
            fetch(f"{served.url}/a"),
            fetch(f"{served.url}/c"),
            fetch("http://169.254.169.254/latest/"),
            text("Done."),
        )
        done = world.run("-p", "Go.", *LOCAL)
    assert done.returncode == 3, told(done)
    first, second, again, elsewhere = results(world)
    for result in (first, second):
        assert result == f"{served.url}/a\nTitle: Notes\n\n# One\n\nA [link]({served.url}/x)."
    assert again.startswith("(As it was read ")
    assert again.endswith(first)
    assert "http://169.254.169.254/latest/" in elsewhere
    assert "not followed" in elsewhere
    assert sorted(path for path, _ in served.asked) == ["/a", "/a", "/b", "/c"]
    assert verdicts(world) == ["allow"] * 4 + ["ask"]
    replays(world)


@pytest.mark.parametrize("mode", ["default", "plan", "acceptEdits", "dontAsk", "bypassPermissions"])
def test_nothing_leads_to_this_machine_that_no_rule_names(world: World, mode: str) -> None:
    with web({"/": page("secret of this machine")}) as served:
        addresses = ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0"]
        hosts = [*addresses, "localhost", "LOCALHOST.", "x.localhost"]
        world.serve(
            {"blocks": [fetch(f"http://{host}:{served.port}/")["blocks"][0] for host in hosts]},
            text("Done."),
        )
        done = world.run(
            "-p", "Go.", "--permission-mode", mode, "--allowed-tools", "WebFetch", "--allowed-tools", "Read"
        )
    assert served.asked == [], told(done)
    assert set(verdicts(world)) == {"deny" if mode in ("dontAsk", "bypassPermissions") else "ask"}
    assert len(verdicts(world)) == len(hosts)
    replays(world)


def test_pages_that_are_too_much_end_no_session(world: World) -> None:
    """100 MB as they are, more than is read compressed, also in a PDF, a picture, and a server that breaks off."""
    bomb = zlib.compress(bytes(50_000_000), 9, 31)
    pages = {
        "/long": endless(b"<p>word</p>" * 10_000),
        "/bomb": page(bomb, content_encoding="gzip"),
        "/pdf": page(
            b"%PDF-1.7\n1 0 obj <</Length 99999999999 /Filter /FlateDecode>> stream\n" + bomb, "application/pdf"
        ),
        "/longpdf": endless(b"%PDF-1.7\n" * 10_000, "application/pdf"),
        "/pdfbomb": page(with_stream(BOMB, "[/FlateDecode /FlateDecode]"), "application/pdf"),
        "/picture": page(b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png"),
        "/half": page("<p>half", content_length="100"),
    }
    with web(pages) as served:
        calls = [fetch(f"{served.url}{path}")["blocks"][0] for path in pages]
        world.serve({"blocks": calls}, text("All of it was read."))
        done = world.run("-p", "Go.", *LOCAL)
    assert (done.returncode, done.stdout.decode().strip()) == (0, "All of it was read."), told(done)
    by_page = {result.split()[0].rpartition("/")[2]: result for result in results(world)}
    assert "longer than 10 MB" in by_page["long"]
    assert "is no text" in by_page["bomb"]
    assert "is a PDF document (" in by_page["pdf"]
    assert "is a PDF document of more than 10 MB" in by_page["longpdf"]
    assert "damaged" not in by_page["pdfbomb"], "its words are left out, and who takes PDFs bounds it for itself"
    assert "is no text (image/png, 108 bytes)" in by_page["picture"]
    assert "broke off" in by_page["half"]
    assert max(map(len, by_page.values())) < 101_000
    assert world.run("verify", "@last").returncode == 0
    replays(world)


def test_a_person_is_asked_about_a_new_place_by_name(world: World, terminal: Start) -> None:
    with web({"/": page("<p>the page</p>")}) as served:
        world.serve(fetch(f"{served.url}/"), fetch(f"{served.url}/?again"), text("I have read it."))
        opened = ready(terminal())
        opened.enter("Go.")
        shown = asked(opened)
        assert "localhost" in shown
        assert "private network" in shown
        assert served.asked == []
        answer(opened, "Yes, and")
        opened.wait("● I have read it.")
    assert len(served.asked) == 2, "the rest of the session is allowed"
    assert verdicts(world) == ["ask", "allow"]
    replays(world)


# --- names that lead to this machine ----------------------------------------------------------------------------------

IN_NAMESPACE = ("unshare", "--mount", "--map-root-user", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"')
"""Run a program with another /etc/hosts: the file and the program follow."""


@pytest.fixture
def hosts(world: World) -> Path:
    file = world.root / "hosts"
    file.write_text("127.0.0.1 wiki.example\n")
    looked = subprocess.run(
        [*IN_NAMESPACE, str(file), "getent", "hosts", "wiki.example"], capture_output=True, check=False
    )
    if b"127.0.0.1" not in looked.stdout:
        pytest.skip("nothing gives names an address of their own here")
    return file


@pytest.mark.parametrize("rules", [["WebFetch"], ["WebFetch(domain:wiki.example)", "WebFetch(domain:127.0.0.1)"]])
def test_a_name_that_leads_to_this_machine_is_another_question(world: World, hosts: Path, rules: list[str]) -> None:
    with web({"/": page("<p>inside")}) as served:
        world.serve(fetch(f"http://wiki.example:{served.port}/"), text("Done."))
        allowed = [word for rule in rules for word in ("--allowed-tools", rule)]
        command = [*IN_NAMESPACE, str(hosts), CLAW, "-p", "Go.", *allowed]
        done = subprocess.run(command, capture_output=True, cwd=world.workspace, env=world.environ, check=False)
    addresses = [event["data"].get("paths", []) for event in world.events() if event["kind"] == "tool.resolved"]
    assert [fact["canonical"] for fact in addresses[1]] == ["127.0.0.1"]
    if len(rules) == 1:
        assert (done.returncode, served.asked) == (3, []), told(done)
        assert verdicts(world) == ["allow", "ask"]
    else:
        assert (done.returncode, served.asked) == (0, [("/", f"wiki.example:{served.port}")]), told(done)
        assert verdicts(world) == ["allow", "allow"]
        assert results(world) == [f"http://wiki.example:{served.port}/\n\ninside"]
    replays(world)


def test_the_address_that_was_asked_about_is_the_one_that_is_reached(
    world: World, hosts: Path, terminal: Start
) -> None:
    with web({"/": page("<p>asked about")}) as served:
        world.serve(fetch(f"http://wiki.example:{served.port}/"), text("I have read it."))
        program = (*IN_NAMESPACE, str(hosts), CLAW)
        opened = ready(terminal("--allowed-tools", "WebFetch(domain:wiki.example)", program=program))
        opened.enter("Go.")
        assert "127.0.0.1" in asked(opened)
        # The name leads elsewhere by the time that the person has read the question.
        hosts.write_text("127.0.0.2 wiki.example\n")
        answer(opened, "Yes, this once")
        opened.wait("● I have read it.")
    assert len(served.asked) == 1
    assert "asked about" in results(world)[0]
    replays(world)


# --- searches ---------------------------------------------------------------------------------------------------------


def search(query: str) -> dict[str, Any]:
    return tool("WebSearch", {"query": query})


def test_a_search_is_offered_where_there_is_something_to_search_with_and_asked_about(world: World) -> None:
    found = {"results": [{"title": "A page", "url": "https://docs.example/a", "content": "Some words"}]}
    with web({"/search": page(json.dumps(found), "application/json")}) as served:
        for environ, rules, outcome, verdict in [
            ({}, [], 0, []),
            ({"SEARXNG_URL": f"http://127.0.0.1:{served.port}"}, [], 3, ["ask"]),
            ({"SEARXNG_URL": f"http://127.0.0.1:{served.port}"}, ["--allowed-tools", "WebSearch"], 0, ["allow"]),
            ({"SEARXNG_URL": f"http://127.0.0.1:{served.port}"}, ["--disallowed-tools", "WebSearch"], 0, ["deny"]),
        ]:
            world.serve(search("a question"), text("Done."))
            done = world.run("-p", "Go.", *rules, **environ)
            assert (done.returncode, verdicts(world)) == (outcome, verdict), told(done)
            offered = [one["name"] for event in world.events() for one in event["data"].get("tools", ())]
            assert ("WebSearch" in offered) == bool(environ)
            replays(world)
            if verdict == ["allow"]:
                assert results(world) == ["Found for 'a question':\n1. [A page](https://docs.example/a)\n   Some words"]
    assert [path.partition("&")[0] for path, _ in served.asked] == ["/search?q=a+question"]


def test_the_search_of_a_models_own_service_is_offered_with_that_service_alone(world: World) -> None:
    authority = Authority(world.root)
    refused = page('{"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}', status=400)
    context = authority.context("service", subject="DNS:api.anthropic.com")
    with web({"/v1/messages": refused}, context) as served, Proxy(served.port) as proxy:
        way = {"HTTPS_PROXY": f"http://{proxy.address}", "SSL_CERT_FILE": str(authority.certificate)}
        assert world.run("-p", "Go.", **way).returncode != 0
        assert served.asked[0] == ("/v1/messages", "api.anthropic.com")
    offered = [one["name"] for event in world.events() for one in event["data"].get("tools", ())]
    assert "WebSearch" in offered
    replays(world)
