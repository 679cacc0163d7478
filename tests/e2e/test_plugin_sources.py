"""Where plugins come from: git repositories, of which nothing runs, and marketplaces, which install nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live.world import World, text, told
from tests.e2e.plugins import listed, made, stored
from tests.e2e.test_own_commands import of, write

IDENTITY = {
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "A"), ("EMAIL", "a@b"))
    },
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    """What git says there."""
    done = subprocess.run(
        ["git", "-C", folder, *words], input=given, capture_output=True, env={**os.environ, **IDENTITY}, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def committed(folder: Path) -> Path:
    """The folder as a repository with one commit."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "One")
    return folder


def tree(folder: Path, *rows: bytes) -> None:
    """Make a commit of these rows, as `git mktree` takes them, what main is."""
    top = git(folder, "mktree", "-z", "--missing", given=b"\0".join((*rows, b""))).decode().strip()
    commit = git(folder, "commit-tree", "-m", "Odd", top).decode().strip()
    git(folder, "update-ref", "refs/heads/main", commit)


def test_a_repository_is_taken_by_its_commit_and_again_by_its_branch(world: World) -> None:
    repository = committed(made(world.root / "fmt"))
    first = git(repository, "rev-parse", "HEAD").decode().strip()
    git(repository, "tag", "v1")
    url = f"file://{repository}"
    done = world.run("plugin", "install", "--yes", url)
    assert done.returncode == 0, told(done)
    assert listed(world)["fmt"]["source"] == {"place": url, "git": True, "commit": first}
    assert not list(stored(world)[0].glob("**/.git"))
    assert os.access(stored(world)[0] / "scripts/run.sh", os.X_OK)
    write(repository / "commands/go.md", "Of main.\n")
    committed(repository)
    done = world.run("plugin", "update", "--yes")
    assert "commands/go.md has changed" in told(done)
    world.serve({**text("Main."), "expect": ["Of main."]})
    assert world.run("-p", "/fmt:go").stdout == b"Main.\n"
    # A tag and a commit stay what they are.
    for ref in ("v1", first):
        assert world.run("plugin", "install", "--yes", f"{url}@{ref}").returncode == 0
        assert listed(world)["fmt"]["source"] == {"place": url, "git": True, "ref": ref, "commit": first}
    assert world.run("plugin", "update", "--yes").stdout == b"fmt is as it was\n"
    for ref in ("gone", "--upload-pack=x", "a..b"):
        done = world.run("plugin", "install", "--yes", f"{url}@{ref}")
        assert (done.returncode, listed(world)["fmt"]["source"]["commit"]) == (2, first), told(done)


def test_nothing_of_a_repository_runs_while_it_is_fetched(world: World) -> None:
    repository = made(world.root / "fmt")
    touch = f"touch {world.root}/ran"
    write(repository / ".gitattributes", "* filter=evil\n*.md export-subst\n")
    write(repository / ".gitmodules", "[submodule]\n")
    committed(repository)
    write(repository / ".git/hooks/post-checkout", f"#!/bin/sh\n{touch}\n")
    (repository / ".git/hooks/post-checkout").chmod(0o755)
    # Settings of the user's own name programs, too: none of them is asked.
    settings = f'[filter "evil"]\n\tsmudge = {touch}; cat\n\trequired\n[core]\n\thooksPath = {repository}/.git/hooks\n'
    write(world.home / ".gitconfig", f"{settings}[credential]\n\thelper = !{touch}\n\tfsmonitor = {touch}\n")
    done = world.run("plugin", "install", "--yes", f"file://{repository}")
    assert done.returncode == 0, told(done)
    assert not (world.root / "ran").exists()
    world.serve(text("Hello."))
    assert world.run("-p", "Hello").returncode == 0
    assert not (world.root / "ran").exists()


