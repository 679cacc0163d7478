"""What a tool's process gets, and which values are masked."""

from __future__ import annotations

from pathlib import Path

import pytest

from claw.execution.credentials import known_secrets
from claw.execution.environment import for_tools

SECRETS = [
    "ANTHROPIC_API_KEY",
    "OPENAI_KEY",
    "OPENAIKEY",
    "GITHUB_TOKEN",
    "GITHUBTOKEN",
    "GH_PAT",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "DB_PASSWORD",
    "MYSQL_PWD",
    "PGPASSWORD",
    "SMTP_PASS",
    "HTPASSWD",
    "TLS_PASSPHRASE",
    "SERVICE_CREDENTIALS",
    "REGISTRY_AUTH",
    "DOCKER_AUTH_CONFIG",
    "SESSION_COOKIE",
    "DEPLOY_PRIVATE",
    "SENTRY_DSN",
    "npm_config__authToken",
    "clientSecret",
    "api-key",
    "MY_TOKEN_2",
]
DOORS = [
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GPG_AGENT_INFO",
    "XAUTHORITY",
    "KUBECONFIG",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "DBUS_SESSION_BUS_ADDRESS",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "IDENTITY_HEADER",
]
BENIGN = [
    "TOKENIZERS_PARALLELISM",
    "SSH_KEYGEN",
    "PYTHON_KEYRING_BACKEND",
    "GIT_AUTHOR_NAME",
    "AUTHOR",
    "MONKEY",
    "LESSKEY",
    "GOPRIVATE",
    "BYPASS",
    "PASSENGER_ROOT",
    "SECRETARY",
    "DESKTOP_SESSION",
    "AWS_REGION",
    "COMPASS_HOME",
    "PATTERN",
    "GPG_KEY",
]
LISTED = """
    PATH HOME USER LOGNAME SHELL TZ TMPDIR PWD XDG_CACHE_HOME XDG_DATA_DIRS CARGO_HOME RUSTUP_HOME
    RUSTFLAGS CARGO_TARGET_DIR GOPATH GOROOT GOFLAGS GOPRIVATE CGO_ENABLED JAVA_HOME JAVA_HOME_17_X64 MAVEN_OPTS
    GRADLE_USER_HOME NVM_DIR NODE_PATH NODE_ENV npm_config_cache PYENV_ROOT PYTHONPATH VIRTUAL_ENV CONDA_PREFIX
    PIP_INDEX_URL UV_CACHE_DIR CC CXX CFLAGS LDFLAGS PKG_CONFIG_PATH MAKEFLAGS LD_LIBRARY_PATH CMAKE_PREFIX_PATH
    CUDA_VISIBLE_DEVICES DOTNET_ROOT GEM_HOME BUNDLE_PATH PERL5LIB STACK_ROOT ANDROID_HOME NIX_PATH HOMEBREW_PREFIX
    ASDF_DIR CI CI_COMMIT_SHA GITHUB_ACTIONS GITHUB_SHA RUNNER_OS HTTPS_PROXY no_proxy SSL_CERT_FILE GIT_AUTHOR_NAME
    AWS_REGION AWS_PROFILE TOKENIZERS_PARALLELISM RUST_LOG DEBUG XDG_SESSION_TYPE
"""
UNKNOWN = """
    FOO MY_SETTING DATABASE_URL REDIS_URL BASH_ENV ENV PROMPT_COMMAND LD_PRELOAD GIT_DIR GIT_SSH_COMMAND
    GIT_CONFIG_COUNT XDG_RUNTIME_DIR DISPLAY WAYLAND_DISPLAY DOCKER_HOST TMUX STY GITHUB_ENV GITHUB_PATH GITHUB_OUTPUT
    DIRENV_DIFF BUNDLE_GEMS__EXAMPLE__COM CLAW_HOME CLAUDE_CONFIG_DIR VAULT_ADDR PS4 IFS SHELLOPTS BASHOPTS COLUMNS
    LINES BASH_FUNC_ls%% FORCE_COLOR WSL_INTEROP VSCODE_IPC_HOOK_CLI
"""


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_by_name_is_neither_passed_nor_shown(name: str) -> None:
    environ = {name: "Zx9-plain-value", "CLAW_TOOL_ENV": name}
    assert name not in for_tools(environ, [name])
    assert known_secrets(environ) == [(name, "Zx9-plain-value")]


