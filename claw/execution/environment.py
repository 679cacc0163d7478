"""What a tool's process gets of claw's environment: what is listed here, and nothing else.

Listed are the names that a shell needs to be one, those that tell a build where its compilers, interpreters, package
managers and caches lie and how they are to work, and those by which a program knows that it runs in CI. Left out on
purpose, besides what nobody has heard of: sockets and displays (`SSH_AUTH_SOCK`, `XDG_RUNTIME_DIR`, `DISPLAY`,
`DOCKER_HOST`), start files of shells, files by which a CI runner takes orders (`GITHUB_ENV`), where git is to work
(`GIT_DIR`), and what an application is configured by (`DATABASE_URL`): the user knows which of those a model may have.

The user lists further names in `CLAW_TOOL_ENV` (`NAME,PREFIX_*`), and sets variables in the `env` of
`~/.claude/settings.json`; those are passed, too. What is a secret by its name or holds one by its look is never passed,
whoever lists it: a proxy with a password in its URL, a registry's token among a package manager's options.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping

from claw import _native
from claw.execution.credentials import holds_secret, is_door, known_secrets
from claw.late import pattern

PASS = "CLAW_TOOL_ENV"
"""Environment variable: names of further variables that tools get, separated by commas; `*` at the end for any."""

_SHELL = """
    PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_* TZ TZDIR TMPDIR TMP TEMP PWD OLDPWD SHLVL HOSTNAME HOST HOSTTYPE
    OSTYPE MACHTYPE MANPATH INFOPATH TERMINFO TERMINFO_DIRS LOCALE_ARCHIVE LOCPATH CHARSET
    XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_CACHE_HOME XDG_STATE_HOME XDG_BIN_HOME
    XDG_SESSION_TYPE XDG_CURRENT_DESKTOP DESKTOP_SESSION WSL_DISTRO_NAME container
    DEBUG VERBOSE LOG_LEVEL APP_ENV DO_NOT_TRACK SOURCE_DATE_EPOCH
"""
_NETWORK = """
    http_proxy https_proxy ftp_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY NO_PROXY
    SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_CA_BUNDLE GIT_SSL_CAINFO GIT_SSL_NO_VERIFY
    AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE AWS_DEFAULT_OUTPUT GOOGLE_CLOUD_PROJECT CLOUDSDK_CORE_PROJECT
"""
_NATIVE = """
    CC CXX CPP LD AR AS NM RANLIB STRIP OBJCOPY OBJDUMP FC F77 F90 CFLAGS CXXFLAGS CPPFLAGS LDFLAGS LDLIBS FFLAGS
    FCFLAGS ARFLAGS MAKE MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CMAKE_* CTEST_* NINJA_STATUS NINJAFLAGS PKG_CONFIG
    PKG_CONFIG_* ACLOCAL_PATH LIBRARY_PATH LD_LIBRARY_PATH LD_RUN_PATH DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH
    CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH OBJC_INCLUDE_PATH CCACHE_* SCCACHE_* DISTCC_* ARCH CROSS_COMPILE SDKROOT
    MACOSX_DEPLOYMENT_TARGET DEVELOPER_DIR TOOLCHAINS SWIFT_* GCC_* ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
    LSAN_OPTIONS MSAN_OPTIONS LLVM_* LIBCLANG_PATH CLANG_* VCPKG_* CONAN_* BAZEL_* BAZELISK_* USE_BAZEL_VERSION NIX_*
    IN_NIX_SHELL GUIX_* EMSDK EMSDK_* EM_CONFIG EM_CACHE ZIG_* VULKAN_SDK QT_* QTDIR CUDA_* NVCC_* NVIDIA_* HIP_*
    OMP_* MKL_* OPENBLAS_* AMENT_PREFIX_PATH COLCON_* ROS_* QEMU_LD_PREFIX SDL_VIDEODRIVER
