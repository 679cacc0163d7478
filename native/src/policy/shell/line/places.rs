//! In which folder a command runs.

/// The folders that the shell may be in, each as seen from where it started (empty: there).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy::shell) enum Places {
    Known(Vec<String>),
    /// It may be in any.
    Lost,
}

/// With more possibilities than this, none is known.
const MOST: usize = 6;

impl Places {
    pub(in crate::policy::shell) fn start() -> Self {
        Self::Known(vec![String::new()])
    }

    pub(in crate::policy::shell) fn is_start(&self) -> bool {
        matches!(self, Self::Known(places) if places.iter().all(String::is_empty))
    }

    /// After `cd target` from here.
    pub(in crate::policy::shell) fn entered(&self, target: &str) -> Self {
        match self {
            Self::Lost if is_fixed(target) => Self::Known(vec![collapsed(target)]),
            Self::Lost => Self::Lost,
            Self::Known(places) => {
                let mut entered: Vec<String> = places.iter().map(|place| collapsed(&join(place, target))).collect();
                entered.dedup();
                Self::Known(entered)
            }
        }
    }

    /// In the folder `target` from here, as a program goes there that looks where links lead: `..` is not taken back.
    pub(in crate::policy::shell) fn below(&self, target: &str) -> Self {
        match self {
            Self::Lost if is_fixed(target) => Self::Known(vec![target.to_owned()]),
            Self::Lost => Self::Lost,
            Self::Known(places) => Self::Known(places.iter().map(|place| join(place, target)).collect()),
        }
    }

    /// Here or there.
    pub(in crate::policy::shell) fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Known(here), Self::Known(there)) => {
                let mut both = here.clone();
                both.extend(there.iter().filter(|place| !here.contains(place)).cloned());
                if both.len() > MOST { Self::Lost } else { Self::Known(both) }
            }
            _ => Self::Lost,
        }
    }

    /// What a path may mean; None if that is not known.
    pub(in crate::policy::shell) fn resolve(&self, path: &str) -> Option<Vec<String>> {
        if is_fixed(path) {
            return Some(vec![path.to_owned()]);
        }
        match self {
            Self::Known(places) => Some(places.iter().map(|place| join(place, path)).collect()),
            Self::Lost => None,
        }
    }
}

fn is_fixed(path: &str) -> bool {
    path.starts_with('/') || path == "~" || path.starts_with("~/")
}

pub(in crate::policy::shell) fn join(place: &str, path: &str) -> String {
    match place {
        _ if is_fixed(path) => path.to_owned(),
        "" => path.to_owned(),
        place if path == "." => place.to_owned(),
        place => format!("{}/{path}", place.trim_end_matches('/')),
    }
}

/// `cd` takes `..` back by name, without looking where a link leads.
pub(in crate::policy::shell) fn collapsed(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." && *last != "~" => drop(parts.pop()),
            ("..", None) if path.starts_with('/') => {}
            _ => parts.push(part),
        }
    }
    // A name that looks like the home folder would be taken for it.
    let named = parts.first().is_some_and(|first| first.starts_with('~')) && !path.starts_with(['~', '/']);
    let joined = parts.join("/");
    match () {
        () if path.starts_with('/') => format!("/{joined}"),
        () if named => format!("./{joined}"),
        () => joined,
    }
}
