//! Plain file commands: they change the paths that they name and nothing else.
//!
//! Not in here: what works on whole trees (`rm -r`, `cp -r`), makes links, keeps backups, or makes parents whose names
//! are not arguments.

use super::Entry;

pub(super) static TABLE: &[Entry] = &[
    ("mkdir|gmkdir", &["-pv -m= --parents --verbose --mode= WRITE*"]),
    ("rmdir|grmdir", &["-v --verbose --ignore-fail-on-non-empty WRITE*"]),
    ("touch|gtouch", &["-acmh -d= -t= -r=PATH --no-create --date= --no-dereference --reference=PATH --time= WRITE*"]),
    ("rm|grm", &["-fvi -I --force --verbose --interactive? --one-file-system --preserve-root? WRITE*"]),
    (
        "cp|gcp",
        &[
            "-finpuvTL --force --interactive --no-clobber --update? --verbose --no-target-directory --dereference PATH* WRITE",
        ],
    ),
    (
        "cp|gcp",
        &["NEED:-t,--target-directory -finpuvL -t=WRITE --target-directory=WRITE --force --no-clobber --verbose PATH*"],
    ),
    (
        "mv|gmv",
        &["-finuvT --force --interactive --no-clobber --update? --verbose --no-target-directory CHANGED* WRITE"],
    ),
    (
        "mv|gmv",
        &[
            "NEED:-t,--target-directory -finuv -t=WRITE --target-directory=WRITE --force --no-clobber --verbose CHANGED*",
        ],
    ),
];
