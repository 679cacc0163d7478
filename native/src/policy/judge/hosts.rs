//! Commands that may reach a host which WebFetch may not reach.
//!
//! Of the clients that are known it is known where in their words a host stands, and it is read as they read it. Of any
//! other command that is not known to only read, every word may hold one.

use super::namesakes::takes_text;
use super::ruling::Ruling;
use super::{Effect, Judge, Mode, Sourced, brief};
use crate::policy::shell::{self, Form, Kind, Segment, UNKNOWN};

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

/// Options whose value is a host, and the others that say where to connect.
const WHERE: [&str; 9] = ["proxy", "socks", "url", "resolve", "connect-to", "host", "server", "doh", "dns"];
/// With more alternatives in a name, all that it may become is not listed.
const MOST: usize = 256;

impl<'c, 'q: 'c> Judge<'c, 'q> {
    /// A host in it that a deny rule for WebFetch names.
    pub(super) fn by_host(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let mut hosts: Vec<String> = Vec::new();
        let mut seen = false;
        for form in segment.forms.iter().chain(&segment.also) {
            let Some(name) = client(form) else { continue };
            seen = true;
            hosts.extend(form.words.iter().skip(1).flat_map(|word| hosts_of(name, &word.text)));
        }
        let doubtful = matches!(segment.effect, shell::Effect::Unknown(_)) && !segment.is_understood();
        let git = segment.forms.last().and_then(|form| form.words.first()).is_some_and(|name| name.text == "git");
        if !seen && doubtful && !git && !takes_text(segment) {
            let words = segment.forms.last().into_iter().flat_map(|form| form.words.iter().skip(1));
            hosts.extend(words.map(|word| word.text.clone()));
        }
        if hosts.is_empty() {
            return None;
        }
        let addresses: Vec<_> = hosts.iter().filter_map(|host| address(host)).collect();
        hosts.extend(addresses);
        self.hosts_denied().find_map(|rule| {
            let host = hosts.iter().find(|host| rule.rule.speaks_of_host(host))?;
            let (host, text) = (brief(host), brief(&segment.text));
            let reason = format!("`{host}` in `{text}` is denied by the rule {} ({}).", rule.text, rule.source);
            let words = "is denied by the rule";
            Some(Ruling { reason, ..Ruling::by_rule(Effect::Deny, rule, &segment.text, words) })
        })
    }

    /// It reaches hosts that a file names, or that are known only when it runs, and a rule denies one.
    pub(super) fn perhaps_host(&self, segment: &Segment) -> Option<Ruling<'c>> {
        let rule = self.hosts_denied().next()?;
        let bypass = self.mode == Mode::BypassPermissions;
        let mut forms = segment.forms.iter().chain(&segment.also);
        forms.find(|form| {
            client(form).is_some_and(|name| takes_list(name, form) || !bypass && is_unknown(name, form))
        })?;
        let (effect, text) = (if bypass { Effect::Deny } else { Effect::Ask }, brief(&segment.text));
        let reason =
            format!("It is not known whether {} ({}) denies a host that `{text}` reaches.", rule.text, rule.source);
        Some(match effect {
            Effect::Deny => Ruling { reason, ..Ruling::by_rule(effect, rule, &segment.text, "is denied by the rule") },
            _ => Ruling::builtin(effect, &segment.text, reason),
        })
    }

    fn hosts_denied(&self) -> impl Iterator<Item = &'c Sourced<'q>> {
        self.case.deny.iter().filter(|rule| rule.rule.names_host() && rule.rule.speaks_of_hosts())
    }
}

/// The name of a client that is known.
fn client(form: &Form) -> Option<&str> {
    let (name, args) = form.words.split_first()?;
    let name = name.text.rsplit('/').next().unwrap_or_default();
    let is = CLIENTS.contains(&name) && (name != "git" || args.iter().any(|arg| GIT.contains(&arg.text.as_str())));
    is.then_some(name)
}

/// Where a host may stand in a word of a client: behind a scheme, whose slashes may be one to three, or in front of the
/// first slash; or in the rest of an option.
fn hosts_of(client: &str, text: &str) -> Vec<String> {
    if let Some(rest) = behind_scheme(text) {
        return variants(authority(rest));
    }
    if let Some(at) = text.find("://") {
        return variants(authority(&text[at + 3..]));
    }
    if let Some(option) = text.strip_prefix("--") {
        let Some((name, value)) = option.split_once('=') else { return Vec::new() };
        return if WHERE.iter().any(|part| name.contains(part)) { variants(authority(value)) } else { Vec::new() };
    }
    if let Some(flags) = text.strip_prefix('-') {
        // The value may begin behind any letter.
        let starts = flags.char_indices().skip(1).take(MOST).map(|(at, _)| authority(&flags[at..]).to_owned());
        return if flags.contains('.') && client != "git" { starts.collect() } else { Vec::new() };
    }
    if text.contains(char::is_whitespace) || text.starts_with(['/', '.']) {
        return Vec::new();
    }
    variants(authority(text))
}

