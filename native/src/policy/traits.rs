//! What a tool declares that verdicts on its calls depend on.

use serde::Deserialize;

/// What the permission for a call is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A command line.
    Command,
    /// A program in a language that policy does not read.
    Text,
    /// The paths that are its facts.
    Path,
    /// A URL.
    Url,
    /// A name.
    Name,
    /// The call as a whole.
    #[default]
    None,
}

/// Who performs a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Performer {
    /// claw itself.
    #[default]
    Handler,
    /// A server, whose word on what it does is not taken.
    Server,
    /// Nobody: what follows from it are events.
    Decide,
}

/// What a tool declares that its verdicts depend on, beside its footprint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Traits {
    /// What the permission for a call is about.
    pub subject: Subject,
    /// The argument that holds the command line, the URL or the name.
    pub argument: String,
    /// It looks at all that lies below its paths.
    pub searches: bool,
    /// Who performs a call.
    pub performer: Performer,
}
