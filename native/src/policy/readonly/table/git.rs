//! git (<https://git-scm.com/docs>): subcommands that show. What a repository's configuration may make them run is said
//! in the module's documentation.
//!
//! Left out on purpose: `-c` and `--exec-path=` (programs of the caller's choice), `--git-dir`, `--work-tree` and
//! `--bare` (another repository's configuration), `--paginate`, `--output`, `--ext-diff`, `--textconv`, `--filters`,
//! `--show-signature`, and everything that asks a remote.

use super::Entry;

/// How a difference is shown. Flags with a number are accepted in one word only.
const DIFF: &str = "-p -u -s -U? -z -B? -M? -C? -D -l? -S= -G= -O=PATH -R -a -b -w -I= -W -X? --patch --no-patch --unified? \
    --raw --minimal --patience --histogram --anchored= --diff-algorithm= --stat? --stat-width= --stat-name-width= \
    --stat-count= --compact-summary --numstat --shortstat --dirstat? --cumulative --dirstat-by-file? --summary \
    --patch-with-stat --patch-with-raw --name-only --name-status --submodule? --color? --no-color --color-moved? \
    --no-color-moved --color-moved-ws= --no-color-moved-ws --word-diff? --word-diff-regex= --color-words? --no-renames \
    --[no-]rename-empty --check --ws-error-highlight= --full-index --binary --abbrev? --break-rewrites? --find-renames? \
    --find-copies? --find-copies-harder --irreversible-delete --diff-filter= --find-object= --pickaxe-all \
    --pickaxe-regex --skip-to= --rotate-to= --relative? --no-relative --text --ignore-cr-at-eol --ignore-space-at-eol \
    --ignore-space-change --ignore-all-space --ignore-blank-lines --ignore-matching-lines= --inter-hunk-context= \
    --function-context --exit-code --quiet --no-ext-diff --no-textconv --ignore-submodules? --src-prefix= --dst-prefix= \
    --no-prefix --default-prefix --line-prefix= --ita-invisible-in-index --ita-visible-in-index --no-indent-heuristic \
    --indent-heuristic --combined-all-paths --cc --diff-merges= --no-diff-merges -t -r";

/// Which commits.
const COMMITS: &str = "-# -n= --max-count= --skip= --since= --after= --until= --before= --since-as-filter= --author= \
    --committer= --grep-reflog= --grep= --all-match --invert-grep -i --regexp-ignore-case --basic-regexp -E \
    --extended-regexp -F --fixed-strings -P --perl-regexp --remove-empty --merges --no-merges --min-parents= --max-parents= \
    --no-min-parents --no-max-parents --first-parent --exclude-first-parent-only --not --all --branches? --tags? \
    --remotes? --glob= --exclude= --exclude-hidden= --reflog --single-worktree --ignore-missing --bisect --cherry-mark \
    --cherry-pick --left-only --right-only --cherry -g --walk-reflogs --merge --boundary --simplify-by-decoration \
    --show-pulls --full-history --dense --sparse --simplify-merges --ancestry-path? --date-order --author-date-order \
    --topo-order --reverse --no-walk? --do-walk";

/// How a commit is shown.
const PRETTY: &str = "--pretty? --format= --abbrev-commit --no-abbrev-commit --no-abbrev --oneline --encoding= --expand-tabs? \
    --no-expand-tabs --notes? --no-notes --show-notes? --relative-date --date= --parents --children --left-right --graph \
    --no-graph --show-linear-break? --follow --decorate? --no-decorate --decorate-refs= --decorate-refs-exclude= \
    --clear-decorations --source --[no-]mailmap --[no-]use-mailmap --log-size -L= -c -m --root --no-show-signature";

/// Which of the settings, and how they are shown.
const CONFIG: &str = "--global --system --local --worktree -f=PATH --file=PATH --blob= -z --null --name-only --show-origin \
    --show-scope --type= --bool --int --bool-or-int --path --expiry-date --no-includes --default= --fixed-value";

/// Subcommands that are known for nothing but what they say of themselves.
const OTHERS: &str = "git add|git am|git checkout|git cherry-pick|git clean|git clone|git commit|git fetch|git init|\
    git merge|git mv|git pull|git push|git rebase|git reset|git restore|git revert|git rm|git switch|git gc|git archive|\
    git format-patch|git filter-branch|git update-index|git bundle|git send-email|git sparse-checkout|git rerere";

/// And of those below.
const LOOKING: &str = "git status|git log|git show|git diff|git blame|git grep|git branch|git tag|git remote|git stash|\
    git config|git describe|git rev-parse|git rev-list|git ls-files|git ls-tree|git reflog|git worktree|git submodule|\
    git shortlog|git bisect|git notes|git apply|git cat-file|git for-each-ref|git merge-base";

const BRANCH: &str = "-a -r -v -i -q --all --remotes --verbose --quiet --color? --no-color --column? --no-column --abbrev? \
    --no-abbrev --contains= --no-contains= --merged= --no-merged= --points-at= --format= --sort= --ignore-case --omit-empty \
    --show-current";

