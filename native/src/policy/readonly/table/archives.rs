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
    ("unzip", &["NEED:-l,-v,-t,-p,-c -lvtpcqCahT ORDERED PATH TEXT*"]),
    ("zipinfo", &["-12smlvhtTzM ORDERED PATH TEXT*"]),
    (
        "gzip|pigz",
        &[
            "NEED:-l,--list,-c,--stdout -lcdvkqnt123456789 --list --stdout --decompress --verbose --quiet --test --no-name GNU PATH*",
        ],
    ),
    ("gunzip|bunzip2", &["NEED:-l,-c,--stdout -lcvkqt --list --stdout --verbose --quiet --test PATH*"]),
    ("bzip2|lzma|unlzma|unxz|uncompress", &["NEED:-c,--stdout -cdkvqt123456789 --stdout --decompress --test PATH*"]),
    (
        "xz",
        &[
            "NEED:-l,--list,-c,--stdout,-t,--test -lcdkvqt0123456789 --list --stdout --decompress --keep --verbose --quiet --test --robot PATH*",
        ],
    ),
    (
        "zstd|unzstd|lz4",
        &[
            "NEED:-l,--list,-c,--stdout,-t,--test -lcdkvqt --list --stdout --decompress --keep --verbose --quiet --test PATH*",
        ],
    ),
    ("zcat|gzcat|bzcat|xzcat|zstdcat|lz4cat|lzcat", &["PATH*"]),
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
    (
        "objdump",
        &[
            "-afphxdDSstrRTGgeCwlzHviV -j= -M= --archive-headers --file-headers --private-headers --section-headers",
            "--all-headers --disassemble? --disassemble-all --source --full-contents --stabs --syms --dynamic-syms",
            "--reloc --dynamic-reloc --section= --disassembler-options= --demangle? --line-numbers --wide",
            "--start-address= --stop-address= --no-show-raw-insn --show-raw-insn GNU PATH*",
        ],
    ),
];
