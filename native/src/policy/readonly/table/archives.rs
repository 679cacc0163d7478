//! Archives and compressed files: listing and showing, never unpacking.

use super::Entry;

pub(super) static TABLE: &[Entry] = &[
    // Read by `special::tar`. Not -I, -F, --use-compress-program, --to-command, --checkpoint-action, --rsh-command.
    (
        "tar|bsdtar",
        &[
            "-tvzjJaRB -f=PATH --list --verbose --file=PATH --gzip --bzip2 --xz --zstd --lzma --auto-compress",
            "--exclude= --wildcards --no-wildcards --anchored --no-anchored --ignore-case --no-recursion --full-time",
            "--numeric-owner --utc --block-number --quoting-style= --show-omitted-dirs --strip-components= GNU TEXT*",
        ],
    ),
    // Not -T, which sets the time of the archive.
    ("unzip", &["NEED:-l,-v,-t,-p,-c -lvtpcqCah ORDERED PATH TEXT*"]),
    ("zipinfo", &["-12smlvhtz ORDERED PATH TEXT*"]),
    (
        "gzip|gunzip|pigz",
        &[
            "NEED:-l,--list,-c,--stdout -lcdvkqnt123456789 --list --stdout --decompress --verbose --quiet --test --no-name",
            "GNU PATH*",
        ],
    ),
    (
        "bzip2|bunzip2|lzma|unlzma|unxz|uncompress",
        &["NEED:-c,--stdout -cdkvqt123456789 --stdout --decompress --test PATH*"],
    ),
    // Of several ways to work the last counts, so listing allows no other.
    ("xz|zstd|unzstd", &["NEED:-l,--list -lvq --list --verbose --quiet PATH*"]),
    ("xz|zstd", &["NEED:-t,--test -tvq --test --verbose --quiet PATH*"]),
    ("xz|zstd|unzstd", &["NEED:-c,--stdout -cdkvq0123456789 --stdout --decompress --keep --verbose --quiet PATH*"]),
    // A script; see `special` for the names it does not quote.
    (
        "zgrep|zegrep|zfgrep",
        &["-# -cEFhHilLnoqsvwx -e=SCRIPT -A= -B= -C= -m= --ignore-case --line-number --count SCRIPT PATH*"],
    ),
    ("zcat|gzcat|bzcat|xzcat|zstdcat|lzcat", &["PATH*"]),
    // A file of further flags (`@file`) could name a plugin; see `special`.
    (
        "nm|gnm",
        &[
            "-aABCDghlnopPrSuUv --debug-syms --demangle? --dynamic --extern-only --line-numbers --numeric-sort --no-sort --print-size --reverse-sort --size-sort --defined-only --undefined-only GNU PATH*",
        ],
    ),
    ("size", &["-ABdoxt --format= --radix= --totals --common GNU PATH*"]),
    (
        "readelf",
        &[
            "-aehlSgtsndurVADIcLHvW -x= -p= --all --file-header --program-headers --section-headers --symbols --dyn-syms",
            "--notes --relocs --unwind --dynamic --version-info --arch-specific --string-dump= --hex-dump= --headers",
            "--wide GNU PATH*",
        ],
    ),
    // Not -S: a program names its own sources, whatever they are.
    (
        "objdump",
        &[
            "-afphxdDstrRTGgeCwlzHviV -j= -M= --archive-headers --file-headers --private-headers --section-headers",
            "--all-headers --disassemble? --disassemble-all --full-contents --stabs --syms --dynamic-syms",
            "--reloc --dynamic-reloc --section= --disassembler-options= --demangle? --line-numbers --wide",
            "--start-address= --stop-address= --no-show-raw-insn --show-raw-insn GNU PATH*",
        ],
    ),
];
