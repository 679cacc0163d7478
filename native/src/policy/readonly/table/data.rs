//! Structured data on the command line. Programs for jq and yq are checked in `special`.

use super::Entry;

pub(super) static TABLE: &[Entry] = &[
    // Not -L and its modules, nor -f: a program in a file may read others.
    (
        "jq|gojq|jaq",
        &[
            "-cnesrRCMSjahV --compact-output --null-input --exit-status --slurp --raw-input --raw-output",
            "--raw-output0 --join-output --ascii-output --color-output --monochrome-output --sort-keys --tab --unbuffered",
            "--stream --stream-errors --seq --indent= --arg=TEXT,TEXT --argjson=TEXT,TEXT --slurpfile=TEXT,PATH",
            "--rawfile=TEXT,PATH --args --jsonargs GNU SCRIPT PATH*",
        ],
    ),
    // Two programs have this name: one wraps jq, the other's -s splits into files. What is safe in both. Each operand
    // may be a program or a file.
    (
        "yq",
        &[
            "-rcCMPNenhV -I= -p= -o= --raw-output --compact-output --colors --no-colors --prettyPrint --no-doc",
            "--exit-status --null-input --unwrapScalar? --indent= --input-format= --output-format= --yaml-output",
            "--help --version PATH*",
        ],
    ),
    // It computes, and has no way to run or write anything.
    ("bc", &["-lqsvw --mathlib --quiet --standard --warn GNU PATH*"]),
    ("xmllint", &["NEED:--noout --noout --nonet --format --xpath= PATH*"]),
];