"""
_LANGUAGES = """
    PYTHON* VIRTUAL_ENV VIRTUAL_ENV_PROMPT CONDA_* MAMBA_* PYENV_* PIP_* PIPX_* PIPENV_* POETRY_* UV_* PDM_* HATCH_*
    RYE_HOME PYTEST_* TOX_* NOX_* COVERAGE_* HYPOTHESIS_* MYPYPATH MYPY_* RUFF_* DJANGO_SETTINGS_MODULE FLASK_APP
    FLASK_ENV FLASK_DEBUG JUPYTER_* IPYTHONDIR MPLBACKEND MPLCONFIGDIR NUMBA_* HF_HOME HF_HUB_* TRANSFORMERS_*
    TOKENIZERS_* TORCH_* PYTORCH_* XLA_* JAX_* KERAS_* TF_CPP_* RAY_*
    CARGO CARGO_* RUSTUP_* RUSTFLAGS RUSTDOCFLAGS RUSTC RUSTC_* RUSTDOC RUST_* PYO3_* MATURIN_* BINDGEN_* INSTA_*
    NEXTEST_* PROPTEST_* QUICKCHECK_* CRITERION_*
    GOPATH GOROOT GOBIN GOCACHE GOMODCACHE GOENV GOFLAGS GOPROXY GOPRIVATE GONOPROXY GONOSUMDB GOSUMDB GOINSECURE GOOS
    GOARCH GOARM GOARM64 GOAMD64 GO386 GOEXPERIMENT GOTOOLCHAIN GOTMPDIR GODEBUG GOMAXPROCS GOGC GOMEMLIMIT GOVCS
    GOWORK GO111MODULE GOLANGCI_LINT_CACHE CGO_*
    NODE NODE_* NVM_* NODENV_* FNM_* VOLTA_* N_PREFIX npm_config_* NPM_CONFIG_* YARN_* PNPM_* COREPACK_* BUN_* DENO_*
    TS_NODE_* NEXT_TELEMETRY_DISABLED PLAYWRIGHT_* PUPPETEER_* CYPRESS_* CHROME_BIN CHROME_PATH ESLINT_* JEST_*
    VITEST VITEST_* TURBO_* NX_* BROWSERSLIST ELECTRON_*
    JAVA_HOME JAVA_HOME_* JDK_HOME JRE_HOME JAVA_OPTS JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH
    MAVEN_* M2 M2_HOME GRADLE_* ANT_HOME ANT_OPTS SBT_* SCALA_HOME KOTLIN_HOME GROOVY_HOME SDKMAN_* JENV_* COURSIER_*
    ANDROID_* FLUTTER_* PUB_CACHE
    DOTNET_* NUGET_* MSBUILD* GEM_HOME GEM_PATH RUBYOPT RUBYLIB RUBY_* RBENV_* RAILS_ENV RACK_ENV rvm_* BUNDLE_PATH
    BUNDLE_GEMFILE BUNDLE_WITH BUNDLE_WITHOUT BUNDLE_JOBS BUNDLE_RETRY BUNDLE_FROZEN BUNDLE_DEPLOYMENT BUNDLE_BIN
    BUNDLE_APP_CONFIG BUNDLE_CACHE_PATH BUNDLE_USER_HOME COMPOSER_* PHPRC PHP_INI_SCAN_DIR PHPENV_*
    PERL5LIB PERL5OPT PERL_* PERLBREW_* LUA_* LUAROCKS_* GHCUP_* GHC_* STACK_* CABAL_* OPAM* OCAML* CAML_LD_LIBRARY_PATH
    DUNE_* MIX_* HEX_* ERL_* ELIXIR_* KERL_* JULIA_* R_HOME R_LIBS R_LIBS_* R_PROFILE TEXINPUTS TEXMF* BIBINPUTS
    ASDF_* MISE_* RTX_* HOMEBREW_* RIPGREP_CONFIG_PATH DOCKER_BUILDKIT DOCKER_DEFAULT_PLATFORM BUILDKIT_PROGRESS
    COMPOSE_* TF_LOG TF_IN_AUTOMATION TF_PLUGIN_CACHE_DIR TF_DATA_DIR TF_WORKSPACE
    GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_CEILING_DIRECTORIES
    GIT_DISCOVERY_ACROSS_FILESYSTEM GIT_CONFIG_NOSYSTEM GIT_LFS_SKIP_SMUDGE
