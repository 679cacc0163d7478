//! What needs no Python; the rest is in tests/native.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::*;

fn folder() -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("claw-exec-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn granted(line: &str) -> Grant {
    let call = rmp_serde::to_vec(&serde_json::json!(["Bash", {"command": line}, []])).unwrap();
    Grant::new(&call, &crate::blob::digest(&call), Some("command")).unwrap()
}

fn start(folder: &Path, line: &str) -> Process {
    let env = [("PATH".into(), "/usr/bin:/bin".into())];
    let guard = folder.join("guard");
    Process::start(
        &granted(line),
        Start {
            shell: "sh".as_ref(),
            cwd: folder,
            env: &env,
            guard: &guard,
            driver: None,
            stdin: b"",
            input: None,
            confinement: None,
            terminal: None,
            denied: None,
            heir: None,
        },
    )
    .unwrap()
}

fn patience() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn output(process: &Process) -> Vec<u8> {
    let mut output = Vec::new();
    loop {
        match process.read(patience()).unwrap() {
            Some(piece) if piece.is_empty() => return output,
            Some(piece) => output.extend(piece),
            None => panic!("no end of output"),
        }
    }
}

#[test]
fn a_command_runs_says_something_and_ends() {
    let folder = folder();
    let process = start(&folder, "pwd; echo $0 >&2; exit 3");
    assert_eq!(output(&process), format!("{}\nsh\n", folder.canonicalize().unwrap().display()).as_bytes());
    assert_eq!(process.wait(patience()).unwrap(), Some(3));
    assert!(wait_guard(&folder.join("guard"), Instant::now()).unwrap());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn dropping_a_process_ends_it() {
    let folder = folder();
    let guard = folder.join("guard");
    let process = start(&folder, "sleep 1000 & sleep 1000");
    assert!(!wait_guard(&guard, Instant::now()).unwrap());
    drop(process);
    assert!(wait_guard(&guard, patience()).unwrap());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn killing_ends_what_left_the_session() {
    let folder = folder();
    let process = start(&folder, "setsid sleep 1000 & echo x; sleep 1000");
    assert_eq!(process.read(patience()).unwrap().unwrap(), b"x\n");
    assert_eq!(process.wait(Instant::now()).unwrap(), None);
    process.kill();
    assert_eq!(process.wait(patience()).unwrap(), Some(143));
    assert!(output(&process).is_empty());
    std::fs::remove_dir_all(folder).unwrap();
}
