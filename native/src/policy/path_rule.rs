//! Rules for paths: gitignore's patterns, from one of four starting points.
//!
//! `//abs` starts at `/`, `~/x` at home, `/x` at the rule's root (else the workspace's), `./x`, `../x` and `x` at the
//! working directory;
//! a bare pattern without a slash matches at any depth below it. What denies or asks and starts at the workspace or the
//! working directory starts as well at each folder that settings take for a part of the workspace. A pattern that matches a directory matches everything
//! in it. See <https://git-scm.com/docs/gitignore#_pattern_format>.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::question::{PathFact, Question, lexical};
use super::twin::{self, escape};

/// A path rule that parsed.
#[derive(Debug, Clone)]
pub(super) struct PathRule {
    base: Base,
    pattern: String,
    matcher: Gitignore,
}

#[derive(Debug, Clone, Copy)]
enum Base {
    Root,
    Home,
    /// Where the settings file says: its project, or home.
    Settings,
    /// This many levels above the working directory.
    Cwd(usize),
}

impl PathRule {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (base, pattern) = split_base(text);
        if pattern.trim_matches('/').is_empty() {
            return Err("names no path".into());
        }
        if pattern.starts_with('!') {
            return Err("starts with `!`; a rule cannot take back another, write a deny or an allow rule".into());
        }
        if pattern.split('/').any(|part| part == "..") {
            return Err("has `..` behind its start".into());
        }
        // Gitignore reads a line that starts with `#` as a comment.
        let line = if pattern.starts_with('#') { format!("\\{pattern}") } else { pattern };
        // The root only says what is cut off a path; ours are relative already.
        let mut builder = GitignoreBuilder::new("/");
        let built = builder.add_line(None, &line).and_then(|builder| builder.build());
        match built {
            Ok(matcher) if matcher.len() == 1 => Ok(Self { base, pattern: line, matcher }),
            Ok(_) => Err("is no valid path pattern".into()),
            Err(error) => Err(format!("is no valid path pattern: {error}")),
        }
    }

    /// May this rule allow the path? Its canonical form decides, so that no link leads out of what was allowed.
    pub(super) fn allows(&self, question: &Question, root: &str, fact: &PathFact) -> bool {
        let base = self.base(question, root).map(|base| self.of_the_tree(question, base));
        base.is_some_and(|base| self.matches(&base, &question.canonical(fact), fact.directory, fact.directory))
    }

    /// Does this rule speak against the path, as it was written or as it really is, or against another name of the file? A rule for what is in a directory
    /// speaks of the directory too.
    pub(super) fn denies(&self, question: &Question, root: &str, fact: &PathFact) -> bool {
        let places = [question.canonical(fact), question.given(fact)].into_iter().chain(question.other_places(fact));
        places.into_iter().any(|path| self.denies_path(question, root, &path))
    }

    /// The same for a path of which nothing is known but its name.
    pub(super) fn denies_path(&self, question: &Question, root: &str, path: &Path) -> bool {
        let places = question.with_twins(path);
        self.bases(question, root).iter().any(|base| places.iter().any(|path| self.matches(base, path, true, true)))
    }

    /// May something in this directory, at any depth, be what the rule speaks of?
    pub(super) fn may_be_below(&self, question: &Question, root: &str, directory: &Path) -> bool {
        let anchored = self.pattern.trim_end_matches('/').contains('/');
        let known = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
        let parts = self.pattern.split('/').filter(|part| anchored && !part.is_empty());
        let way: PathBuf = parts.take_while(known).collect();
        let starts = self.bases(question, root).into_iter().flat_map(|base| question.with_copies(&base.join(&way)));
        let places = question.with_twins(directory);
        starts.into_iter().any(|start| places.iter().any(|place| start.starts_with(place) || place.starts_with(&start)))
    }

    /// The rule as gitignore patterns from the root of the file system.
    pub(super) fn absolute(&self, question: &Question, root: &str) -> Vec<String> {
        // A slash before the end ties a pattern to its start.
        let anchored = self.pattern.trim_end_matches('/').contains('/');
        let between = if anchored { "/" } else { "/**/" };
        let pattern = |base: PathBuf| {
            let base = escape(base.to_str()?.trim_end_matches('/'));
            Some(format!("{base}{between}{}", self.pattern.trim_start_matches('/')))
        };
        let mut patterns: Vec<String> = self.bases(question, root).into_iter().filter_map(pattern).collect();
        let mut at = 0;
        while at < patterns.len() {
            let twins = twin::patterns(question, &patterns[at]);
            patterns.extend(twins.into_iter().filter(|twin| !patterns.contains(twin)).collect::<Vec<_>>());
            at += 1;
        }
        patterns
    }

    /// Where an allow rule starts that settings have for the work tree which the caller's was made from.
    fn of_the_tree(&self, question: &Question, base: PathBuf) -> PathBuf {
        let is_twin = question.twin_workspaces().any(|workspace| base == workspace);
        if matches!(self.base, Base::Settings) && is_twin { lexical(question.workspace()) } else { base }
    }

    fn matches(&self, base: &Path, path: &Path, directory: bool, content: bool) -> bool {
        let Ok(relative) = path.strip_prefix(base) else {
            return false;
        };
        let hit = |path: &Path, directory| {
            !path.as_os_str().is_empty() && self.matcher.matched_path_or_any_parents(path, directory).is_ignore()
        };
        // A name that no pattern but `*` and `**` matches stands for all that a directory may hold.
        hit(relative, directory) || (content && hit(&relative.join("\u{1}"), false))
    }

    /// Where the rule starts if it denies or asks.
    fn bases(&self, question: &Question, root: &str) -> Vec<PathBuf> {
        let Some(base) = self.base(question, root) else { return Vec::new() };
        let of_the_workspace = match self.base {
            Base::Cwd(up) => up == 0,
            Base::Settings => {
                base == lexical(question.workspace()) || question.twin_workspaces().any(|workspace| base == workspace)
            }
            Base::Root | Base::Home => false,
        };
        let parts = question.directories().filter(|_| of_the_workspace).map(lexical);
        let own = std::iter::once(lexical(question.workspace())).filter(|_| of_the_workspace);
        let workspaces = question.twin_workspaces();
        let above: Vec<PathBuf> = match self.base {
            Base::Cwd(up) => workspaces.map(|workspace| lexical(&workspace.join("../".repeat(up)))).collect(),
            _ if of_the_workspace => workspaces.collect(),
            _ => Vec::new(),
        };
        let mut found = vec![base];
        for place in parts.chain(own).chain(above) {
            if !found.contains(&place) {
                found.push(place);
            }
        }
        found
    }

    fn base(&self, question: &Question, root: &str) -> Option<PathBuf> {
        match self.base {
            Base::Root => Some("/".into()),
            Base::Home if question.home.is_empty() => None,
            Base::Home => Some(lexical(Path::new(&question.home))),
            Base::Settings if root.is_empty() => Some(lexical(question.workspace())),
            Base::Settings => Some(lexical(Path::new(root))),
            Base::Cwd(up) => Some(lexical(&question.workspace().join(&question.cwd).join("../".repeat(up)))),
        }
    }
}

/// Where a rule starts, and its pattern: anchored there by a leading slash, unless it is bare.
fn split_base(text: &str) -> (Base, String) {
    if let Some(rest) = text.strip_prefix("//") {
        return (Base::Root, format!("/{}", rest.trim_start_matches('/')));
    }
    if let Some(rest) = text.strip_prefix("~/") {
        return (Base::Home, format!("/{rest}"));
    }
    if text.starts_with('/') {
        return (Base::Settings, text.into());
    }
    let mut rest = text;
    let mut up = 0;
    loop {
        if let Some(shorter) = rest.strip_prefix("./") {
            rest = shorter;
        } else if let Some(shorter) = rest.strip_prefix("../") {
            (rest, up) = (shorter, up + 1);
        } else {
            break;
        }
    }
    let anchored = rest.len() < text.len();
    (Base::Cwd(up), if anchored { format!("/{rest}") } else { text.into() })
}