@pytest.mark.parametrize("name", DOORS)
def test_a_door_to_secrets_is_not_passed(name: str) -> None:
    assert name not in for_tools({name: "/run/user/1000/some.file", "CLAW_TOOL_ENV": name}, [name])


@pytest.mark.parametrize("name", BENIGN)
def test_a_benign_twin_is_not_masked_and_passed_if_it_is_listed(name: str) -> None:
    environ = {name: "Zx9-plain-value"}
    assert known_secrets(environ) == []
    assert for_tools(environ, [name])[name] == "Zx9-plain-value"


@pytest.mark.parametrize("name", LISTED.split())
def test_what_a_build_needs_is_passed(name: str) -> None:
    assert for_tools({name: "/some/value"})[name] == "/some/value"


@pytest.mark.parametrize("name", UNKNOWN.split())
def test_what_is_not_listed_is_not_passed(name: str) -> None:
    assert name not in for_tools({name: "/some/value"})


PLAIN_LOCALES = """
    C POSIX C.UTF-8 C.utf8 en_US.UTF-8 de_DE.utf8 zh_CN.UTF-8 ja_JP.UTF-8 de_DE.UTF-8@euro en_US de_DE@euro
    ru_RU.KOI8-R cs_CZ.ISO-8859-2 el_GR.CP1253 pl_PL.ISO8859-2 sr_RS@latin
"""
OTHER_LOCALES = """
    zh_CN.GB18030 zh_CN.GBK zh_TW.BIG5 zh_HK.big5hkscs ja_JP.SJIS ja_JP.SHIFT_JIS ko_KR.JOHAB zh_CN ja_JP ko_KR zh_TW
    japanese.sjis en_US.GB18030 C.GBK ../x /tmp/locale LC_CTYPE=zh_CN.GBK;LC_TIME=C en_US.UTF-7 xx.EBCDIC-US
"""


@pytest.mark.parametrize("name", ["LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"])
def test_bash_reads_a_line_in_the_character_set_in_which_it_was_judged(name: str) -> None:
    for locale in PLAIN_LOCALES.split():
        assert for_tools({name: locale})[name] == locale
    for locale in OTHER_LOCALES.split():
        assert for_tools({name: locale})[name] == "C.UTF-8", locale
        assert for_tools({name: locale}, [name])[name] == "C.UTF-8", locale


@pytest.mark.parametrize("name", ["LOCPATH", "LOCALE_ARCHIVE", "NLSPATH", "TEXTDOMAINDIR"])
def test_no_folder_of_the_workspace_says_what_text_is(name: str, tmp_path: Path) -> None:
    work = str(tmp_path / "work")
    (tmp_path / "link").symlink_to(work)
    for place in ("locale", "./locale", f"{work}/locale", work, f"/usr/share:{work}/x", f"{tmp_path}/link/x", ""):
        assert name not in for_tools({name: place}, [name], [work]), place
    for place in ("/usr/lib/locale", f"{tmp_path}/other", f"{work}er/locale"):
        assert for_tools({name: place}, [name], [work])[name] == place


def test_a_folder_where_something_is_installed_is_passed() -> None:
    environ = {"SPARK_HOME": "/opt/spark", "OPENSSL_DIR": "/usr", "SOME_ROOT": "no folder", "VAULT_DIR": "/vault"}
    assert {"SPARK_HOME", "OPENSSL_DIR"} == environ.keys() & for_tools(environ).keys()


def test_the_user_lists_further_names() -> None:
    environ = {"CLAW_TOOL_ENV": "DATABASE_URL, MY_*", "DATABASE_URL": "db://localhost", "MY_ONE": "1", "MYOPIA": "2"}
    assert {"DATABASE_URL", "MY_ONE"} == environ.keys() & for_tools(environ).keys()
    assert "DATABASE_URL" not in for_tools({**environ, "DATABASE_URL": "db://me:hunter2hunter2@host"})


