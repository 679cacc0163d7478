//! Version queries of compilers, interpreters and other tools: nothing else of them is known to be harmless.
//!
//! Left out: what loads plugins or settings of the working folder before it answers (pytest, flake8, poetry, pdm, mvn,
//! gradle, bazel), or asks the network (terraform, az).

use super::Entry;

pub(super) static TABLE: &[Entry] = &[
    ("python|python3|python2|pypy|pypy3", &["NEED:-V,--version -V --version"]),
    ("python3.8|python3.9|python3.10|python3.11|python3.12|python3.13|python3.14", &["NEED:-V,--version -V --version"]),
    ("node|nodejs|deno|bun|npx|corepack|tsc|ts-node|tsx|esbuild", &["NEED:-v,--version -v --version"]),
    ("ruby|irb|perl|php|lua|luajit|julia", &["NEED:-v,--version -v --version"]),
    ("ghc|stack|cabal|R|Rscript|swift|swiftc|gfortran|as|ld", &["NEED:--version --version"]),
    ("bash|zsh|fish|dash|ksh|tcsh", &["NEED:--version --version"]),
    // With both of the first two it goes on to run the compiler proper, as if there were a file.
    ("gcc|g++|cc|c++|clang|clang++", &["NEED:-v -v"]),
    ("gcc|g++|cc|c++|clang|clang++", &["NEED:--version --version"]),
    ("gcc|g++|cc|c++|clang|clang++", &["NEED:-dumpmachine,-dumpversion @-dumpmachine @-dumpversion"]),
    ("make|gmake|cmake|ctest|ninja|meson|just|task", &["NEED:--version --version"]),
    ("make|gmake", &["NEED:-v -v"]),
    ("kubectl", &["COMMAND"]),
    // Otherwise it asks the cluster.
    ("kubectl version", &["NEED:--client --client?true --short -o="]),
    ("java|javac", &["NEED:-version,--version @-version --version"]),
    ("rustc", &["NEED:-V,--version -Vv --version --verbose"]),
    ("rustc", &["NEED:--print --print=sysroot|target-list|cfg|target-libdir|host-tuple"]),
    ("rustup|rustfmt|rustdoc|clippy-driver", &["NEED:-V,--version -V --version"]),
    ("docker|docker-compose|aws", &["NEED:-v,--version -v --version"]),
    ("gh|hub|glab|curl|wget|ssh|rsync|psql|mysql", &["NEED:-V,--version -V --version"]),
    ("black|ruff|mypy|uv", &["NEED:-V,--version -V --version"]),
    ("nvim|vim|emacs|nano", &["NEED:--version --version"]),
    ("openssl", &["COMMAND"]),
    ("openssl version", &["-abdefmoprv"]),
    ("go", &["COMMAND"]),
    ("go version", &["@-m @-v PATH*"]),
    // Not -w, -u.
    ("go env", &["@-json @-changed TEXT*"]),
    ("go list", &["@-json? @-m @-deps @-f= @-e @-find @-test TEXT*"]),
    ("go doc", &["@-all @-short @-src @-u @-c @-cmd TEXT*"]),
    ("go help", &["TEXT*"]),
];
