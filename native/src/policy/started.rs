//! Deny rules for commands, held against a program that starts: its name and arguments as the kernel was given them.

use std::sync::Arc;

use super::case::Case;
use super::question::Question;
use super::rule::{Rule, RuleError};
use super::shell;

/// The deny rules for commands that hold for a call of Bash, as (rule, source): none where an allow rule is its command
/// line to the letter, since whoever wrote that line wants what it starts.
pub fn denials(question: &Question) -> Result<Vec<(String, String)>, RuleError> {
    let case = Case::new(question)?;
    let letter = question.command().is_some_and(|line| {
        let mut allow = case.allow.iter().filter(|rule| rule.rule.speaks_of_commands());
        allow.any(|rule| rule.rule.command().is_some_and(|rule| rule.is_whole(line)))
    });
    if letter {
        return Ok(Vec::new());
    }
    let rules = case.deny.iter().filter(|rule| rule.rule.speaks_of_commands() && rule.rule.command().is_some());
    Ok(rules.map(|rule| (rule.text.to_owned(), rule.source.to_owned())).collect())
}

/// Some of them, parsed.
#[derive(Debug, Clone, Default)]
pub struct DeniedCommands(Vec<DeniedCommand>);

/// One deny rule for commands.
#[derive(Debug, Clone)]
pub struct DeniedCommand {
    /// Its text, as in `Bash(rm:*)`.
    pub text: String,
    /// The file and line or the flag it came from.
    pub source: String,
    rule: Arc<Rule>,
}

impl DeniedCommands {
    /// Of (rule, source). A rule that is about something else than single commands speaks of no start.
    pub fn new(rules: &[(String, String)]) -> Result<Self, RuleError> {
        let parsed = rules.iter().map(|(text, source)| {
            let rule = Rule::remembered(text)?;
            Ok(DeniedCommand { text: text.clone(), source: source.clone(), rule })
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// No rule at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order they were given.
    pub fn rules(&self) -> &[DeniedCommand] {
        &self.0
    }

    /// The first rule that denies to start this: a program's name or path, and its arguments.
    pub fn denying(&self, words: &[&str]) -> Option<&DeniedCommand> {
        let forms = shell::spelled(words);
        self.0.iter().find(|rule| rule.denies_any(&forms))
    }
}

impl DeniedCommand {
    /// The program that the rule names, as it is written there; None where a star stands in its place.
    pub fn program(&self) -> Option<&str> {
        self.rule.command()?.program()
    }

    /// Does it deny to start this?
    pub fn denies(&self, words: &[&str]) -> bool {
        self.denies_any(&shell::spelled(words))
    }

    fn denies_any(&self, forms: &[shell::Form]) -> bool {
        self.rule.command().is_some_and(|rule| forms.iter().any(|form| rule.denies_form(form)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(texts: &[&str]) -> DeniedCommands {
        let rules: Vec<_> = texts.iter().map(|text| ((*text).to_owned(), "a file".to_owned())).collect();
        DeniedCommands::new(&rules).unwrap()
    }

    fn denies(rule: &str, words: &[&str]) -> bool {
        rules(&[rule]).denying(words).is_some()
    }

    #[test]
    fn a_rule_means_of_a_start_what_it_means_in_a_line() {
        for (rule, words) in [
            ("Bash(rm:*)", &["rm", "x"][..]),
            ("Bash(rm:*)", &["/usr/bin/rm"]),
            ("Bash(rm -rf:*)", &["rm", "-rf", "x"]),
            ("Bash(git push:*)", &["git", "-C", "..", "push", "origin"]),
            ("Bash(git push:*)", &["/usr/lib/git-core/git-push", "origin"]),
            ("Bash(sudo *)", &["sudo", "ls"]),
            ("Bash(npm publish)", &["npm", "publish"]),
            ("Bash(pip install:*)", &["python3", "-m", "pip", "install", "x"]),
            ("Bash(* --force)", &["git", "fetch", "--force"]),
        ] {
            assert!(denies(rule, words), "{rule} {words:?}");
        }
        for (rule, words) in [
            ("Bash(rm:*)", &["rmdir", "x"][..]),
            ("Bash(rm:*)", &["echo", "rm", "x"]),
            ("Bash(rm -rf:*)", &["rm", "x"]),
            ("Bash(git push:*)", &["git", "stash", "push"]),
            ("Bash(npm publish)", &["npm", "publish", "--dry-run"]),
            ("Read(x)", &["x"]),
        ] {
            assert!(!denies(rule, words), "{rule} {words:?}");
        }
    }

    #[test]
    fn the_program_that_a_rule_names() {
        let all =
            rules(&["Bash(rm:*)", "Bash(git push *)", "Bash(/bin/ls)", "Bash(git*)", "Bash(*)", "Bash(A=1 make:*)"]);
        let named: Vec<_> = all.rules().iter().map(DeniedCommand::program).collect();
        assert_eq!(named, [Some("rm"), Some("git"), Some("/bin/ls"), None, None, None]);
    }
}
