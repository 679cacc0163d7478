//! Commands that fetch from a host which WebFetch may not reach.

use super::ruling::Ruling;
use super::{Effect, Judge, brief};
use crate::policy::shell::{Form, Segment};

/// They talk to the hosts that they are given.
const CLIENTS: [&str; 24] = [
    "aria2c",
    "axel",
    "curl",
    "elinks",
    "fetch",
    "ftp",
    "git",
    "http",
    "https",
    "links",
    "lynx",
    "nc",
    "ncat",
    "rsync",
    "scp",
    "sftp",
    "ssh",
    "telnet",
    "w3m",
    "wget",
    "wget2",
    "xh",
    "youtube-dl",
    "yt-dlp",
];
/// Subcommands of git that do so.
const GIT: [&str; 8] = ["clone", "fetch", "pull", "push", "ls-remote", "remote", "submodule", "archive"];

impl<'c, 'q: 'c> Judge<'c, 'q> {
    /// A host in it that a deny rule for WebFetch names.
    pub(super) fn by_host(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let forms = || segment.forms.iter().chain(&segment.also).filter(|form| is_client(form));
        self.case.deny.iter().filter(|rule| rule.rule.covers_tool("WebFetch")).find_map(|rule| {
            let mut hosts = forms().flat_map(|form| &form.words[1..]).filter_map(|word| host(&word.text));
            let host = hosts.find(|host| rule.rule.speaks_of_host(host))?;
            let text = brief(&segment.text);
            let reason = format!("`{host}` in `{text}` is denied by the rule {} ({}).", rule.text, rule.source);
            let words = "is denied by the rule";
            Some(Ruling { reason, ..Ruling::by_rule(Effect::Deny, rule, &segment.text, words) })
        })
    }
}

fn is_client(form: &Form) -> bool {
    let Some((name, args)) = form.words.split_first() else { return false };
    let name = name.text.rsplit('/').next().unwrap_or_default();
    CLIENTS.contains(&name) && (name != "git" || args.iter().any(|arg| GIT.contains(&arg.text.as_str())))
}

/// Where a host may stand in a word: behind `://`, or in front of the first slash. curl takes braces out.
fn host(word: &str) -> Option<String> {
    let start = match word.find("://") {
        Some(at) => at + 3,
        None if word.contains(char::is_whitespace) || word.starts_with(['-', '/', '.']) => return None,
        None => 0,
    };
    let authority = word[start..].split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.replace(['{', '}', '[', ']'], "");
    (!host.is_empty()).then_some(host)
}
