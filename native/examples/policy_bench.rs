//! How long a verdict on a command line takes: the median for a few commands, and calls a second for all of them.
//!
//! `cargo run --release --example policy_bench`. The question is decoded once; what is timed is the verdict.

use std::time::{Duration, Instant};

use claw_native::policy::{Question, evaluate};

const COMMANDS: [&str; 8] = [
    "git status",
    "ls -la src | head",
    "git log --oneline -5 && git diff --stat",
    "grep -rn 'fn main' src | sort | uniq -c",
    "npm run test -- --watch=false",
    "cd src && cat main.rs | wc -l",
    "git commit -m \"$(cat <<'EOF'\nFix the parser\n\nMore words.\nEOF\n)\"",
    "for f in a b c; do echo \"$f\" > out/$f.txt; done",
];
const RULES: [(&str, &str); 6] = [
    ("deny", "Bash(rm:*)"),
    ("deny", "Read(./secrets/**)"),
    ("ask", "Bash(git push:*)"),
    ("allow", "Bash(npm run test:*)"),
    ("allow", "Bash(git commit:*)"),
    ("allow", "Edit(src/**)"),
];
const ROUNDS: usize = 2_000;

fn main() {
    let questions: Vec<Question> = COMMANDS.iter().map(|command| question(command)).collect();
    for question in &questions {
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| timed(question)).collect();
        times.sort_unstable();
        let [p50, p99] = [times[ROUNDS / 2], times[ROUNDS * 99 / 100]].map(|time| time.as_nanos() as f64 / 1000.0);
        let text = question.arguments["command"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        println!("{p50:8.1} µs p50 {p99:8.1} µs p99  {text}");
    }
    let start = Instant::now();
    for round in 0..20_000 {
        timed(&questions[round % questions.len()]);
    }
    println!("{:8.0} verdicts a second", 20_000.0 / start.elapsed().as_secs_f64());
}

fn timed(question: &Question) -> Duration {
    let start = Instant::now();
    let verdict = evaluate(question);
    let time = start.elapsed();
    assert!(verdict.is_ok());
    time
}

fn question(command: &str) -> Question {
    let paths = claw_native::policy::shell_paths(command).into_iter().map(|given| {
        serde_json::json!({"parameter": "command", "given": given, "canonical": given, "inside": true, "exists": true})
    });
    let rules = RULES.map(|(effect, rule)| serde_json::json!({"effect": effect, "rule": rule, "source": "settings"}));
    let asked = serde_json::json!({
        "tool": "Bash", "arguments": {"command": command}, "mode": "default", "footprint": "execute", "cwd": "/w",
        "home": "/home/u", "sandboxed": true, "facts": {"paths": paths.collect::<Vec<_>>()}, "rules": rules,
    });
    serde_json::from_value(asked).expect("a question")
}