fn behind_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    (named && rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
}

fn authority(text: &str) -> &str {
    text.split(['/', '?', '#']).next().unwrap_or_default()
}

/// All that curl makes of `{a,b}` and `[a-c]`, and the name without the signs.
fn variants(host: &str) -> Vec<String> {
    let mut found = vec![host.replace(['{', '}', '[', ']'], "")];
    let mut waiting = vec![host.to_owned()];
    while let Some(name) = waiting.pop() {
        let open = name.find(['{', '[']);
        let close = open.and_then(|open| {
            let sign = if name[open..].starts_with('{') { '}' } else { ']' };
            Some((open, open + name[open..].find(sign)?))
        });
        let Some((open, close)) = close.filter(|_| found.len() + waiting.len() < MOST) else {
            found.push(name);
            continue;
        };
        let inner = &name[open + 1..close];
        let parts: Vec<String> =
            if name[open..].starts_with('{') { inner.split(',').map(str::to_owned).collect() } else { range(inner) };
        waiting.extend(parts.iter().map(|part| format!("{}{part}{}", &name[..open], &name[close + 1..])));
    }
    found.retain(|name| !name.is_empty());
    found
}

/// `a-c`, `1-3`, `01-10:2`; anything else is itself.
fn range(text: &str) -> Vec<String> {
    let (ends, step) = text.split_once(':').unwrap_or((text, "1"));
    let step = step.parse::<usize>().unwrap_or(1).max(1);
    let listed = ends.split_once('-').and_then(|(first, last)| {
        let letter = |text: &str| text.chars().next().filter(|c| c.is_ascii_alphabetic() && text.len() == 1);
        if let (Some(first), Some(last)) = (letter(first), letter(last)) {
            return Some((first..=last).step_by(step).map(String::from).collect());
        }
        let numbers = first.parse::<u64>().ok()?..=last.parse::<u64>().ok()?;
        let width = first.len();
        Some(numbers.step_by(step).take(MOST).map(|number| format!("{number:0width$}")).collect())
    });
    listed.unwrap_or_else(|| vec![text.to_owned()])
}

/// An address in one of the forms that inet_aton(3) takes, as four numbers.
fn address(host: &str) -> Option<String> {
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let number = |text: &str| match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => u32::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    };
    let parts: Vec<u32> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, bytes) = parts.split_last().filter(|(_, bytes)| bytes.len() < 4)?;
    let mut address = *last;
    for (at, byte) in bytes.iter().enumerate() {
        address |= (byte & 0xff) << (24 - 8 * at);
    }
    Some(std::net::Ipv4Addr::from(address).to_string())
}

/// Is it given a file that says where it connects?
fn takes_list(client: &str, form: &Form) -> bool {
    let (letters, long): (&str, &[&str]) = match client {
        "curl" => ("K", &["--config"]),
        "wget" | "wget2" => ("ie", &["--input-file", "--config", "--execute", "--input-metalink"]),
        "aria2c" => ("i", &["--input-file", "--conf-path"]),
        "ssh" | "scp" | "sftp" => ("F", &[]),
        "yt-dlp" | "youtube-dl" => ("a", &["--batch-file", "--config-location", "--config-locations"]),
        _ => ("", &[]),
    };
    form.words.iter().skip(1).any(|word| {
        let name = word.text.split('=').next().unwrap_or_default();
        match word.text.strip_prefix('-') {
            Some(flags) if flags.starts_with('-') => long.iter().any(|long| name.len() > 4 && long.starts_with(name)),
            Some(flags) => {
                // A letter behind one that takes a value belongs to that.
                let end = flags.find(|c: char| "AbcCdDeEFhHmoOPrtTuUwxXyYz".contains(c)).unwrap_or(flags.len());
                flags.find(|c| letters.contains(c)).is_some_and(|at| at <= end)
            }
            None => false,
        }
    })
}

/// Is a host of it known only when it runs?
fn is_unknown(client: &str, form: &Form) -> bool {
    let before = |at: usize| form.words[at - 1].text.as_str();
    let is_value =
        |at: usize| at > 1 && before(at).starts_with('-') && !matches!(before(at), "-x" | "--proxy" | "--url");
    client != "git"
        && form.words.iter().enumerate().skip(1).any(|(at, word)| {
            let text = word.text.as_str();
            let rest = behind_scheme(text).unwrap_or(text);
            word.kind != Kind::Literal && !text.starts_with('-') && !is_value(at) && authority(rest).contains(UNKNOWN)
        })
}
