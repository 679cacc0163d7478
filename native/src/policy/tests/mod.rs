//! Tables, one line a case.

mod added;
mod commands;
mod facts;
mod lines;
mod order;
mod paths;
mod properties;
mod protected;
mod rules;
mod shell;
mod twins;
mod web;

use super::question::{Facts, Grant, Layer, PathFact, RuleText};
use super::*;

/// A question about `call`: a tool and what it is about. Paths are relative to the workspace `/w` or absolute, and then
/// outside; a leading `!` says protected, a trailing slash a directory.
fn question(mode: Mode, rules: &[&str], call: &str) -> Question {
    let (tool, about) = call.split_once(' ').unwrap_or((call, ""));
    let mut question = Question {
        tool: tool.into(),
        arguments: Default::default(),
        mode,
        footprint: Footprint::Execute,
        traits: None,
        facts: Facts::default(),
        rules: rules.iter().filter(|rule| !rule.starts_with("grant ")).map(|rule| rule_text(rule)).collect(),
        grants: Vec::new(),
        cwd: "/w".into(),
        home: "/home/u".into(),
        workspace: None,
        twins: Vec::new(),
        sandboxed: true,
    };
    let grants = rules.iter().filter_map(|rule| rule.strip_prefix("grant "));
    question.grants = grants.map(|rule| Grant { rule: rule.into(), source: "session".into() }).collect();
    match tool {
        "Bash" => drop(question.arguments.insert("command".into(), about.into())),
        "WebFetch" => drop(question.arguments.insert("url".into(), about.into())),
        "Agent" => drop(question.arguments.insert("subagent_type".into(), about.into())),
        _ => question.facts.paths = about.split_whitespace().map(path_fact).collect(),
    }
    question.footprint = match tool {
        "Read" | "Glob" | "Grep" | "TodoWrite" => Footprint::Read,
        "Edit" | "Write" | "NotebookEdit" => Footprint::Write,
        _ => Footprint::Execute,
    };
    question
}

fn rule_text(rule: &str) -> RuleText {
    let (effect, rule) = rule.split_once(' ').expect("effect and rule");
    let effect = match effect {
        "allow" => Effect::Allow,
        "ask" => Effect::Ask,
        "deny" => Effect::Deny,
        other => panic!("{other}"),
    };
    RuleText {
        effect,
        rule: rule.into(),
        source: "settings".into(),
        layer: Layer::User,
        root: String::new(),
        directory: String::new(),
    }
}

fn path_fact(text: &str) -> PathFact {
    let protected = text.starts_with('!');
    let path = text.trim_start_matches('!');
    PathFact {
        given: path.into(),
        canonical: path.trim_end_matches('/').into(),
        inside: !path.starts_with('/'),
        exists: true,
        directory: path.ends_with('/'),
        protected,
        ..PathFact::default()
    }
}
