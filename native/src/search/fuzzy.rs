//! Names by some of their letters, in order.

use std::cmp::Ordering;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// What it is worth that the last part of a path holds all of the query: as much as another letter.
const IN_LAST_PART: u16 = 16;

/// A query as fzf takes it: letters that are in a name in this order count for more at the beginning of a word, and next
/// to each other. Upper case does not matter.
pub struct Fuzzy {
    atom: Atom,
    matcher: Matcher,
    letters: Vec<char>,
    paths: bool,
    /// The shorter one of two that fit alike goes first.
    short: bool,
}

impl Fuzzy {
    /// For names of any kind.
    pub fn new(query: &str) -> Self {
        Self::with(query, Config::DEFAULT, false)
    }

    /// For paths, where the last part is what people have in mind.
    pub fn for_paths(query: &str) -> Self {
        Self::with(query, Config::DEFAULT.match_paths(), true)
    }

    fn with(query: &str, mut config: Config, paths: bool) -> Self {
        config.prefer_prefix = !paths;
        let atom = Atom::new(query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false);
        let (paths, short) = (paths && !query.contains('/'), !query.is_empty() && !query.ends_with('/'));
        Self { atom, matcher: Matcher::new(config), letters: Vec::new(), paths, short }
    }

    /// Those of the names that fit, the best first, at most `limit`: of two that fit alike the one that lies less deep, then
    /// the shorter one, unless the query names a folder, then by their letters.
    pub fn best<'a>(&mut self, names: impl Iterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
        let short = self.short;
        let order = |a: &(u16, &'a str), b: &(u16, &'a str)| order(a, b, short);
        let mut found: Vec<_> = names.filter_map(|name| Some((self.score(name)?, name))).collect();
        if found.len() > limit && limit > 0 {
            found.select_nth_unstable_by(limit - 1, order);
        }
        found.truncate(limit);
        found.sort_unstable_by(order);
        found.into_iter().map(|(_, name)| name).collect()
    }

    /// How well it fits; None: it does not.
    fn score(&mut self, name: &str) -> Option<u16> {
        let whole = self.atom.score(Utf32Str::new(name, &mut self.letters), &mut self.matcher)?;
        if !self.paths {
            return Some(whole);
        }
        let end = name.trim_end_matches('/');
        let last = &name[end.rfind('/').map_or(0, |slash| slash + 1)..];
        let inside = self.atom.score(Utf32Str::new(last, &mut self.letters), &mut self.matcher);
        Some(inside.map_or(whole, |score| whole.max(score.saturating_add(IN_LAST_PART))))
    }
}

fn order((a_score, a): &(u16, &str), (b_score, b): &(u16, &str), short: bool) -> Ordering {
    let slashes = |name: &str| memchr::memchr_iter(b'/', name.trim_end_matches('/').as_bytes()).count();
    b_score
        .cmp(a_score)
        .then_with(|| slashes(a).cmp(&slashes(b)))
        .then_with(|| if short { a.len().cmp(&b.len()) } else { Ordering::Equal })
        .then_with(|| a.cmp(b))
}
