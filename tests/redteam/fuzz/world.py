"""A small world to run commands in, and a digest of it."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

GIT = [
    "git", "-c", "user.name=A", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", "-c", "commit.gpgSign=false",
]  # fmt: skip


def build(root: Path) -> None:
    """`work`, a repository with files of many kinds; `home`; and `outside`, which nobody may touch."""
    work, home, outside = root / "work", root / "home", root / "outside"
    for folder in (work / "sub", work / "src", home, outside, root / "tmp"):
        folder.mkdir(parents=True)
    (outside / "secret").write_text("secret\n")
    (home / ".profile").write_text("export A=1\n")
    (home / ".gitconfig").write_text("[user]\n\tname = A\n\temail = a@b\n")
    (work / "a").write_text("b c 3\na b 1\na b 1\n/x/y 7\n")
    (work / "b.txt").write_text("foo,1\nbar,2\n")
    (work / "sub/c.py").write_text("import os\n\n\ndef f():\n    return 'x'\n")
    (work / "sp ace").write_text("x\n")
    (work / "-o").write_text("leak\n")
    (work / "list").write_bytes(b"a\0b.txt\0")
    (work / "script.sed").write_text("w leak\n")
    (work / "data.json").write_text(json.dumps({"a": [1, 2, {"b": "x"}]}))
    (work / "data.yml").write_text("a:\n  - 1\n  - b: x\n")
    (work / "package.json").write_text('{"name":"x","version":"1.0.0"}')
    (work / "go.mod").write_text("module example.com/x\n\ngo 1.20\n")
    (work / "src/x.go").write_text("package x\n")
    (work / "src/lib.rs").write_text("pub fn x() {}\n")
    (work / "Cargo.toml").write_text('[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n')
    (work / "Cargo.lock").write_text('version = 3\n\n[[package]]\nname = "x"\nversion = "0.1.0"\n')
    (work / "Makefile").write_text("all:\n\ttouch leak\n")
    (work / "link").symlink_to("a")
    (work / "out").symlink_to("../outside")
    os.link(work / "b.txt", work / "hard")
    (work / "a.gz").write_bytes(gzip.compress(b"text\n"))
    (work / "a.xz").write_bytes(lzma.compress(b"text\n"))
    (work / "a.bz2").write_bytes(bz2.compress(b"text\n"))
    for name, mode in (("a.tar", "w"), ("a.tgz", "w:gz")):
        with tarfile.open(work / name, mode) as archive:  # type: ignore[call-overload]
            archive.add(work / "b.txt", "leak")
            archive.add(work / "sub", "sub")
    with zipfile.ZipFile(work / "a.zip", "w") as archive:
        archive.write(work / "b.txt", "leak")
    _repository(work, home)


def _repository(work: Path, home: Path) -> None:
    def git(*arguments: str) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
        subprocess.run([*GIT, *arguments], cwd=work, env=environment, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    git("tag", "tag1")
    git("branch", "dev")
    (work / "b.txt").write_text("foo,1\nbar,2\nbaz,3\n")
    git("commit", "-qam", "second")
    (work / "a").write_text("b c 3\na b 1\na b 1\n/x/y 8\n")
    git("stash")
    git("stash", "apply")
    git("remote", "add", "origin", "../outside/none.git")
    # The index does not know this time, so a refresh would be a change.
    os.utime(work / "sub/c.py", (1_600_000_000, 1_600_000_000))


def digest(root: Path) -> dict[str, str]:
    """Every name below `root` but `tmp` and the caches of tools: kind, mode, links, size, times of change, content."""
    found: dict[str, str] = {}
    waiting = [root / "work", root / "outside", root / "home"]
    while waiting:
        path = waiting.pop()
        facts = path.lstat()
        name = str(path.relative_to(root))
        text = (
            f"{facts.st_ino} {facts.st_mode:o} {facts.st_nlink} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns}"
        )
        if name == "work/.git/index":
            # When it last looked at a file git may note there; what it says of the file may not change.
            listing = [*GIT, "ls-files", "--stage", "-v"]
            found[name] = subprocess.run(listing, cwd=root / "work", check=True, capture_output=True, text=True).stdout
        elif path.is_symlink():
            found[name] = f"{text} -> {path.readlink()}"
        elif path.is_dir():
            # The times of these change with a tool's cache, and with a new index in place of the old.
            found[name] = f"{facts.st_mode:o}" if name in {"home", "work/.git"} else text
            waiting += [child for child in path.iterdir() if not _is_cache(child.relative_to(root))]
        elif path.is_file():
            found[name] = f"{text} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        else:
            found[name] = text
    return found


def _is_cache(path: Path) -> bool:
    return str(path) in {
        "home/.npm",
        "home/.cache",
        "home/.config",
        "home/.local",
        "home/.cargo",
        "home/.rustup",
        "home/go",
    }


def difference(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The names that are not as they were."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
