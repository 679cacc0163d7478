//! Where a command looks for a configuration that names programs.

use super::places;
use crate::policy::readonly::Settings;

/// Deeper folders are not looked at.
const DEEPEST: usize = 16;

/// A command that obeys what a repository brings along.
#[derive(Debug)]
pub(in crate::policy) struct Configured {
    /// The folders it may run in.
    pub(in crate::policy) places: Vec<String>,
    /// Which files name programs there.
    pub(in crate::policy) settings: &'static Settings,
    /// It obeys them only where it has a terminal.
    pub(in crate::policy) terminal: bool,
}

impl Configured {
    /// The files that it would find from this folder on, upwards; as the shell's start folder sees them.
    pub(in crate::policy) fn probes(&self, place: &str) -> Vec<String> {
        let mut found = Vec::new();
        for folder in upwards(place) {
            let nested = self.settings.nested.iter().filter(|_| !folder.is_empty());
            found.extend(nested.chain(self.settings.anywhere).map(|name| places::join(&folder, name)));
        }
        found
    }
}

/// The folder and those above it, as far as they are known. Where `..` leads is for the facts to say.
fn upwards(place: &str) -> Vec<String> {
    let mut folder = places::collapsed(place);
    let mut found = Vec::new();
    while found.len() < DEEPEST && !folder.starts_with("..") {
        found.push(folder.clone());
        let above = match folder.rfind('/') {
            Some(0) if folder.len() > 1 => "/",
            Some(slash) if slash > 0 => &folder[..slash],
            None if !matches!(folder.as_str(), "" | "~") => "",
            _ => break,
        };
        folder = above.to_owned();
    }
    found
}