HOSTILE = {
    "a submodule": (b"160000 commit %(commit)s\tvendored", "has a submodule, which claw does not fetch: vendored"),
    "a folder of git's": (b"100644 blob %(blob)s\t.GIT", "a file whose name nobody should have"),
    "escapes": (b"100644 blob %(blob)s\ta\x1b[2Jb", "a file whose name nobody should have"),
    "no text": (b"100644 blob %(blob)s\t\xff\xfe", "a file whose name is no text"),
    "a link that leads out": (b"120000 blob %(link)s\tlink", "a link that leads out of it, or nowhere: link"),
    "a link to a folder outside": (b"120000 blob %(up)s\tlink", "a link that leads out of it, or nowhere: link"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_tree_is_refused(world: World, kind: str) -> None:
    row, wanted = HOSTILE[kind]
    repository = committed(made(world.root / "fmt"))
    objects = {
        name.encode(): git(repository, "hash-object", "-w", "--stdin", given=content).strip()
        for name, content in (("blob", b"x\n"), ("link", b"/etc/passwd"), ("up", b"../.."))
    }
    objects[b"commit"] = git(repository, "rev-parse", "HEAD").strip()
    rows = [line for line in git(repository, "ls-tree", "-z", "HEAD").split(b"\0") if line]
    tree(repository, *rows, row % objects)
    done = world.run("plugin", "install", "--yes", f"file://{repository}")
    assert (done.returncode, stored(world)) == (2, []), told(done)
    assert wanted in told(done)
    assert b"\x1b" not in done.stderr
    assert not list((world.claw_home / "plugins").glob("new-*"))


def test_two_entries_of_one_name_write_through_no_link(world: World) -> None:
    repository = committed(made(world.root / "fmt"))
    outside = world.root / "outside"
    outside.mkdir()
    link = git(repository, "hash-object", "-w", "--stdin", given=str(outside).encode()).decode().strip()
    blob = git(repository, "hash-object", "-w", "--stdin", given=b"evil\n").decode().strip()
    inner = git(repository, "mktree", given=f"100644 blob {blob}\tevil\n".encode()).decode().strip()
    # git itself makes no such tree: its bytes are written as they are.
    entries = b"".join(
        mode + b" a\0" + bytes.fromhex(object) for mode, object in ((b"120000", link), (b"40000", inner))
    )
    top = git(repository, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=entries).decode().strip()
    commit = git(repository, "commit-tree", "-m", "Odd", top).decode().strip()
    git(repository, "update-ref", "refs/heads/main", commit)
    done = world.run("plugin", "install", "--yes", f"file://{repository}")
    assert (done.returncode, stored(world)) == (2, [])
    assert not list(outside.iterdir())


REFUSED = {
    "http://example.org/x.git": "claw fetches no plugin from 'http://example.org/x.git'",
    "git://example.org/x.git": "claw fetches no plugin from",
    "ext::sh -c touch% /tmp/x": "it names no repository",
    "ext::sh": "it names no repository",
    "https://user:hush@example.org/x.git": "the address holds a name or a secret",
    "ssh://-oProxyCommand=x/y": "claw fetches no plugin from",
    "nowhere": "there is no folder 'nowhere'",
    "fmt@nowhere": "there is no marketplace 'nowhere' here",
}


@pytest.mark.parametrize("source", REFUSED)
def test_an_address_that_claw_does_not_use(world: World, source: str) -> None:
    done = world.run("plugin", "install", "--yes", source)
    assert done.returncode == 2, told(done)
    assert REFUSED[source] in told(done)
    assert "hush" not in told(done)


class _Backend(BaseHTTPRequestHandler):
    """git's own server, over HTTP."""

    root = ""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environ = {
            **{"GIT_PROJECT_ROOT": self.root, "GIT_HTTP_EXPORT_ALL": "1", "PATH": os.environ["PATH"]},
            **{"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command},
            **{"CONTENT_TYPE": self.headers.get("Content-Type") or "", "CONTENT_LENGTH": str(len(given))},
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
        }
        done = subprocess.run(["git", "http-backend"], input=given, capture_output=True, env=environ, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        self.send_response(200)
        for line in head.decode().splitlines():
            self.send_header(*line.split(": ", 1))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def served(world: World) -> Iterator[str]:
    """The address of a web server for the repositories in the world's folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Backend", (_Backend,), {"root": str(world.root)}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def market(folder: Path, *plugins: dict[str, Any], **more: Any) -> Path:
    content = {"name": "here", "owner": {"name": "Ada"}, "plugins": plugins, **more}
    write(folder / ".claude-plugin/marketplace.json", json.dumps(content))
    return folder


def test_a_marketplace_lists_plugins_and_installs_none(world: World) -> None:
    folder = market(
        world.root / "market",
        {"name": "fmt", "source": "./plugins/fmt", "description": "Formats"},
        {"name": "bare", "source": "./bare", "description": "Without a manifest", "version": "3", "strict": False},
        {"name": "far", "source": {"source": "git-subdir", "url": "URL", "path": "sub/fmt"}},
    )
    made(folder / "plugins/fmt")
    write(folder / "bare/commands/hi.md", "Say hi.\n")
    repository = world.root / "far"
    made(repository / "sub/fmt", "far")
    committed(repository)
    content = folder / ".claude-plugin/marketplace.json"
    content.write_text(content.read_text().replace("URL", f"file://{repository}"))
    done = world.run("plugin", "install", str(folder), "--yes")
    assert "is a marketplace, and no plugin" in told(done)
    assert "claw plugin marketplace add" in told(done)
    assert world.run("plugin", "marketplace", "add", str(folder)).returncode == 0
    assert not stored(world)
    assert b"fmt@here   " in world.run("plugin", "marketplace", "here").stdout
    for name in ("fmt", "bare", "far"):
        done = world.run("plugin", "install", "--yes", f"{name}@here")
        assert done.returncode == 0, told(done)
    found = listed(world)
    assert {name: one["state"] for name, one in found.items()} == dict.fromkeys(("fmt", "bare", "far"), "enabled")
    assert found["fmt"]["source"] == {"place": str(folder), "below": "plugins/fmt", "marketplace": "here"}
    assert found["far"]["source"]["below"] == "sub/fmt"
    assert found["bare"]["version"] == "3"
    world.serve({**text("Hi."), "expect": ["Say hi."]})
    assert world.run("-p", "/bare:hi").stdout == b"Hi.\n"
    assert [one["name"] for one in of(world, "session.started")[0]["config"]["plugins"]] == ["bare", "far", "fmt"]
    # What the marketplace has by now is what an update takes.
    write(folder / "bare/commands/hi.md", "Say hello.\n")
    done = world.run("plugin", "update", "--yes")
    assert b"updated: bare" in done.stdout
    assert b"fmt is as it was" in done.stdout
    assert world.run("plugin", "marketplace", "remove", "here").returncode == 0
    assert world.run("plugin", "marketplace").stdout == b""
    assert set(listed(world)) == {"fmt", "bare", "far"}


def test_a_marketplace_in_a_repository_over_http(world: World, served: str) -> None:
    folder = market(world.root / "market", {"name": "fmt", "source": "./fmt"}, metadata={"pluginRoot": "./all"})
    made(folder / "all/fmt")
    committed(folder)
    done = world.run("plugin", "marketplace", "add", f"{served}/market/.git@main")
    assert done.returncode == 0, told(done)
    done = world.run("plugin", "install", "--yes", "fmt@here")
    assert done.returncode == 0, told(done)
    source = listed(world)["fmt"]["source"]
    assert (source["below"], source["ref"]) == ("all/fmt", "main")
    assert source["commit"] == git(folder, "rev-parse", "HEAD").decode().strip()


def test_what_a_marketplace_names_outside_of_it_is_refused(world: World) -> None:
    made(world.root / "secret")
    outside = ("../secret", "/etc", "~/x", "./a/../../secret", "./link")
    folder = market(
        world.root / "market",
        *({"name": f"p{number}", "source": source} for number, source in enumerate(outside)),
        {"name": "npm", "source": {"source": "npm", "package": "x"}},
        {"name": "sub", "source": {"source": "git-subdir", "url": f"file://{world.root}/secret", "path": "../x"}},
        {"name": "none"},
        {"name": "../../x", "source": "./fmt"},
        {"name": "p0", "source": "./fmt"},
    )
    (folder / "link").symlink_to(world.root / "secret")
    assert world.run("plugin", "marketplace", "add", str(folder)).returncode == 0
    for number in range(len(outside)):
        done = world.run("plugin", "install", "--yes", f"p{number}@here")
        assert (done.returncode, stored(world)) == (2, []), told(done)
        assert "out of" in told(done)
    for name, wanted in (
        ("npm", "a source of the kind 'npm'"),
        ("sub", "leads out of the repository"),
        ("none", "no source that can be read"),
        ("gone", "the marketplace here has no plugin 'gone'"),
    ):
        done = world.run("plugin", "install", "--yes", f"{name}@here")
        assert (done.returncode, stored(world)) == (2, []), told(done)
        assert wanted in told(done)
    said = world.run("plugin", "marketplace", "here").stdout
    assert b"the plugin has no name that can be one" in said
    assert b"p0 is there twice" in said
    # Another place does not take the name of one that is known.
    other = market(world.root / "other")
    assert "there is a marketplace here already" in told(world.run("plugin", "marketplace", "add", str(other)))
    shutil.rmtree(folder)
    assert "there is no folder" in told(world.run("plugin", "install", "--yes", "p0@here"))
