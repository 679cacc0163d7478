//! The rules of Landlock where there are no namespaces: what is hidden is left out of what may be read.

use std::path::{Path, PathBuf};

use super::entries::{Entries, Entry, c_path};
use super::landlock::{Access, Rule};
use crate::exec::error::StartError;

const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// One rule for each largest folder that may be seen as a whole.
pub(super) fn rules(entries: &Entries) -> Result<Vec<Rule>, StartError> {
    let hides = |entry: &Entry| matches!(entry, Entry::Empty | Entry::Hidden | Entry::Masked | Entry::Socket);
    let hidden: Vec<PathBuf> = entries
        .iter()
        .filter(|(_, entry)| hides(entry))
        .map(|(path, _)| path.clone())
        .chain([PathBuf::from("/dev")])
        .collect();
    let mut rules = Vec::new();
    add(&mut rules, Path::new("/"), Access::Read, &hidden)?;
    for (path, entry) in entries {
        match entry {
            Entry::ReadOnly | Entry::Seen | Entry::Layered => add(&mut rules, path, Access::Read, &hidden)?,
            Entry::Scratch | Entry::Writable => add(&mut rules, path, Access::Write, &hidden)?,
            Entry::Empty | Entry::Hidden | Entry::Masked | Entry::Socket => {}
        }
    }
    for path in DEVICES.map(|name| Path::new("/dev").join(name)) {
        if path.exists() {
            rules.push(Rule { path: c_path(&path)?, access: Access::Device, folder: false });
        }
    }
    Ok(rules)
}

/// `path` as a whole, or what of it is not on the way to something hidden.
fn add(rules: &mut Vec<Rule>, path: &Path, access: Access, hidden: &[PathBuf]) -> Result<(), StartError> {
    if !hidden.iter().any(|other| other.starts_with(path) && other != path) {
        rules.push(Rule { path: c_path(path)?, access, folder: path.is_dir() });
        return Ok(());
    }
    let Ok(children) = std::fs::read_dir(path) else { return Ok(()) };
    for child in children.flatten().map(|child| child.path()) {
        if !child.is_symlink() && child.exists() && !hidden.contains(&child) {
            add(rules, &child, access, hidden)?;
        }
    }
    Ok(())
}