const TAG: &str = "-n? -i --column? --no-column --color? --contains= --no-contains= --merged= --no-merged= --points-at= \
    --format= --sort= --ignore-case --omit-empty";

pub(super) static TABLE: &[Entry] = &[
    (
        "git",
        &[
            "-P -v -C=PATH --no-pager --no-replace-objects --literal-pathspecs --glob-pathspecs --noglob-pathspecs",
            "--icase-pathspecs --no-optional-locks --no-lazy-fetch --no-advice --version --help --html-path --man-path --info-path",
            "--exec-path COMMAND?",
        ],
    ),
    // A line on how to use it.
    (OTHERS, &["NEED:-h -h"]),
    (LOOKING, &["NEED:-h -h"]),
    (
        "git fsck",
        &[
            "--full --strict --connectivity-only --unreachable --[no-]dangling --[no-]progress --[no-]reflogs --root --tags",
            "--cache --verbose -v --name-objects TEXT*",
        ],
    ),
    // Manuals, where there is no terminal.
    ("git help", &["-a -g -c -v --all --guides --config --verbose TEXT"]),
    ("git var", &["-l"]),
    ("git var", &["TEXT"]),
    ("git submodule", &["-q --quiet COMMAND"]),
    ("git submodule status", &["-q --quiet --cached --recursive TEXT*"]),
    // With one of these nothing is applied, unless `--apply` says so.
    (
        "git apply",
        &[
            "NEED:--stat,--numstat,--summary,--check --stat --numstat --summary --check -R --reverse -p? -v --verbose -z",
            "--directory= --exclude= --include= PATH*",
        ],
    ),
    ("git version", &["--build-options"]),
    (
        "git status",
        &[
            "-s -b -v -u? -z --short --branch --[no-]show-stash --porcelain? --long --verbose --untracked-files?",
            "--ignore-submodules? --ignored? --column? --no-column --[no-]ahead-behind --[no-]renames --find-renames? TEXT*",
        ],
    ),
    ("git log|git whatchanged", &[COMMITS, PRETTY, DIFF, "TEXT*"]),
    ("git show", &[COMMITS, PRETTY, DIFF, "TEXT*"]),
    (
        "git rev-list",
        &[
            COMMITS,
            PRETTY,
            "--objects --objects-edge --objects-edge-aggressive --count --unpacked --disk-usage? --use-bitmap-index",
            "--header --timestamp --no-object-names --in-commit-order --filter= --quiet --stdin --abbrev? TEXT*",
        ],
    ),
    // Outside of a repository, or with a path outside, the operands are files.
    ("git diff", &[DIFF, "--cached --staged --merge-base --no-index --base --ours --theirs -0 -1 -2 -3 -c -i PATH*"]),
    ("git diff-tree", &[DIFF, PRETTY, "--stdin --merge-base --no-commit-id -v --always TEXT*"]),
    ("git diff-index", &[DIFF, "--cached --merge-base -m TEXT*"]),
    ("git diff-files", &[DIFF, "-0 -1 -2 -3 -q --base --ours --theirs -c TEXT*"]),
    ("git range-diff", &[DIFF, "--creation-factor= --no-dual-color --left-only --right-only TEXT*"]),
    (
        "git shortlog",
        &[
            "-n -s -e -c -w? --numbered --summary --email --committer --group= --format= --since= --after= --until=",
            "--before= --no-merges --merges --all --branches? --tags? --remotes? --author= --grep= --first-parent TEXT*",
        ],
    ),
    (
        "git blame|git annotate",
        &[
            "-b -L= -l -t -S=PATH -p -f -n -s -e -w -h -c -M? -C? --root --show-stats --reverse --porcelain --line-porcelain",
            "--incremental --encoding= --contents=PATH --date= --[no-]progress --score-debug --show-name --show-number",
            "--show-email --ignore-rev= --ignore-revs-file=PATH --color-lines --color-by-age --abbrev= --first-parent",
            "--since= --minimal TEXT*",
        ],
    ),
    // An operand makes a branch, unless the list is asked for.
    ("git branch", &[BRANCH]),
    ("git branch", &["NEED:-l,--list -l --list", BRANCH, "TEXT*"]),
    ("git tag", &[TAG, "-l --list"]),
    ("git tag", &["NEED:-l,--list -l --list", TAG, "TEXT*"]),
    ("git remote", &["-v --verbose COMMAND?"]),
    ("git remote get-url", &["--push --all TEXT"]),
    // Otherwise it asks the remote.
    ("git remote show", &["NEED:-n -n TEXT*"]),
    ("git remote show", &[""]),
    (
        "git rev-parse",
        &[
            "-q --verify --quiet --short? --symbolic --symbolic-full-name --abbrev-ref? --show-toplevel --show-prefix",
            "--show-cdup --git-dir --absolute-git-dir --git-common-dir --is-inside-work-tree --is-inside-git-dir",
            "--is-bare-repository --is-shallow-repository --show-superproject-working-tree --git-path= --all --branches?",
            "--tags? --remotes? --glob= --exclude= --disambiguate= --local-env-vars --revs-only --no-revs --flags --no-flags",
            "--default= --not --since= --after= --until= --before= --path-format= --show-object-format? --end-of-options",
            "--shared-index-path --sq TEXT*",
        ],
    ),
    (
        "git ls-files",
        &[
            "-c -d -m -o -i -s -t -u -k -f -v -z -x= -X=PATH --cached --deleted --modified --others --ignored --stage",
            "--directory --no-empty-directory --empty-directory --unmerged --killed --exclude= --exclude-from=PATH",
            "--exclude-per-directory= --exclude-standard --error-unmatch --with-tree= --full-name --recurse-submodules",
            "--abbrev? --debug --eol --deduplicate --sparse --format= --resolve-undo TEXT*",
        ],
    ),
    (
        "git ls-tree",
        &[
            "-d -r -t -l -z --long --name-only --name-status --full-name --full-tree --abbrev? --object-only --format= TEXT*",
        ],
    ),
    (
        "git cat-file",
        &[
            "-t -s -e -p -z --allow-unknown-type --batch? --batch-check? --batch-all-objects --buffer --unordered",
            "--follow-symlinks --[no-]mailmap --[no-]use-mailmap TEXT*",
        ],
    ),
    (
        "git describe",
        &[
            "--all --tags --contains --abbrev? --candidates= --exact-match --debug --long --match= --exclude= --always",
            "--first-parent --dirty? TEXT*",
        ],
    ),
    ("git reflog", &[COMMITS, PRETTY, "COMMAND?"]),
    ("git reflog show", &[COMMITS, PRETTY, DIFF, "TEXT*"]),
    ("git reflog exists", &["TEXT"]),
    ("git reflog list", &[""]),
    ("git stash", &["COMMAND"]),
    ("git stash list", &[COMMITS, PRETTY, DIFF, "TEXT*"]),
    ("git stash show", &[DIFF, "--include-untracked --only-untracked TEXT*"]),
    ("git worktree", &["COMMAND"]),
    ("git worktree list", &["-v -z --porcelain --verbose --expire="]),
    ("git notes", &["--ref= COMMAND?"]),
    ("git notes list|git notes show", &["TEXT*"]),
    ("git notes get-ref", &[""]),
    ("git bisect", &["COMMAND"]),
    ("git bisect log", &[""]),
    // One operand is read, two are written.
    ("git config", &[CONFIG, "TEXT"]),
    (
        "git config",
        &[
            "NEED:--get,--get-all,--get-regexp,--get-urlmatch,--list,-l --get --get-all --get-regexp --get-urlmatch --list",
            "-l",
            CONFIG,
            "TEXT*",
        ],
    ),
    // Not -O (opens a program), --no-index, --textconv.
    (
        "git grep",
        &[
            "-# -a -i -w -v -h -H -E -G -F -P -I -n -l -L -c -o -p -W -q -z -r -A= -B= -C= -m= -e=SCRIPT -f=SCRIPTFILE --cached",
            "--untracked --no-exclude-standard --exclude-standard --recurse-submodules --text --ignore-case --word-regexp",
            "--invert-match --full-name --extended-regexp --basic-regexp --fixed-strings --perl-regexp --line-number",
            "--column --files-with-matches --name-only --files-without-match --null --only-matching --count --color?",
            "--no-color --break --heading --show-function --function-context --context= --after-context= --before-context=",
            "--max-count= --max-depth= --[no-]recursive --threads= --and --or --not --all-match --quiet SCRIPT TEXT*",
        ],
    ),
    (
        "git for-each-ref",
        &[
            "-s -p --count= --shell --perl --python --tcl --sort= --format= --color? --points-at= --merged= --no-merged=",
            "--contains= --no-contains= --ignore-case --omit-empty --exclude= --stdin TEXT*",
        ],
    ),
    (
        "git show-ref",
        &[
            "-d -s? -q --head --dereference --hash? --abbrev? --tags --heads --branches --verify --quiet --exists",
            "--exclude-existing? TEXT*",
        ],
    ),
    ("git symbolic-ref", &["-q --quiet --short --[no-]recurse TEXT"]),
    ("git name-rev", &["--tags --refs= --exclude= --all --annotate-stdin --name-only --no-undefined --always TEXT*"]),
    ("git merge-base", &["-a --all --octopus --independent --is-ancestor --fork-point TEXT*"]),
    ("git count-objects", &["-v -H --verbose --human-readable"]),
    ("git cherry", &["-v --abbrev? TEXT*"]),
    ("git check-ignore", &["-q -v -n -z --quiet --verbose --stdin --non-matching --no-index TEXT*"]),
    ("git check-attr", &["-a -z --all --cached --stdin --source= TEXT*"]),
    ("git check-ref-format", &["--branch --normalize --allow-onelevel --refspec-pattern TEXT*"]),
    ("git check-mailmap", &["--stdin TEXT*"]),
    (
        "git show-branch",
        &[
            "-a -r --all --remotes --topo-order --date-order --sparse --no-name --sha1-name --topics --merge-base --independent --list --color? --no-color TEXT*",
        ],
    ),
];