"""
_CI = """
    CI CI_* CONTINUOUS_INTEGRATION BUILD_ID BUILD_NUMBER GITHUB_ACTIONS GITHUB_ACTOR GITHUB_BASE_REF GITHUB_EVENT_NAME
    GITHUB_HEAD_REF GITHUB_JOB GITHUB_REF GITHUB_REF_NAME GITHUB_REF_TYPE GITHUB_REPOSITORY GITHUB_REPOSITORY_OWNER
    GITHUB_RUN_ATTEMPT GITHUB_RUN_ID GITHUB_RUN_NUMBER GITHUB_SERVER_URL GITHUB_SHA GITHUB_WORKFLOW GITHUB_WORKSPACE
    RUNNER_ARCH RUNNER_OS RUNNER_TEMP RUNNER_TOOL_CACHE GITLAB_CI CIRCLECI TRAVIS BUILDKITE APPVEYOR DRONE TF_BUILD
    TEAMCITY_VERSION
"""
_WHERE = pattern(r"[A-Z][A-Z0-9_]*_(?:HOME|ROOT|DIR|PREFIX|SDK)")
"""Where something is installed, by a name that ends so and has a folder for its value; nobody can list them all."""
_NOT_WHERE = pattern(r"XDG_RUNTIME_DIR|CLAW_\w*|CLAUDE_\w*|GIT_\w*|\w*(?:SOCKET|AGENT|VAULT|SSH|GNUPG|GPG)\w*")

_APART = " ".join(
    f"'{setting}'"
    for setting in (
        "diff.ignoreSubmodules=dirty",
        "diff.submodule=short",
        "status.submoduleSummary=false",
        "submodule.recurse=false",
        "safe.bareRepository=explicit",
    )
)
"""Settings of git that outdo those of users and repositories: it looks at a submodule's commit and does not run itself
in there, where the submodule's own configuration would name programs, and obeys no bare repository that it comes upon.
Only `ignore` in `.gitmodules` outdoes them; commands are told of those by name."""

_CALM = {
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "cat",
    "GH_PAGER": "cat",
    "AWS_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_PARAMETERS": _APART,
    "GIT_EDITOR": "true",
    "EDITOR": "true",
    "VISUAL": "true",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_NO_INPUT": "1",
}
"""Nobody is there to page, to type a password or to close an editor."""


_NAMES = frozenset(" ".join((_SHELL, _NETWORK, _NATIVE, _LANGUAGES, _CI)).split())
_BEGINNINGS = tuple(name.removesuffix("*") for name in _NAMES if name.endswith("*"))


def _matching(names: Collection[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in names) or "(?!)", re.DOTALL)


def for_tools(environ: Mapping[str, str], wanted: Collection[str] = (), roots: Collection[str] = ()) -> dict[str, str]:
    """The variables a tool's process gets. `wanted` are names that the user has given values for claw's tools. Locales
    and catalogues of messages are taken from no folder in `roots`: the workspace and its parts."""
    secrets = [value for _, value in known_secrets(environ)]
    further = _matching([*wanted, *filter(None, map(str.strip, environ.get(PASS, "").split(",")))])
    kept = {
        name: value
        for name, value in environ.items()
        if (name in _NAMES or name.startswith(_BEGINNINGS) or further.fullmatch(name) or _is_folder(name, value))
        and not (is_door(name) or holds_secret(value, secrets))
    }
    kept |= {name: value for name, value in _CALM.items() if name not in wanted}
    return {name: _readable(name, value) for name, value in kept.items() if not _is_open(name, value, roots)}


def _readable(name: str, value: str) -> str:
    """The value, or a locale with the character set in which claw and its policy read a command line: in some others a
    backslash is half a character, and quotes end elsewhere."""
    locale = name == "LANG" or name.startswith("LC_")
    return "C.UTF-8" if locale and not _native.is_plain_locale(value) else value


def _is_open(name: str, value: str, roots: Collection[str]) -> bool:
    """Whether locales or catalogues of messages would be looked for where a command can put its own."""
    places = value.split(":") if name in ("LOCPATH", "NLSPATH", "TEXTDOMAINDIR", "LOCALE_ARCHIVE") else ()
    return any(not os.path.isabs(place) or _is_below(os.path.realpath(place), roots) for place in places)


def _is_below(place: str, roots: Collection[str]) -> bool:
    return any(place == folder or place.startswith(f"{folder.rstrip('/')}/") for folder in roots)


def _is_folder(name: str, value: str) -> bool:
    return bool(_WHERE.fullmatch(name)) and not _NOT_WHERE.fullmatch(name) and os.path.isabs(value)
