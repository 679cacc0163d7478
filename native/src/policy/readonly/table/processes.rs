//! Processes, sockets, devices: what runs here and on what.

use super::Entry;

pub(super) static TABLE: &[Entry] = &[
    // Operands in the BSD way are checked in `special`.
    (
        "ps",
        &[
            "-AadNeTrfFjlyMHLmcwVvx -C= -g= -G= -o= -O= -p= -P= -q= -s= -t= -u= -U= -n= --deselect --Group= --User= --group= --pid=",
            "--ppid= --quick-pid= --sid= --tty= --user= --context --cols= --columns= --cumulative --forest --headers",
            "--lines= --no-headers --no-heading --rows= --sort= --width= --format= --info --help? --version TEXT*",
        ],
    ),
    (
        "pgrep",
        &[
            "-lavwcfinoxALhV -d= -g= -G= -O= -P= -s= -t= -u= -U= -F=PATH -r= --list-name --list-full --inverse --count --full",
            "--ignore-case --newest --oldest --exact --ignore-ancestors --delimiter= --pgroup= --group= --older= --parent=",
            "--session= --terminal= --euid= --uid= --pidfile=PATH --runstates= --logpidfile --lightweight --help --version",
            "TEXT",
        ],
    ),
    // Without -b it is for a terminal, where keys kill processes and write files.
    ("top", &["NEED:-b -bcHiS1 -n= -d= -p= -o= -u= -w?"]),
    // It names signals, or asks whether a process is there; any other number is a signal.
    ("kill", &["NEED:-l,-L -lL TEXT*"]),
    ("kill", &["NEED:-0 -0 TEXT*"]),
    ("pidof", &["-chnqsxz -d= -o= TEXT*"]),
    (
        "pstree",
        &["-aAcglhGnpsSTtuUVZ -C= -H= -N= --arguments --ascii --show-pids --show-parents --long --version TEXT"],
    ),
    // Not -c, -n: they read and make files.
    ("pmap", &["-xXdqphV -A= --extended --device --quiet --show-path --range= --version TEXT*"]),
    // Not -D (a cache of devices).
    ("lsof", &["-abhlnNOPRtUvVX -c= -d= -i? -p= -s? -u= PATH*"]),
    ("fuser", &["-vuamV --verbose PATH*"]),
    // Not -K (closes sockets), -D, -F, nor a filter, whose names are looked up.
    (
        "ss",
        &[
            "-hVnralomepTisbZz46tMSudwx0HO -f= -A= --help --version --numeric --resolve --all --listening --options",
            "--extended --memory --processes --threads --info --summary --ipv4 --ipv6 --tcp --udp --raw --unix",
            "--family= --query= --no-header --oneline --no-queues",
        ],
    ),
    (
        "netstat",
        &[
            "-rgsMvWnNepolaFCZtuUSwx46iVh -f= -A= --route --interfaces? --groups --statistics --verbose --wide --numeric",
            "--numeric-hosts --numeric-ports --numeric-users --extend --programs --timers --listening --all --tcp --udp",
            "--inet --inet6 --unix --version --help",
        ],
    ),
    (
        "ip",
        &[
            "@-4 @-6 @-s @-d @-o @-j @-p @-h @-N @-c? @-br @-brief @-json @-details @-stats @-oneline @-color -V COMMAND",
        ],
    ),
    ("ip addr|ip address|ip a|ip link|ip l|ip route|ip r|ip neigh|ip n|ip rule", &["COMMAND?"]),
    (
        "ip addr show|ip address show|ip a show|ip link show|ip route show|ip r show|ip route list|ip rule list",
        &["TEXT*"],
    ),
    ("ip addr list|ip link list|ip neigh show|ip route get|ip rule show|ip a s", &["TEXT*"]),
    ("ifconfig", &["-asv TEXT"]),
    ("arp", &["-aenv"]),
    ("route", &["-env46"]),
    (
        "free",
        &[
            "-bkmghltvwV -s= -c= --bytes --kibi --mebi --gibi --tebi --pebi --kilo --mega --giga --tera --peta --human --si",
            "--lohi --total --committed --wide --help --version --count= --seconds=",
        ],
    ),
    ("uptime", &["-phsV --pretty --help --since --version"]),
    ("w", &["-husfoiV --no-header --no-current --short --from --old-style --ip-addr --help --version TEXT"]),
    (
        "last|lastb",
        &[
            "-# -adFiRwxhV -f=PATH -n= -s= -t= -p= --hostlast --dns --file=PATH --fulltimes --ip --limit= --nohostname --since=",
            "--until= --present= --fullnames --system --time-format= --help --version TEXT*",
        ],
    ),
    (
        "vmstat",
        &[
            "-afmnsdDwtyhV -p= -S= --active --forks --slabs --stats --disk --wide --timestamp --help --version TEXT TEXT",
        ],
    ),
    ("iostat|mpstat", &["-cdhkmNtxyzVA -p= -P= -u TEXT*"]),
    (
        "lsblk",
        &[
            "-ADJMOPSabdfilmnprstyzhV -E= -I= -T? -e= -o= -w= -x= --all --bytes --fs --json --list --output= --output-all",
            "--paths --raw --topology --tree? --noheadings --nodeps --help --version PATH*",
        ],
    ),
    (
        "findmnt",
        &[
            "-smkAabCcDefilJnPRruUvyhV -d= -N= -O= -o= -S= -T=PATH -M=PATH -t= --all --df --json --list --output= --source=",
            "--target=PATH --mountpoint=PATH --types= --noheadings --raw --real --pseudo --tree --help --version TEXT TEXT",
        ],
    ),
    (
        "lscpu",
        &[
            "-abBcJxyhV -C? -e? -p? --all --online --bytes --caches? --offline --json --extended? --parse? --hex --physical --output-all --help --version",
        ],
    ),
    ("lsmem", &["-abJPnrSZhV -o= --all --bytes --json --raw --summary? --output= --help --version"]),
    ("lspci", &["-vnktmbDVx -s= -d="]),
    ("lsusb", &["-vtV -s= -d="]),
    ("lsmod|lsipc|lslocks|lslogins|lsns", &[""]),
    ("mount", &[""]),
    // Not hosts: to look up a name is to send it.
    ("getent", &["passwd|group|services|protocols|aliases|initgroups TEXT*"]),
    ("getconf", &["-a -v= TEXT PATH"]),
    ("locale", &["-amckvV --all-locales --charmaps --category-name --keyword-name --verbose --help --version TEXT*"]),
    ("dmesg", &["-TtxkuLPrw -l= -f= --ctime --reltime --notime --level= --facility= --follow --decode --nopager"]),
    ("nvidia-smi", &["-L --list-gpus"]),
    ("sw_vers", &["@-productName @-productVersion @-buildVersion --productName --productVersion --buildVersion"]),
    ("lsb_release", &["-acdirsuh --all --codename --description --id --release --short --help"]),
];
