//! Files that hold keys, tokens and passwords: read only after a question.

use std::path::Path;

use super::protected::names;

/// What lies here is for its owner alone: keys, tokens, passwords. Below home by name, and of the machine. A sandbox
/// hides just these ([`crate::exec::Confinement`]).
pub const OF_HOME: [&str; 46] = [
    ".claw",
    ".ssh",
    ".aws",
    ".azure",
    ".gnupg",
    ".kube",
    ".docker",
    ".netrc",
    ".pgpass",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".password-store",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
    ".config/hub",
    ".local/share/keyrings",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".claude/.credentials.json",
    ".codex/auth.json",
    ".config/op",
    ".m2/settings.xml",
    ".vault-token",
    ".mozilla",
    ".config/google-chrome",
    ".bash_history",
    ".boto",
    ".bundle/config",
    ".cache/huggingface/token",
    ".claude.json",
    ".composer/auth.json",
    ".config/composer/auth.json",
    ".config/containers/auth.json",
    ".config/pypoetry/auth.toml",
    ".config/rclone",
    ".gem/credentials",
    ".gradle/gradle.properties",
    ".ivy2/.credentials",
    ".local/share/uv/credentials",
    ".m2/settings-security.xml",
    ".my.cnf",
    ".nuget/NuGet/NuGet.Config",
    ".s3cfg",
    ".sbt/.credentials",
];
const SECRETS_ANYWHERE: [&str; 5] = [".ssh", ".aws", ".gnupg", ".password-store", ".netrc"];
/// The same of the machine.
pub const OF_THE_MACHINE: [&str; 26] = [
    "/etc/NetworkManager/system-connections",
    "/etc/kubernetes",
    "/etc/letsencrypt",
    "/etc/wireguard",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/security/opasswd",
    "/etc/krb5.keytab",
    "/etc/ipsec.secrets",
    "/etc/ipsec.d",
    "/etc/openvpn",
    "/etc/ppp",
    "/etc/wpa_supplicant",
    "/etc/netplan",
    "/etc/mysql/debian.cnf",
    "/etc/rancher",
    "/etc/docker/key.json",
    "/etc/pki/tls/private",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssl/private",
    "/etc/ssh",
    "/etc/claw",
    "/root",
];

/// Does this path, which has no links left, hold credentials?
pub(super) fn holds_secrets(place: &Path, home: &str) -> bool {
    let path = names(place);
    if OF_THE_MACHINE.iter().any(|secret| path.starts_with(&names(Path::new(secret)))) && !place.starts_with(home) {
        return true;
    }
    let anywhere = path.iter().any(|name| SECRETS_ANYWHERE.contains(&name.as_str()));
    anywhere || is_of_the_user(place, home) || is_of_a_process(&path)
}

fn is_of_a_process(path: &[String]) -> bool {
    path.first().is_some_and(|name| name == "proc")
        && path.iter().any(|name| matches!(name.as_str(), "environ" | "mem" | "fd" | "maps" | "root" | "cwd" | "auxv"))
}

/// The same, of the user's own in the home folder: also where that is the workspace.
pub(super) fn is_of_the_user(place: &Path, home: &str) -> bool {
    let path = names(place);
    let home = names(Path::new(home));
    !home.is_empty()
        && path.starts_with(&home)
        && OF_HOME.iter().any(|secret| path[home.len()..].starts_with(&names(Path::new(secret))))
}

/// Patterns, as gitignore has them from the root, of the user's credentials below a folder that holds the home folder.
pub(super) fn below(folder: &Path, home: &str) -> Vec<String> {
    if home.is_empty() || !Path::new(home).starts_with(folder) {
        return Vec::new();
    }
    let anywhere = SECRETS_ANYWHERE.iter().map(|name| format!("/**/{name}"));
    OF_HOME.iter().map(|name| format!("{}/{name}", home.trim_end_matches('/'))).chain(anywhere).collect()
}
