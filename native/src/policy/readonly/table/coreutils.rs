//! GNU coreutils (<https://www.gnu.org/software/coreutils/manual/>) and their BSD namesakes, as far as they only look.

use super::Entry;

/// `md5sum` and its relatives. `-c` reads the files that a list names.
const SUM: &str = "-bctwz --binary --check --tag --text --zero --ignore-missing --quiet --status --strict --warn GNU";

pub(super) static TABLE: &[Entry] = &[
    (
        "ls|gls|dir|vdir",
        &[
            "-aAbBcCdDfFgGhHiklLmnNopqQrRsStuUvxXZ1 -I= -T= -w= --all --almost-all --author --escape --block-size=",
            "--ignore-backups --color? --directory --dired --classify? --file-type --format= --full-time",
            "--group-directories-first --no-group --human-readable --si --dereference-command-line",
            "--dereference-command-line-symlink-to-dir --hide= --hyperlink? --indicator-style= --inode --ignore=",
            "--kibibytes --dereference --numeric-uid-gid --literal --hide-control-chars --show-control-chars",
            "--quote-name --quoting-style= --reverse --recursive --size --sort= --time= --time-style= --tabsize=",
            "--width= --context --zero GNU HARMLESS PATH*",
        ],
    ),
    (
        "cat|gcat",
        &[
            "-AbeEnstTuv --show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs",
            "--show-nonprinting GNU HARMLESS PATH*",
        ],
    ),
    ("tac|gtac", &["-br -s= --before --regex --separator= GNU HARMLESS PATH*"]),
    (
        "head|ghead",
        &["-# -qvz -c= -n= --bytes= --lines= --quiet --silent --verbose --zero-terminated GNU HARMLESS PATH*"],
    ),
    (
        "tail|gtail",
        &[
            "-# -fFqvzr -c= -n= -s= --bytes= --lines= --follow?name|descriptor --max-unchanged-stats= --pid= --quiet",
            "--silent --retry --sleep-interval= --verbose --zero-terminated GNU HARMLESS PATH*",
        ],
    ),
    (
        "wc|gwc",
        &["-cmlLw --bytes --chars --lines --max-line-length --words --files0-from=PATH --total= GNU HARMLESS PATH*"],
    ),
    (
        "nl|gnl",
        &[
            "-p -b= -d= -f= -h= -i= -l= -n= -s= -v= -w= --body-numbering= --section-delimiter= --footer-numbering=",
            "--header-numbering= --line-increment= --join-blank-lines= --number-format= --no-renumber",
            "--number-separator= --starting-line-number= --number-width= GNU HARMLESS PATH*",
        ],
    ),
    (
        "od|god",
        &[
            "-vabcdfiloshxBDHIOX -A= -j= -N= -t= --address-radix= --endian= --skip-bytes= --read-bytes= --format=",
            "--output-duplicates GNU HARMLESS PATH*",
        ],
    ),
    ("rev", &["-hV --help --version HARMLESS PATH*"]),
    ("fold|gfold", &["-bs -w= --bytes --spaces --width= GNU HARMLESS PATH*"]),
    (
        "fmt|gfmt",
        &[
            "-# -cstu -p= -w= -g= --crown-margin --prefix= --split-only --tagged-paragraph --uniform-spacing --width=",
            "--goal= GNU HARMLESS PATH*",
        ],
    ),
    ("paste|gpaste", &["-sz -d= --delimiters= --serial --zero-terminated GNU HARMLESS PATH*"]),
    (
        "join|gjoin",
        &[
            "-iz -a= -e= -j= -o= -t= -v= -1= -2= --ignore-case --check-order --nocheck-order --header",
            "--zero-terminated GNU HARMLESS PATH PATH",
        ],
    ),
    ("expand|gexpand", &["-i -t= --initial --tabs= GNU HARMLESS PATH*"]),
    ("unexpand|gunexpand", &["-a -t= --all --first-only --tabs= GNU HARMLESS PATH*"]),
    (
        "cut|gcut",
        &[
            "-nsz -b= -c= -d= -f= --bytes= --characters= --delimiter= --fields= --complement --only-delimited",
            "--output-delimiter= --zero-terminated GNU HARMLESS PATH*",
        ],
    ),
    ("tr|gtr", &["-cCdstu --complement --delete --squeeze-repeats --truncate-set1 GNU HARMLESS TEXT TEXT"]),
    (
        "comm|gcomm",
        &["-123zi --check-order --nocheck-order --output-delimiter= --total --zero-terminated GNU HARMLESS PATH PATH"],
    ),
    // The second operand of uniq is written.
    (
        "uniq|guniq",
        &[
            "-cdDiuz -f= -s= -w= --count --repeated --all-repeated? --skip-fields= --group? --ignore-case --skip-chars=",
            "--unique --zero-terminated --check-chars= GNU ORDERED PATH",
        ],
    ),
    // Not -o, -T, --compress-program, nor --files0-from: the files that a list names.
    (
        "sort|gsort",
        &[
            "-bdfgiMhnRrVcCmsuz -k= -S= -t= --ignore-leading-blanks --dictionary-order --ignore-case",
            "--general-numeric-sort --ignore-nonprinting --month-sort --human-numeric-sort --numeric-sort --random-sort",
            "--random-source=PATH --reverse --sort= --version-sort --batch-size= --check? --debug",
            "--key= --merge --stable --buffer-size= --field-separator= --parallel= --unique --zero-terminated GNU PATH*",
        ],
    ),
    // Not -o.
    (
        "shuf|gshuf",
        &["-rz -i= -n= --input-range= --head-count= --random-source=PATH --repeat --zero-terminated GNU PATH"],
    ),
    ("shuf|gshuf", &["NEED:-e,--echo -ezr -n= --echo --head-count= --repeat --zero-terminated GNU TEXT*"]),
    ("tsort|gtsort", &["GNU HARMLESS PATH"]),
    (
        "numfmt|gnumfmt",
        &[
            "-z -d= --debug --delimiter= --field= --format= --from= --from-unit= --grouping --header? --invalid=",
            "--padding= --round= --suffix= --to= --to-unit= --zero-terminated GNU HARMLESS TEXT*",
        ],
    ),
    (
        "pr|gpr",
        &[
            "-# -acdfFJmrtTv -D= -e? -h= -i? -l= -n? -N= -o= -s? -S? -w= -W= --columns= --across --show-control-chars",
            "--double-space --date-format= --expand-tabs? --form-feed --header= --output-tabs? --join-lines --length=",
            "--merge --number-lines? --first-line-number= --indent= --no-file-warnings --separator? --sep-string?",
            "--omit-header --omit-pagination --show-nonprinting --width= --page-width= GNU PATH*",
        ],
    ),
    ("md5sum|sha1sum|sha224sum|sha256sum|sha384sum|sha512sum", &[SUM, "HARMLESS PATH*"]),
    ("gmd5sum|gsha1sum|gsha256sum|gsha512sum", &[SUM, "HARMLESS PATH*"]),
    ("b2sum", &[SUM, "-l= --length= HARMLESS PATH*"]),
    (
        "cksum|gcksum",
        &[
            "-cwz -a= -l= --algorithm= --check --length= --tag --untagged --base64 --raw --zero --ignore-missing --quiet",
            "--status --strict --warn --debug GNU HARMLESS PATH*",
        ],
    ),
    ("sum|gsum", &["-rs --sysv GNU HARMLESS PATH*"]),
    ("md5|shasum", &["-bctpqrsUz0 -a= --algorithm= --binary --check --text GNU PATH*"]),
    // Not -o, which BSD writes to.
    ("base64|base32|basenc|gbase64", &["-di -w= --decode --ignore-garbage --wrap= GNU PATH"]),
    // Not a list of names in a file: what is in it is shown where it names nothing.
    (
        "du|gdu",
        &[
            "-0abcDHhklLmPSsx -B= -d= -t= -X=PATH --null --all --apparent-size --block-size= --bytes --total",
            "--dereference-args --max-depth= --files0-from=- --human-readable --inodes --dereference --count-links",
            "--no-dereference --separate-dirs --si --summarize --threshold= --time? --time-style= --exclude-from=PATH",
            "--exclude= --one-file-system GNU HARMLESS PATH*",
        ],
    ),
    // It tells of file systems, whatever path it finds them by.
    (
        "df|gdf",
        &[
            "-ahHiklPTvm -B= -t= -x= --all --block-size= --human-readable --si --inodes --local --no-sync --output?",
            "--portability --total --type= --print-type --exclude-type= GNU TEXT*",
        ],
    ),
    ("stat|gstat", &["-Lftx -c= --dereference --file-system --cached= --format= --printf= --terse GNU HARMLESS PATH*"]),
    (
        "readlink|greadlink",
        &[
            "-femnqsvz --canonicalize --canonicalize-existing --canonicalize-missing --no-newline --quiet --silent",
            "--verbose --zero GNU HARMLESS PATH*",
        ],
    ),
    (
        "realpath|grealpath",
        &[
            "-emELPqsz --canonicalize-existing --canonicalize-missing --logical --physical --quiet --relative-to=PATH",
            "--relative-base=PATH --strip --no-symlinks --zero GNU HARMLESS PATH*",
        ],
    ),
    ("basename|gbasename", &["-az -s= --multiple --suffix= --zero GNU HARMLESS TEXT*"]),
    ("dirname|gdirname", &["-z --zero GNU HARMLESS TEXT*"]),
    ("pathchk", &["-pP --portability GNU HARMLESS TEXT*"]),
    ("seq|gseq", &["-# -w -f= -s= --format= --separator= --equal-width GNU HARMLESS TEXT*"]),
    ("expr|gexpr|factor|gfactor", &["WORDS"]),
    ("yes|gyes", &["WORDS"]),
    ("sleep|gsleep", &["GNU HARMLESS TEXT*"]),
    // An operand without a plus sets the clock.
    (
        "date|gdate",
        &[
            "-uR -d= -f=PATH -I? -r=PATH --date= --debug --file=PATH --iso-8601? --resolution --rfc-email --rfc-2822",
            "--rfc-3339= --reference=PATH --utc --universal GNU ORDERED +TEXT",
        ],
    ),
    ("cal|ncal", &["-13jsywhJeNMY -A= -B= -d= -n= TEXT*"]),
    ("pwd", &["-LP --logical --physical GNU"]),
    (
        "uname|guname",
        &[
            "-asnrvmpio --all --kernel-name --nodename --kernel-release --kernel-version --machine --processor",
            "--hardware-platform --operating-system GNU",
        ],
    ),
    ("arch", &["GNU"]),
    // An operand, -F and -b set the name.
    ("hostname", &["-adfAiIsyV --alias --domain --fqdn --long --all-fqdns --ip-address --all-ip-addresses --short"]),
    ("nproc|gnproc", &["--all --ignore= GNU"]),
    ("tty", &["-s --silent --quiet GNU"]),
    ("logname|hostid", &["GNU"]),
    ("whoami|gwhoami", &["GNU"]),
    ("id|gid", &["-aZgGnruzpP --context --group --groups --name --real --user --zero GNU TEXT*"]),
    ("groups", &["GNU TEXT*"]),
    ("users", &["GNU PATH"]),
    (
        "who|gwho",
        &[
            "-abdHlmpqrstTwu --all --boot --dead --heading --ips --login --lookup --process --count --runlevel --short",
            "--time --users --message --mesg --writable GNU PATH*",
        ],
    ),
    // They write and start others, and say how.
    (
        "tee|split|csplit|install|ln|dd|truncate|mktemp|chmod|chown|chgrp|mkfifo|mknod|shred|unlink|link|sync",
        &["NEED:--help,--version --help --version"],
    ),
    // Its own command is the caller's to judge.
    ("env|genv", &["-0 --null GNU"]),
    ("printenv", &["-0 --null GNU HARMLESS TEXT*"]),
    ("true|false|gtrue|gfalse", &["WORDS"]),
];
