//! The paths of a command, by the facts about them.

use std::path::{Path, PathBuf};

use super::ruling::Ruling;
use super::{Effect, Judge, Mode, Sourced};
use crate::policy::question::PathFact;
use crate::policy::shell::{Access, Segment, Use};
use crate::policy::{Rule, credentials, protected};

impl<'c, 'q: 'c> Judge<'c, 'q> {
    /// The path of this command that a deny or ask rule for files speaks of.
    pub(super) fn denied_path<'s>(&self, rule: &Sourced<'q>, segment: &'s Segment) -> Option<&'s str> {
        let path = rule.rule.path()?;
        let (reads, writes) = (rule.rule.speaks_of_reading(), rule.rule.speaks_of_writing());
        let found = segment.uses.iter().find(|used| {
            let concerned = match used.access {
                Access::Write => writes,
                Access::Read | Access::Mention => reads,
                // Only the list of a folder says what is in it.
                Access::List => reads && self.question_fact(used).is_some_and(|fact| fact.directory),
                Access::ReadSome | Access::Shown => false,
                Access::Named => {
                    return reads
                        && path.denies_path(self.case.question, rule.root, &self.case.question.place(&used.given));
                }
            };
            concerned && self.places(used).iter().any(|fact| path.denies(self.case.question, rule.root, fact))
        });
        found.map(|used| used.given.as_str())
    }

    /// Of a folder of the workspace a confined command does not see what deny rules keep from being read.
    pub(super) fn is_kept_from(&self, rule: &Sourced<'q>, segment: &Segment) -> bool {
        let question = self.case.question;
        let inside = |used: &Use| question.fact(&used.given).is_some_and(|fact| question.is_within(fact));
        question.sandboxed
            && self.mode != Mode::BypassPermissions
            && self.case.deny.iter().any(|other| std::ptr::eq(other, rule))
            && rule.rule.speaks_of_reading()
            && !rule.rule.speaks_of_editing()
            && !segment.history
            && segment.uses.iter().all(|used| match used.access {
                Access::Read => inside(used),
                Access::ReadSome | Access::Write | Access::Shown => false,
                Access::List | Access::Mention | Access::Named => true,
            })
    }

    /// A folder or a pattern by which the command may come to a path that a rule denies.
    pub(super) fn perhaps_denied_path<'s>(
        &self,
        rules: impl Iterator<Item = &'c Sourced<'q>>,
        segment: &'s Segment,
    ) -> Option<(&'c Sourced<'q>, &'s str)> {
        let question = self.case.question;
        let mut paths = rules.filter_map(|rule| Some((rule, rule.rule.path()?)));
        paths.find_map(|(rule, path)| {
            let reads = rule.rule.speaks_of_reading();
            let writes = rule.rule.speaks_of_writing();
            let found = segment.uses.iter().find(|used| {
                let fact = question.fact(&used.given);
                let folder = fact.is_none_or(|fact| fact.directory);
                // What is a file now is one in the past, too; what is not there may have been a folder.
                let once = fact.is_none_or(|fact| fact.directory || !fact.exists);
                let concerned = match used.access {
                    Access::Read => reads && folder,
                    Access::ReadSome => reads,
                    Access::Shown => reads && once,
                    Access::Write => writes && fact.is_some_and(|fact| fact.directory),
                    Access::List | Access::Mention | Access::Named => false,
                };
                concerned && {
                    let place = fact.map_or_else(|| question.place(&used.given), |fact| question.canonical(fact));
                    path.may_be_below(question, rule.root, &place)
                }
            });
            found.map(|used| (rule, used.given.as_str()))
        })
    }

    /// Reads and writes that no rule lets pass, and those of which nothing is known.
    pub(super) fn guarded(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let question = self.case.question;
        for used in segment.uses.iter().filter(|used| !used.access.is_memory()) {
            for fact in self.places(used) {
                let known = question.fact(&used.given).is_some();
                let place = question.canonical(&fact);
                let workspace = question.workspace().to_string_lossy();
                let name = place.to_string_lossy();
                let protected =
                    fact.protected || !known && protected::is_protected(&name, &workspace, &question.home, "");
                let changes = match used.access {
                    Access::Write => true,
                    // An unknown command may well write what it is given.
                    Access::Mention => !self.only_records(segment),
                    _ => false,
                };
                let tree = changes && segment.trees.contains(&used.given);
                if tree && (question.workspace().starts_with(&place) || Path::new(&question.home).starts_with(&place)) {
                    let reason = format!("`{}` holds what is protected, and all of it changes.", used.given);
                    return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
                }
                let entry = |other: &Use| protected_entry(&place, other, &workspace, &question.home);
                let protected = protected
                    || fact.directory && changes && !question.is_scratch(&fact) && segment.uses.iter().any(entry);
                if protected && changes {
                    let reason = format!(
                        "`{}` is protected: it can hold credentials, make other programs run code, or belongs to claw.",
                        used.given
                    );
                    return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
                }
                let reads = matches!(used.access, Access::Read | Access::ReadSome | Access::Mention);
                let above = matches!(used.access, Access::Read | Access::ReadSome)
                    && fact.directory
                    && !question.home.is_empty()
                    && Path::new(&question.home).starts_with(&place);
                if above {
                    let reason = format!("`{}` holds your home folder, and credentials in it.", used.given);
                    return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
                }
                if reads
                    && (credentials::holds_secrets(&place, &question.home)
                        || fact.protected && !question.is_within(&fact))
                {
                    let reason = format!("`{}` can hold credentials or belongs to claw.", used.given);
                    return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
                }
            }
            if used.access != Access::Mention
                && question.fact(&used.given).is_none()
                && self.mode != Mode::BypassPermissions
            {
                let reason = format!("It is not known where `{}` leads.", used.given);
                return Some(Ruling::builtin(Effect::Ask, &segment.text, reason));
            }
        }
        None
    }

    /// `git add` and `git commit` take files as they are.
    fn only_records(&self, segment: &Segment) -> bool {
        segment.forms.last().is_some_and(|form| {
            let words: Vec<_> = form.words.iter().take(2).map(|word| word.text.as_str()).collect();
            matches!(words[..], ["git", "add" | "commit"])
        })
    }

    /// A path that is written where nothing is written unasked.
    pub(super) fn unwritable<'s>(&self, segment: &'s Segment) -> Option<&'s str> {
        let writes = segment.uses.iter().filter(|used| used.access == Access::Write);
        let found = writes.into_iter().find(|used| !self.question_fact(used).is_some_and(|fact| self.may_write(fact)));
        found.map(|used| used.given.as_str())
    }

    /// A path that a redirection writes, where leave for the command alone is not leave to edit it.
    pub(super) fn redirected<'s>(&self, segment: &'s Segment) -> Option<&'s str> {
        let editable = |fact: &PathFact| {
            self.mode == Mode::AcceptEdits
                || self.is_temporary(fact)
                || self.path_rule(Rule::speaks_of_editing, fact).is_some()
        };
        let mut outputs = segment.outputs.iter();
        outputs.find(|given| !self.case.question.fact(given).is_some_and(editable)).map(String::as_str)
    }

    /// A path that is read where no rule and no custom allows it.
    pub(super) fn unreadable<'s>(&self, segment: &'s Segment) -> Option<&'s str> {
        let reads = segment.uses.iter().filter(|used| used.access != Access::Write && !used.access.is_memory());
        let found = reads.into_iter().find(|used| !self.question_fact(used).is_some_and(|fact| self.may_read(fact)));
        found.map(|used| used.given.as_str())
    }

    /// The rule that allows to edit all that the command writes.
    pub(super) fn edit_rule(&self, segment: &Segment) -> Option<&'c Sourced<'q>> {
        let mut first = None;
        for used in segment.uses.iter().filter(|used| used.access == Access::Write) {
            let rule = self.path_rule(Rule::speaks_of_editing, self.question_fact(used)?)?;
            first = first.or(Some(rule));
        }
        first
    }

    /// git runs what a repository's configuration says: that of the workspace is the user's own, and no other may be
    /// found on the way there, nor any of the files that come with a repository and name programs.
    pub(super) fn is_repository_known(&self, segment: &Segment) -> bool {
        let question = self.case.question;
        let Some(configured) = &segment.repository else { return true };
        if configured.terminal && !self.has_terminal() {
            return true;
        }
        if configured.settings.below {
            return false;
        }
        configured.places.iter().all(|place| {
            let here = match (place.as_str(), question.fact(place)) {
                ("", _) => question.place(""),
                (_, Some(fact)) => question.canonical(fact),
                (_, None) => return false,
            };
            let absent: Vec<_> = configured.probes(place).iter().filter_map(|given| self.absent(given)).collect();
            let free = |folder: &Path, names: &[&str]| names.iter().all(|name| absent.contains(&folder.join(name)));
            let up = here.ancestors().take_while(|folder| folder.starts_with(question.workspace()));
            here.starts_with(question.workspace())
                && up.into_iter().all(|folder| {
                    let own = folder == question.workspace();
                    (own || free(folder, configured.settings.nested)) && free(folder, configured.settings.anywhere)
                })
        })
    }

    /// Where a path that is known not to exist would really be.
    fn absent(&self, given: &str) -> Option<PathBuf> {
        let question = self.case.question;
        question.fact(given).filter(|fact| !fact.exists).map(|fact| question.canonical(fact))
    }

    fn may_write(&self, fact: &PathFact) -> bool {
        let temporary = self.is_temporary(fact);
        !fact.protected
            && (self.case.question.is_within(fact)
                || temporary
                || self.path_rule(Rule::speaks_of_editing, fact).is_some())
    }

    fn may_read(&self, fact: &PathFact) -> bool {
        let place = self.case.question.canonical(fact);
        let temporary = self.is_temporary(fact);
        self.case.question.is_within(fact)
            || temporary
            || is_public(&place)
            || self.path_rule(Rule::speaks_of_reading, fact).is_some()
    }

    fn path_rule(&self, speaks: fn(&Rule) -> bool, fact: &PathFact) -> Option<&'c Sourced<'q>> {
        self.case.allow.iter().find(|rule| {
            let path = rule.rule.path();
            speaks(&rule.rule) && path.is_none_or(|path| path.allows(self.case.question, rule.root, fact))
        })
    }

    /// Is all that the command writes gone with the session, and nobody else's?
    pub(super) fn only_writes_scratch(&self, segment: &Segment) -> bool {
        let mut writes = segment.uses.iter().filter(|used| used.access == Access::Write);
        writes.all(|used| self.question_fact(used).is_some_and(|fact| self.case.question.is_scratch(fact)))
    }

    /// A confined command has these folders to itself.
    fn is_temporary(&self, fact: &PathFact) -> bool {
        let question = self.case.question;
        let path = question.canonical(fact);
        let apart = |folder: &str| !question.workspace().starts_with(folder) && !question.home.starts_with(folder);
        question.is_scratch(fact)
            || question.sandboxed && ["/tmp", "/var/tmp"].iter().any(|folder| path.starts_with(folder) && apart(folder))
    }

    fn question_fact(&self, used: &Use) -> Option<&'q PathFact> {
        self.case.question.fact(&used.given)
    }

    /// The fact about a path; without one, what its name says.
    fn places(&self, used: &Use) -> Vec<PathFact> {
        let question = self.case.question;
        if let Some(fact) = question.fact(&used.given) {
            return vec![fact.clone()];
        }
        let place = question.place(&used.given);
        vec![PathFact {
            given: used.given.clone(),
            inside: place.starts_with(question.workspace()),
            canonical: place.to_string_lossy().into_owned(),
            exists: true,
            ..PathFact::default()
        }]
    }
}

/// Is what a copy or a move puts into this folder protected there?
fn protected_entry(folder: &Path, other: &Use, workspace: &str, home: &str) -> bool {
    let name = other.given.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    other.access != Access::Mention
        && !other.access.is_memory()
        && protected::is_protected(&folder.join(name).to_string_lossy(), workspace, home, "")
}

/// What every user of the machine may read and that says nothing of one.
fn is_public(path: &Path) -> bool {
    const FOLDERS: [&str; 10] =
        ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/etc", "/sys", "/System/Library"];
    const PROCESSOR: [&str; 7] = [
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/version",
        "/proc/loadavg",
        "/proc/uptime",
        "/proc/stat",
        "/proc/filesystems",
    ];
    let text = path.to_string_lossy();
    FOLDERS.iter().any(|folder| path.starts_with(folder)) || PROCESSOR.contains(&text.as_ref())
}
