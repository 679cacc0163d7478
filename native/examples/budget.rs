//! Does one thing so many times, and nothing else: `budget WHAT TIMES FOLDER`. Run it under callgrind for two numbers of
//! times; the difference is what one time costs, in instructions.

use std::path::Path;

use claw_native::log::disk::RealDisk;
use claw_native::log::{Options, Record, Writer};
use claw_native::policy::{Question, evaluate};
use claw_native::wire::Answer;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, times, folder] = arguments.as_slice() else { return Err("usage: budget WHAT TIMES FOLDER".into()) };
    let times = times.parse()?;
    match what.as_str() {
        "append" => append(times, Path::new(folder)),
        "verdict" => judge(times),
        "decode" => decode(times),
        _ => Err("WHAT is append, verdict or decode".into()),
    }
}

/// A step of two records of 256 bytes, written lazily.
fn append(times: usize, folder: &Path) -> Outcome {
    let payload = [0x61; 256];
    let record = |kind| Record { kind, version: 1, ts: 1, agent: 0, cause: Some(0), flags: 0, payload: &payload };
    let step = [record("tool.finished"), record("model.requested")];
    let writer = Writer::create(RealDisk, &folder.join("log"), [1; 16], Options::default())?;
    for _ in 0..times {
        writer.append(&step, false, 0)?;
    }
    Ok(writer.close()?)
}

/// A line of three commands, with facts and rules.
fn judge(times: usize) -> Outcome {
    let command = "cd src && git diff --stat | head -3 && npm run test -- --watch=false > out.txt";
    let path = |given: &str| serde_json::json!({"parameter": "command", "given": given, "canonical": given, "inside": true, "exists": true});
    let question: Question = serde_json::from_value(serde_json::json!({
        "tool": "Bash", "arguments": {"command": command}, "mode": "default", "footprint": "execute", "cwd": "/w",
        "home": "/home/u", "sandboxed": true, "facts": {"paths": [path("src"), path("out.txt")]},
        "rules": [
            {"effect": "deny", "rule": "Bash(rm:*)", "source": "settings"},
            {"effect": "ask", "rule": "Bash(git push:*)", "source": "settings"},
            {"effect": "allow", "rule": "Bash(npm run test:*)", "source": "settings"},
        ],
    }))?;
    for _ in 0..times {
        evaluate(&question)?;
    }
    Ok(())
}

/// A record of a streamed reply, as an event stream brings it.
fn decode(times: usize) -> Outcome {
    let event = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\
                 \"delta\":{\"type\":\"text_delta\",\"text\":\" word\"}}\n\n";
    let body = event.repeat(times);
    let (mut answer, mut records) = (Answer::default(), Vec::new());
    for piece in body.as_bytes().chunks(8 * 1024) {
        answer.feed(piece, &mut records).map_err(|error| error.to_string())?;
    }
    answer.end(&mut records).map_err(|error| error.to_string())?;
    if records.len() == times { Ok(()) } else { Err("a record is missing".into()) }
}
