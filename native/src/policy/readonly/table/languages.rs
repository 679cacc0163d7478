//! Version queries of compilers, interpreters and other tools: nothing else of them is known to be harmless.

use super::Entry;

pub(super) static TABLE: &[Entry] = &[
    ("python|python3|python2|pypy|pypy3", &["NEED:-V,--version -V --version"]),
    ("python3.8|python3.9|python3.10|python3.11|python3.12|python3.13|python3.14", &["NEED:-V,--version -V --version"]),
    ("node|nodejs|deno|bun|npx|corepack|tsc|ts-node|tsx|esbuild", &["NEED:-v,--version -v --version"]),
    ("ruby|irb|perl|php|lua|luajit|julia|R|Rscript|ghc|stack|cabal", &["NEED:-v,--version -v --version"]),
    ("bash|zsh|fish|dash|ksh|tcsh", &["NEED:--version --version"]),
    (
        "gcc|g++|cc|c++|clang|clang++|ld|as|gfortran|swift|swiftc",
        &["NEED:-v,--version,-dumpmachine,-dumpversion -v --version @-dumpmachine @-dumpversion"],
    ),
    ("make|gmake|cmake|ctest|ninja|meson|bazel|gradle|mvn|ant|just|task", &["NEED:--version --version"]),
    ("java|javac|kotlin|kotlinc|scala", &["NEED:-version,--version @-version --version"]),
    ("rustc", &["NEED:-V,--version -Vv --version --verbose"]),
    ("rustc", &["NEED:--print --print=sysroot|target-list|cfg|target-libdir|host-tuple"]),
    ("rustup|rustfmt|rustdoc|clippy-driver", &["NEED:-V,--version -V --version"]),
    ("docker|docker-compose|podman|kubectl|helm|terraform|aws|gcloud|az", &["NEED:-v,--version -v --version"]),
    ("gh|hub|glab|curl|wget|ssh|rsync|openssl|sqlite3|psql|mysql|redis-cli", &["NEED:-V,--version -V --version"]),
    ("black|ruff|mypy|flake8|isort|pytest|tox|nox|uv|poetry|pipenv|hatch|pdm", &["NEED:-V,--version -V --version"]),
    ("eslint|prettier|jest|vitest|webpack|vite", &["NEED:-v,--version -v --version"]),
    ("nvim|vim|emacs|nano|tmux|screen", &["NEED:--version --version"]),
    ("go", &["COMMAND"]),
    ("go version", &["@-m @-v PATH*"]),
    // Not -w, -u.
    ("go env", &["@-json @-changed TEXT*"]),
    ("go list", &["@-json? @-m @-deps @-f= @-e @-find @-test TEXT*"]),
    ("go doc", &["@-all @-short @-src @-u @-c @-cmd TEXT*"]),
    ("go help", &["TEXT*"]),
];
