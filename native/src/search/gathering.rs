//! What many threads found, put in order and kept small.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The output for one file: whole lines, each with its line break.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) text: String,
    pub(super) lines: usize,
    /// There was more in this file.
    pub(super) cut: bool,
}

/// Results by path. Only those that can still appear in the output are kept: what lies behind the limits in path order
/// is dropped as soon as enough lies before it. So the answer does not depend on who was first.
pub(super) struct Gathering {
    results: BTreeMap<PathBuf, Found>,
    lines: usize,
    bytes: usize,
    most_lines: usize,
    most_bytes: usize,
    dropped: bool,
}

impl Gathering {
    pub(super) fn new(most_lines: usize, most_bytes: usize) -> Self {
        Self { results: BTreeMap::new(), lines: 0, bytes: 0, most_lines, most_bytes, dropped: false }
    }

    /// Is it certain that nothing in this file can appear? True only once something was dropped: until then, whether
    /// there is more must still be found out.
    pub(super) fn is_beyond(&self, path: &Path) -> bool {
        self.dropped
            && (self.lines >= self.most_lines || self.bytes >= self.most_bytes)
            && self.results.last_key_value().is_some_and(|(last, _)| last.as_path() < path)
    }

    pub(super) fn add(&mut self, path: PathBuf, found: Found) {
        self.lines += found.lines;
        self.bytes += found.text.len();
        self.results.insert(path, found);
        while let Some(last) = self.results.last_entry() {
            let (lines, bytes) = (self.lines - last.get().lines, self.bytes - last.get().text.len());
            if lines < self.most_lines && bytes < self.most_bytes {
                return;
            }
            last.remove();
            (self.lines, self.bytes, self.dropped) = (lines, bytes, true);
        }
    }

    /// All lines in path order up to the limits, with `separator` between files; and whether anything is missing.
    pub(super) fn finish(self, separator: Option<&str>) -> (String, bool) {
        let mut out = String::new();
        let mut left = self.most_lines;
        let mut cut = self.dropped;
        for (index, found) in self.results.into_values().enumerate() {
            cut |= found.cut;
            let separator = separator.filter(|_| index > 0);
            for line in separator.into_iter().chain(found.text.split_inclusive('\n')) {
                if left == 0 || out.len() + line.len() > self.most_bytes {
                    return (out, true);
                }
                out.push_str(line);
                left -= 1;
            }
        }
        (out, cut)
    }
}
