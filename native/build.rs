//! Gives the crate the digest of everything that a verdict is computed from, as `CLAW_POLICY_DIGEST`.
//!
//! It covers the sources of `src/policy` without their tests, comments and blank lines, and the locked versions of the
//! packages that read command lines and URLs. Two claws with the same digest give the same verdict on the same question.

use std::fs;
use std::path::{Path, PathBuf};

const READERS: [&str; 4] = ["idna", "tree-sitter", "tree-sitter-bash", "url"];

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let (policy, lock) = (root.join("src/policy"), root.join("../Cargo.lock"));
    println!("cargo::rerun-if-changed={}", policy.display());
    println!("cargo::rerun-if-changed={}", lock.display());
    let mut hasher = blake3::Hasher::new();
    let mut sources = Vec::new();
    collect(&policy, &mut sources);
    sources.sort();
    for source in sources {
        let name = source.strip_prefix(&policy).expect("it lies there").to_string_lossy().into_owned();
        part(&mut hasher, &name, &code(&fs::read_to_string(&source).expect("a source is readable text")));
    }
    let locked = fs::read_to_string(&lock).expect("the lock file is readable text");
    for package in locked.split("[[package]]").filter(|package| READERS.iter().any(|name| is_of(package, name))) {
        part(&mut hasher, "package", package.trim());
    }
    println!("cargo::rustc-env=CLAW_POLICY_DIGEST={}", &hasher.finalize().to_hex()[..32]);
}

/// A package's entry in the lock file begins with its name.
fn is_of(package: &str, name: &str) -> bool {
    package.trim_start().lines().next() == Some(&format!("name = \"{name}\""))
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        let tests = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !tests {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !tests {
            into.push(path);
        }
    }
}

/// The lines that are neither blank nor a comment as a whole.
fn code(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Lengths go before the texts, so that no two lists of parts are the same bytes.
fn part(hasher: &mut blake3::Hasher, name: &str, text: &str) {
    for piece in [name, text] {
        hasher.update(&(piece.len() as u64).to_le_bytes());
        hasher.update(piece.as_bytes());
    }
}
