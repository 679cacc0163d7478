//! Package managers: what is installed. Nothing that asks a registry, and nothing that runs a package's code.
//!
//! Left out, since they run what comes with the repository whatever they are asked: yarn (`yarnPath` in `.yarnrc.yml`,
//! `yarn-path` in `.yarnrc`, and plugins), pnpm (`.pnpmfile.cjs`, and the version that `packageManager` names), `uv pip`
//! (asks `.venv/bin/python` about itself), mvn (`.mvn/extensions.xml`, `.mvn/jvm.config`) and gradle (its build scripts
//! are programs). Of npm, cargo and rustup it depends on files: see [`super::super::repository_settings`].

use super::Entry;

const DPKG: &str = "-l -L -s -S -p -W -f= --list --listfiles --status --search --print-avail --show --showformat= \
    --no-pager --version --help TEXT*";
const CARGO: &str = "NEED:--frozen,--locked NEED:--frozen,--offline --frozen --locked --offline -q --quiet --color= \
    --manifest-path=PATH -F= --features= --all-features --no-default-features --filter-platform=";

pub(super) static TABLE: &[Entry] = &[
    ("npm", &["COMMAND"]),
    ("npm", &["NEED:-v,--version -v --version"]),
    ("npm", &["NEED:-h,--help -h --help"]),
    ("npm help", &[""]),
    (
        "npm ls|npm list|npm la|npm ll",
        &[
            "-alpg --all --long --parseable --json --global --depth= --link --omit= --include= --package-lock-only TEXT*",
        ],
    ),
    ("npm root|npm prefix", &["-g --global"]),
    ("npm why|npm explain", &["--json TEXT*"]),
    ("npm pkg", &["COMMAND"]),
    ("npm pkg get", &["TEXT*"]),
    ("pip|pip3", &["-V --version COMMAND?"]),
    (
        "pip list|pip3 list",
        &[
            "-le --local --user --path=PATH --pre --format= --not-required --exclude= --editable --include-editable --exclude-editable --no-color -q --quiet",
        ],
    ),
    ("pip show|pip3 show", &["-fvq --files --verbose --quiet TEXT*"]),
    ("pip freeze|pip3 freeze", &["-l --local --user --path=PATH --all --exclude-editable --exclude="]),
    ("pip check|pip3 check", &[""]),
    ("cargo", &["-Vvh --version --verbose --list --help COMMAND?"]),
    (
        "cargo build|cargo check|cargo test|cargo run|cargo bench|cargo doc|cargo fix|cargo add|cargo remove|cargo update|\
         cargo install|cargo uninstall|cargo publish|cargo package|cargo new|cargo init|cargo clean|cargo fetch|cargo vendor|\
         cargo tree|cargo metadata",
        &["NEED:-h,--help -h --help"],
    ),
    (
        "cargo tree",
        &[
            CARGO,
            "-p= -i= -e= -d --package= --invert= --edges= --duplicates --depth= --prefix= --format= --charset= --workspace --target= --no-dedupe",
        ],
    ),
    ("cargo metadata", &[CARGO, "--format-version= --no-deps"]),
    ("cargo locate-project", &["--message-format= --workspace --manifest-path=PATH"]),
    ("cargo pkgid", &[CARGO, "TEXT"]),
    (
        "dpkg",
        &[
            "NEED:-l,-L,-s,-S,-p,--list,--listfiles,--status,--search,--print-avail,--version,--get-selections,--print-architecture --get-selections --print-architecture",
            DPKG,
        ],
    ),
    ("dpkg-query", &[DPKG]),
    ("apt", &["-v --version COMMAND?"]),
    ("apt list", &["-av --installed --upgradable --all-versions --manual-installed --verbose TEXT*"]),
    (
        "apt show|apt search|apt policy|apt depends|apt rdepends",
        &["-a --all-versions --names-only -n --installed TEXT*"],
    ),
    ("apt-cache", &["-v --version COMMAND"]),
    (
        "apt-cache policy|apt-cache show|apt-cache search|apt-cache depends|apt-cache rdepends|apt-cache madison",
        &["-anf --all-versions --names-only --full --installed --no-recommends --no-suggests TEXT*"],
    ),
    ("apt-cache pkgnames|apt-cache stats|apt-cache showpkg", &["TEXT*"]),
    ("apt-mark", &["COMMAND"]),
    ("apt-mark showmanual|apt-mark showauto|apt-mark showhold", &["TEXT*"]),
    (
        "rpm",
        &[
            "NEED:-q,--query -qailcdfpR --query --all --info --list --configfiles --docfiles --file --package",
            "--requires --provides --changelog --last --queryformat= --qf= --whatprovides --whatrequires PATH*",
        ],
    ),
    ("rpm", &["NEED:--version --version"]),
    ("apk", &["--version COMMAND?"]),
    ("apk info", &["-aevdLsRwr --all --installed --description --contents --size --depends TEXT*"]),
    ("apk list", &["-Iuaq --installed --upgradable --available TEXT*"]),
    (
        "pacman",
        &[
            "NEED:-Q,--query -Qilqesdtmnko --query --info --list --quiet --explicit --search --deps --foreign --native PATH*",
        ],
    ),
    ("brew", &["-v --version --prefix --cellar --repository --cache COMMAND?"]),
    ("brew list|brew ls", &["-1lrt --versions --cask --formula --formulae --casks --pinned --full-name TEXT*"]),
    ("brew leaves|brew deps", &["--tree --installed --include-build --formula --cask TEXT*"]),
    ("gem", &["-v --version COMMAND?"]),
    ("gem list", &["-ladq --local --all --details --versions --no-versions --installed --quiet TEXT*"]),
    ("gem which|gem contents|gem specification|gem dependency", &["-l --local TEXT*"]),
];
