//! Searching, comparing and showing text.

use super::Entry;

const GREP: &str = "-# -EFGPiywxzsvVbnHhoqaIrRLlcTZUu -e=SCRIPT -f=SCRIPTFILE -m= -d= -D= -A= -B= -C= --extended-regexp \
    --fixed-strings --basic-regexp --perl-regexp --regexp=SCRIPT --file=SCRIPTFILE --ignore-case --no-ignore-case \
    --word-regexp --line-regexp --null-data --no-messages --invert-match --max-count= --byte-offset --line-number \
    --line-buffered --with-filename --no-filename --label= --only-matching --quiet --silent --binary-files= --text \
    --directories= --devices= --recursive --dereference-recursive --include= --exclude= --exclude-from=PATH \
    --exclude-dir= --files-without-match --files-with-matches --count --initial-tab --null --before-context= \
    --after-context= --context= --group-separator= --no-group-separator --color? --colour? --binary \
    --unix-byte-offsets GNU HARMLESS SCRIPT PATH*";

pub(super) static TABLE: &[Entry] = &[
    ("grep|egrep|fgrep|ggrep|rgrep", &[GREP]),
    // `--files` takes no pattern.
    (
        "rg",
        &[
            "NEED:--files,--type-list -quL0. -g= -t= -T= -d= --files --type-list --glob= --iglob= --type= --type-not= --hidden",
            "--follow --no-ignore --no-ignore-vcs --max-depth= --sort= --sortr= --null --unrestricted --no-messages",
            "--one-file-system --ignore-file=PATH --quiet --no-config PATH*",
        ],
    ),
    // Not --pre (runs a program), --hostname-bin, -z (runs decompressors), -f of type lists.
    (
        "rg",
        &[
            "-abcFHhIiLlNnopPqSsUuvVwx0. -# -A= -B= -C= -d= -E= -e=SCRIPT -f=SCRIPTFILE -g= -j= -M= -m= -r= -t= -T=",
            "--after-context= --before-context= --context= --context-separator= --no-context-separator --max-depth=",
            "--maxdepth= --encoding= --regexp=SCRIPT --file=SCRIPTFILE --glob= --iglob= --threads= --max-columns=",
            "--max-count= --replace= --type= --type-not= --type-add= --type-clear= --type-list --binary --block-buffered",
            "--byte-offset --case-sensitive --color= --colors= --column --count --count-matches --crlf --debug --dfa-size-limit=",
            "--engine= --field-context-separator= --field-match-separator= --files --files-with-matches",
            "--files-without-match --fixed-strings --follow --glob-case-insensitive --heading --help --hidden",
            "--hyperlink-format= --ignore-case --ignore-file=PATH --ignore-file-case-insensitive --include-zero",
            "--invert-match --json --line-buffered --line-number --line-regexp --max-columns-preview --max-filesize=",
            "--mmap --multiline --multiline-dotall --no-column --no-config --no-crlf --no-filename --no-fixed-strings",
            "--no-heading --no-hidden --no-ignore --no-ignore-dot --no-ignore-exclude --no-ignore-files",
            "--no-ignore-global --no-ignore-messages --no-ignore-parent --no-ignore-vcs --no-json --no-line-number",
            "--no-messages --no-mmap --no-multiline --no-pcre2 --no-pre --no-require-git --no-search-zip --no-unicode",
            "--null --null-data --one-file-system --only-matching --passthru --path-separator= --pcre2 --pcre2-version",
            "--pretty --quiet --regex-size-limit= --smart-case --sort= --sortr= --stats --stop-on-nonmatch",
            "--text --trace --trim --no-trim --unrestricted --version --vimgrep --with-filename --word-regexp",
            "SCRIPT PATH*",
        ],
    ),
    // Not -x, -X (run a program), -l (runs ls).
    (
        "fd|fdfind",
        &[
            "-HIusigFaLp01hVq -t= -e= -E= -d= -S= -o= -c= -j= --hidden --no-ignore --no-ignore-vcs --no-ignore-parent",
            "--unrestricted --case-sensitive --ignore-case --glob --regex --fixed-strings --absolute-path --follow",
            "--full-path --print0 --type= --extension= --exclude= --max-depth= --min-depth= --exact-depth= --size=",
            "--changed-within= --changed-before= --newer= --older= --owner= --color= --threads= --max-results= --quiet",
            "--show-errors --one-file-system --prune --strip-cwd-prefix --help --version --and= --path-separator=",
            "TEXT PATH*",
        ],
    ),
    // Not -l: in BSD sed its value would be the script.
    (
        "sed|gsed",
        &[
            "-nErsuz -e=SCRIPT --quiet --silent --debug --expression=SCRIPT --line-length= --posix",
            "--regexp-extended --separate --unbuffered --null-data --sandbox GNU SCRIPT PATH*",
        ],
    ),
    // In place: a suffix would make a second file, so it is refused.
    (
        "sed|gsed",
        &[
            "NEED:-i,--in-place -nErsz -i?| -e=SCRIPT --in-place --quiet --silent --expression=SCRIPT --line-length=",
            "--posix --regexp-extended --separate --null-data SCRIPT CHANGED*",
        ],
    ),
    // Long flags with a value are unknown to some awks, which go on with that value as the program.
    ("awk|gawk|mawk|nawk", &["-F= -v= --version --help ORDERED SCRIPT PATH*"]),
    (
        "diff|gdiff|colordiff",
        &[
            "-0123456789 -qscenypatTrNiEZbwBd -u -C= -U= -W= -F= -x= -X=PATH -S= -I= -D= --normal --brief --report-identical-files",
            "--context? --unified? --ed --rcs --side-by-side --width= --left-column --suppress-common-lines",
            "--show-c-function --show-function-line= --label= --expand-tabs --initial-tab --tabsize=",
            "--suppress-blank-empty --recursive --no-dereference --new-file --unidirectional-new-file",
            "--ignore-file-name-case --no-ignore-file-name-case --exclude= --exclude-from=PATH --starting-file=",
            "--from-file=PATH --to-file=PATH --ignore-case --ignore-tab-expansion --ignore-trailing-space",
            "--ignore-space-change --ignore-all-space --ignore-blank-lines --ignore-matching-lines= --text",
            "--strip-trailing-cr --ifdef= --line-format= --old-line-format= --new-line-format= --unchanged-line-format=",
            "--old-group-format= --new-group-format= --unchanged-group-format= --changed-group-format= --minimal",
            "--horizon-lines= --speed-large-files --color? --palette= -v GNU PATH*",
        ],
    ),
    (
        "diff3",
        &["-eEAxX3imaTv --ed --show-overlap --show-all --text --merge --initial-tab --label= -L= GNU PATH PATH PATH"],
    ),
    (
        "cmp",
        &[
            "-blsv -i= -n= --print-bytes --ignore-initial= --verbose --bytes= --quiet --silent GNU HARMLESS PATH PATH TEXT TEXT",
        ],
    ),
    (
        "column",
        &[
            "-tdeLJxhVn -c= -s= -o= -N= -O= -l= -E= -H= -R= -T= -W= -r= -i= -p= --table --table-noheadings",
            "--table-header-repeat --keep-empty-lines --json --fillrows --help --version --output-width= --separator=",
            "--output-separator= --table-columns= --table-order= --table-columns-limit= --table-noextreme=",
            "--table-hide= --table-right= --table-truncate= --table-wrap= HARMLESS PATH*",
        ],
    ),
    (
        "hexdump|hd",
        &[
            "-bcCdoxvhV -L? -e= -f=PATH -n= -s= --one-byte-octal --one-byte-char --canonical --two-bytes-decimal",
            "--two-bytes-octal --two-bytes-hex --color? --format= --format-file=PATH --length= --skip= --no-squeezing",
            "--help --version HARMLESS PATH*",
        ],
    ),
    // Flags cannot be joined, and the second operand is written.
    ("xxd", &["@-a @-b @-C @-E @-e @-i @-u @-d @-h @-v @-p @-ps @-plain @-c= @-g= @-l= @-n= @-o= @-s= ORDERED PATH"]),
    (
        "strings|gstrings",
        &[
            "-# -adfwovVh -n= -t= -T= -e= -U= -s= --all --data --print-file-name --bytes= --radix=",
            "--include-all-whitespace --target= --encoding= --unicode= --output-separator= GNU HARMLESS PATH*",
        ],
    ),
    // Not -C (compiles), -p (sets times), -z (decompressors), -m (a list of paths).
    (
        "file",
        &[
            "-bcEhiIkLlNnrsv0d -e= -f=PATH -F= -P= --brief --checking-printout --exclude= --exclude-quiet= --files-from=PATH",
            "--separator= --mime --apple --extension --mime-type --mime-encoding --keep-going --list --dereference",
            "--no-dereference --no-buffer --no-pad --print0 --parameter= --raw --special-files --debug GNU PATH*",
        ],
    ),
    // Not -o, nor -R, which writes an index into each folder.
    (
        "tree",
        &[
            "-adflxqNQpugshDFvtcUrinASCXJ -L= -P= -I= -H= -T= --prune --matchdirs --noreport --charset= --filelimit=",
            "--si --du --timefmt= --inodes --device --sort? --dirsfirst --filesfirst --gitignore --ignore-case --metafirst",
            "--help --version PATH*",
        ],
    ),
    // A pager runs unless told otherwise.
    (
        "bat|batcat",
        &[
            "NEED:-p,--paging,-P -pPnAf -l= -r= -H= --plain --paging=never --number --show-all --language= --line-range=",
            "--highlight-line= --style= --color= --decorations= --wrap= --tabs= --theme= --file-name= --terminal-width=",
            "PATH*",
        ],
    ),
    // Where there is no terminal, and only there, they print. Not -o, -O, -k, -T, nor `+COMMAND`; see `special`.
    ("less", &["-eEfFgGiIKLmMnNqQrRsSuUVwWX PATH*"]),
    ("more", &["-dflpcsu PATH*"]),
    // Not -P, -H, -C, -l, nor the name of a file; see `special`.
    ("man", &["-afkw TEXT*"]),
    ("tokei|scc", &["--help --version PATH*"]),
];
