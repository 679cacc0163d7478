//! What shells have built in. Where a program of the same name exists, the usage line fits both.

use super::Entry;

pub(super) static TABLE: &[Entry] = &[
    ("echo|gecho|:", &["WORDS"]),
    // Flags, such as bash's -v that assigns, stand before the format.
    ("printf|gprintf", &["ORDERED TEXT*"]),
    ("cd|chdir", &["-LPe ORDERED PATH"]),
    ("pushd", &["-n ORDERED PATH"]),
    ("popd|dirs", &["-clpvn"]),
    ("type", &["-afptP HARMLESS TEXT*"]),
    ("which|gwhich", &["-as --all HARMLESS TEXT*"]),
    ("whereis", &["-bmsul HARMLESS TEXT*"]),
    // Without these it runs the command, which is the caller's to judge.
    ("command", &["NEED:-v,-V -vVp ORDERED TEXT*"]),
    ("exit|return|break|continue|shift", &["TEXT"]),
    ("times", &[""]),
    ("umask", &["-Sp"]),
    ("ulimit", &["NEED:-a -aHS"]),
    ("set", &["-euxvC -o=errexit|nounset|pipefail|xtrace|verbose|noclobber"]),
];
