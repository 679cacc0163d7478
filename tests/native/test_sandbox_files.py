"""What a confined command can and cannot do to files: each claim is really tried, by root and by an ordinary user."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.native.confined import Box

PROTECTED = [".git/hooks", ".git/config", ".mcp.json", "deep/er/settings.json"]
DEVICES = {"fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "urandom", "zero"}
SWAPS = {
    "in place": "echo evil > .git/config",
    "append": "echo evil >> .mcp.json",
    "a new hook": "echo evil > .git/hooks/pre-commit",
    "by a link": "ln -s .git/config l; echo evil > l",
    "by a link to a folder": "ln -s .git d; echo evil > d/config; echo evil > d/hooks/x",
    "dots": "echo evil > deep/../.git/../.git/./config",
    "through proc": "echo evil > /proc/self/root$PWD/.git/config; echo evil > /proc/self/cwd/.mcp.json",
    "through a descriptor": "exec 9< .mcp.json; echo evil > /proc/self/fd/9; echo evil > /dev/fd/9",
    "a hard link": "ln .git/config h && echo evil > h",
    "rename over": "echo evil > x; mv -f x .git/config; mv -fT x .mcp.json",
    "rename away": "mv .mcp.json old; echo evil > .mcp.json",
    "the folder moved away": "mv .git old; mkdir -p .git/hooks; echo evil > .git/config; echo evil > .git/hooks/x",
    "its folder moved away": "mv deep/er old; mkdir -p deep/er; echo evil > deep/er/settings.json",
    "two up moved away": "mv deep old; mkdir -p deep/er; echo evil > deep/er/settings.json",
    "exchanged": "mkdir other; mv --exchange other .git",
    "removed": "rm -rf .git deep .mcp.json",
    "by mode": "chmod 777 .git/config; chmod -R 777 .git/hooks; echo evil > .git/config",
    "bind": "unshare -m mount --bind /etc/hostname .git/config; unshare -Urm mount -o remount,rw,bind .git/config",
    "unmounted": "umount -l .git/config; umount -l .git; echo evil > .git/config",
    "truncated": "truncate -s 0 .git/config",
    "from the folder": "cd .git && echo evil > config; cd hooks && echo evil > post-checkout",
}


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


@pytest.mark.parametrize("attempt", SWAPS.values(), ids=SWAPS)
def test_protected_paths_stay_as_they_are(box: Box, attempt: str) -> None:
    for path in (".git/hooks/sample", ".git/config", ".mcp.json", "deep/er/settings.json"):
        box.put(f"workspace/{path}")
    before = contents(box.workspace)
    _, output = box.run(attempt, protected=PROTECTED)
    after = contents(box.workspace)
    assert {path: after.get(path) for path in before} == before, output
    assert sorted(path for path in after if path.startswith(".git/hooks")) == [".git/hooks/sample"]


def test_the_same_attempts_work_on_what_is_not_protected(box: Box) -> None:
    box.put("workspace/.git/config")
    box.run("echo changed > .git/config; mkdir new; echo made > new/file; mv new renamed; ln renamed/file hard")
    assert (box.workspace / ".git/config").read_text() == "changed\n"
    assert (box.workspace / "hard").read_text() == "made\n"


def test_around_protected_paths_all_can_be_changed(box: Box) -> None:
    box.put("workspace/.git/config")
    status, output = box.run("echo new > .git/index && mkdir .git/objects && rm .git/index", protected=PROTECTED)
    assert (status, output) == (0, "")
    assert (box.workspace / ".git/objects").is_dir()


@pytest.mark.parametrize("where", ["/etc", "/usr/bin", "/var/lib", "/", "/proc/sys/kernel", "/sys", "/dev", "/opt"])
def test_nothing_is_written_outside(box: Box, where: str) -> None:
    status, output = box.run(f"echo x > {where}/claw-was-here")
    assert status == 1
    assert "Read-only file system" in output or "Permission denied" in output or "No such file" in output
    assert not Path(where, "claw-was-here").exists()


def test_files_beside_the_workspace_are_not_even_seen(box: Box) -> None:
    box.put("beside/secret")
    box.put("home/.ssh/id_ed25519")
    box.put("home/notes")
    box.put("claw/sessions/key")
    script = "ls -A ../beside ../claw ~ 2>&1; cat ~/.ssh/id_ed25519 ../claw/sessions/key /proc/self/root$HOME/notes"
    _, output = box.run(script)
    assert "original" not in output
    assert "secret" not in output.replace("/secret", "")


def test_shared_folders_are_private_and_gone_afterwards(box: Box) -> None:
    mark = box.folder.name
    places = ["/tmp", "/var/tmp", "/dev/shm", "/run", "~"]
    for place in places:
        assert box.run(f"echo x > {place}/{mark}.file && cat {place}/{mark}.file") == (0, "x\n"), place
    assert box.run("; ".join(f"ls {place}/{mark}.file" for place in places))[0] == 2
    assert not list(Path("/tmp").glob(f"{mark}.file"))
    assert not list(box.home.iterdir())


def test_a_workspace_that_may_only_be_read(box: Box) -> None:
    box.put("workspace/file")
    status, output = box.run("cat file; echo x > file; echo x > new; rm file", writable=False)
    assert output.startswith("original")
    assert status == 1
    assert contents(box.workspace) == {"file": "original"}


def test_what_is_named_of_home_is_read_only(box: Box) -> None:
    box.put("home/.cargo/config.toml")
    box.put("home/.cargo/credentials.toml", "token")
    box.put("home/.gitconfig")
    readable = ["../home/.cargo", "../home/.gitconfig", "../home/.nothing"]
    _, output = box.run("cat ~/.cargo/config.toml ~/.gitconfig; echo; echo x > ~/.gitconfig", readable=readable)
    assert output.startswith("originaloriginal\n")
    assert (box.home / ".gitconfig").read_text() == "original"
    assert "token" not in box.run("cat ~/.cargo/credentials.toml", readable=readable)[1]


def test_what_is_writable_besides(box: Box) -> None:
    assert box.run("echo x > ../extra/file", writable_extra=["../extra"]) == (0, "")
    assert (box.folder / "extra/file").read_text() == "x\n"


def test_a_workspace_in_home_and_claws_folder_in_the_workspace(box: Box) -> None:
    box.put("home/project/file")
    box.put("home/project/.claw/log")
    box.put("home/other")
    project, claw = box.home / "project", box.home / "project/.claw"
    _, output = box.run(
        f"ls -A ~; ls -A {project}; ls -A {claw}; cat {claw}/log; echo x > {claw}/y; echo x > {project}/made",
        workspace=str(project),
        claw_home=str(claw),
    )
    assert output.split("\n")[:3] == ["project", ".claw", "file"]
    assert "original" not in output
    assert (project / "made").exists()
    assert [path.name for path in claw.iterdir()] == ["log"]


def test_credentials_are_hidden_even_when_home_is_the_workspace(box: Box) -> None:
    box.put("home/.ssh/id_ed25519")
    box.put("home/.netrc")
    box.put("home/notes")
    assert box.run("cat ~/notes", workspace=str(box.home))[1] == "original"
    assert "original" not in box.run("cat ~/.ssh/id_ed25519 ~/.netrc", workspace=str(box.home))[1]


def test_links_out_of_the_workspace_lead_nowhere(box: Box) -> None:
    box.put("beside/secret")
    (box.workspace / "link").symlink_to(box.folder / "beside/secret")
    (box.workspace / "etc").symlink_to("/etc")
    _, output = box.run("cat link; echo evil > link; echo evil > etc/claw-was-here")
    assert "original" not in output
    assert contents(box.folder / "beside") == {"secret": "original"}
    assert not Path("/etc/claw-was-here").exists()


def test_devices(box: Box) -> None:
    assert box.run("head -c 4 /dev/urandom | wc -c; echo x > /dev/null; cat /dev/null")[1] == "4\n"
    names = box.run("ls /dev")[1].split()
    assert set(names) <= DEVICES
    status, _ = box.run("mknod disk b 8 0 || mknod /tmp/disk b 8 0 || mknod mem c 1 1")
    assert status == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read it at all")
def test_root_reads_no_passwords(box: Box) -> None:
    assert "root:" not in box.run("cat /etc/shadow")[1]


def test_sockets_of_other_processes_cannot_be_connected_to(box: Box) -> None:
    connect = (
        "import socket, sys\ntry:\n    socket.socket(socket.AF_UNIX).connect({!r})\nexcept OSError as e:\n    print(e)"
    )
    for folder in ("/tmp", "/run", "/var/lib", str(box.home)):
        path = Path(folder, f"{box.folder.name}.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            path.chmod(0o777)
            listener.listen()
            try:
                output = box.python(connect.format(str(path)))[1]
                assert "No such file" in output or "refused" in output, (folder, output)
            finally:
                path.unlink()


def test_no_program_that_runs_as_its_owner_is_left_behind(box: Box) -> None:
    program = "import os\nfor how in (lambda: os.chmod('p', 0o4755), lambda: os.open('q', os.O_CREAT, 0o4755)):\n"
    program += "    try:\n        how()\n    except PermissionError:\n        print('refused')\n"
    box.put("workspace/p")
    assert box.python(program)[1] == "refused\nrefused\n"
    assert not any(path.stat().st_mode & 0o4000 for path in box.workspace.iterdir())


def test_programs_that_run_as_their_owner_do_not(box: Box) -> None:
    assert "NoNewPrivs:\t1" in box.run("cat /proc/self/status")[1]
    assert box.run("grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | grep -v 0000000000000000")[1] == ""


@pytest.mark.parametrize(
    "attempt",
    [
        "cat secrets/key secrets/deep/key .env",
        "cat $(ls -d s*)/key; cat .e*",
        "ln secrets/key k && cat k; ln -s secrets/key l; cat l",
        "mv secrets s; cat s/key; mv .env e; cat e",
        "umount -l secrets; umount -l .env; cat secrets/key .env",
        "cat /proc/self/root$PWD/secrets/key; grep -r content .",
        "tar cf - . | tr -d '\\0'",
        "find . -type f -exec cat {} +; find . -name key | xargs cat; cp -r . /tmp/c; grep -rh content /tmp/c",
    ],
)
def test_what_rules_hide_is_not_seen(box: Box, attempt: str) -> None:
    for path in ("secrets/key", "secrets/deep/key", ".env"):
        box.put(f"workspace/{path}", "the content")
    hidden = [str(box.workspace / path) for path in ("secrets", ".env")]
    _, output = box.run(attempt, hidden=hidden)
    assert "the content" not in output
    assert "the content" in box.run(attempt)[1], "the attempt works on what is not hidden"