def test_what_the_user_sets_for_tools_outdoes_what_claw_sets() -> None:
    assert for_tools({"TERM": "xterm", "FORCE_COLOR": "1"}, ["TERM", "FORCE_COLOR"])["TERM"] == "xterm"
    assert for_tools({"TERM": "xterm"})["TERM"] == "dumb"


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("sk-ant-api03-abcDEF123456789", "sk-ant-api03-abcDEF123456789"),
        ("sk-or-anything-1234567890", "sk-or-anything-1234567890"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_0123456789abcdefghijABCDEFGHIJ012345"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3",
        ),
        ("postgres://me:hunter2hunter2@db/x", "hunter2hunter2"),
        ("http://:hunter2hunter2@proxy:3128", "hunter2hunter2"),
        ("--header 'Authorization: Bearer glpat-abcdefghij0123456789'", "glpat-abcdefghij0123456789"),
    ],
)
def test_a_secret_by_its_look_is_found_under_any_name(value: str, secret: str) -> None:
    assert "ANYTHING" not in for_tools({"ANYTHING": value}, ["ANYTHING"])
    assert ("ANYTHING", secret) in known_secrets({"ANYTHING": value})


@pytest.mark.parametrize("value", ["https://example.org/a:b@c", "http://user@host/", "git@github.com:a/b", "12:34@56"])
def test_a_url_without_a_password_is_passed(value: str) -> None:
    assert for_tools({"ANYTHING": value}, ["ANYTHING"])["ANYTHING"] == value


def test_an_encoded_password_is_masked_as_it_is_meant_too() -> None:
    assert [value for _, value in known_secrets({"URL": "db://me:p%40ssw%2Frd!@host"})] == [
        "p%40ssw%2Frd!",
        "p@ssw/rd!",
    ]


def test_the_value_of_a_secret_is_dropped_under_other_names_too() -> None:
    environ = {"API_KEY": "Zx9-plain-value-long", "COPY": "Zx9-plain-value-long", "OPTS": "--key=Zx9-plain-value-long"}
    assert not {"COPY", "OPTS"} & set(for_tools(environ, list(environ)))


def test_a_short_password_does_not_take_the_home_folder_with_it() -> None:
    environ = {"DB_PASSWORD": "developer", "HOME": "/home/developer", "PATH": "/home/developer/bin:/bin"}
    assert for_tools(environ)["HOME"] == "/home/developer"
    assert "/home/developer/bin" in for_tools(environ)["PATH"]


@pytest.mark.parametrize("value", ["", "short", "1234567", "password", "postgres", "changeme", "/etc/passwd"])
def test_what_would_be_found_everywhere_is_not_masked(value: str) -> None:
    assert known_secrets({"DB_PASSWORD": value}) == []


@pytest.mark.parametrize(
    "value",
    ["lm-studio", "not-needed", "no-key-required", "sk-no-key-required", "your-api-key-here", "dummy_key", "xxxxxxxx"],
)
def test_a_word_that_stands_in_for_a_servers_key_is_not_masked_and_a_password_is(value: str) -> None:
    assert known_secrets({"OPENAI_API_KEY": value}) == []
    assert known_secrets({"DB_PASSWORD": value}) == [("DB_PASSWORD", value)]
    assert known_secrets({"OPENAI_API_KEY": f"{value}-4711"}) != []


def test_a_path_named_by_a_secret_is_not_masked_but_a_secret_with_a_slash_is(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch()
    assert known_secrets({"API_KEY": str(file)}) == []
    assert known_secrets({"API_KEY_FILE": "/run/secrets/not-there-yet"}) == []
    assert known_secrets({"API_KEY": "/wJalrXUtnFEMI/K7MDENG"}) == [("API_KEY", "/wJalrXUtnFEMI/K7MDENG")]


def test_secrets_come_longest_first_and_once() -> None:
    environ = {"B_TOKEN": "abcdefgh1", "A_TOKEN": "abcdefgh1", "C_TOKEN": "abcdefgh12"}
    assert known_secrets(environ) == [("C_TOKEN", "abcdefgh12"), ("A_TOKEN", "abcdefgh1")]


def test_nothing_asks_pages_or_opens_an_editor() -> None:
    environ = for_tools({"PAGER": "less", "TERM": "xterm-256color", "EDITOR": "vim", "BASH_ENV": "/x", "COLUMNS": "80"})
    assert environ["PAGER"] == environ["GIT_PAGER"] == "cat"
    assert environ["GIT_TERMINAL_PROMPT"] == "0"
    assert environ["TERM"] == "dumb"
    assert environ["EDITOR"] == "true"
    assert not {"BASH_ENV", "COLUMNS"} & set(environ)
