//! What needs no cgroup; the rest is in tests/native.

use super::place::{Version, candidates};
use super::*;

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("claw bounds {name} {}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn found(mounts: &str, own: &str) -> Vec<(std::path::PathBuf, Version, bool)> {
    candidates(mounts, own).into_iter().map(|place| (place.folder, place.version, place.bounds)).collect()
}

#[test]
fn beside_claws_own_cgroup_where_that_gives_a_limit() {
    let root = folder("v2");
    let slice = root.join("user.slice/app.slice");
    std::fs::create_dir_all(slice.join("claw.scope")).unwrap();
    std::fs::write(slice.join("cgroup.procs"), "").unwrap();
    std::fs::write(slice.join("cgroup.subtree_control"), "memory pids\n").unwrap();
    let mounts = format!("30 1 0:26 / {} rw - cgroup2 cgroup2 rw\n", root.display().to_string().replace(' ', "\\040"));
    let own = "1:name=systemd:/x\n0::/user.slice/app.slice/claw.scope\n";
    let expected = [(slice.clone(), Version::Two, true), (slice.join("claw.scope"), Version::Two, false)];
    assert_eq!(found(&mounts, own), expected);
    std::fs::write(slice.join("cgroup.subtree_control"), "memory\n").unwrap();
    assert_eq!(found(&mounts, own)[0], (slice, Version::Two, false));
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn at_the_roots_of_both_versions() {
    let mounts = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
                  39 31 0:36 / /nowhere/pids rw,relatime - cgroup cgroup rw,pids\n\
                  40 31 0:37 / /nowhere/systemd rw,relatime - cgroup cgroup rw,name=systemd\n\
                  41 31 0:38 / /nowhere/unified rw,relatime shared:3 - cgroup2 cgroup2 rw\n";
    let unified = ("/nowhere/unified".into(), Version::Two, false);
    assert_eq!(
        found(mounts, "9:name=systemd:/\n8:pids:/\n0::/\n"),
        [unified.clone(), ("/nowhere/pids".into(), Version::One, true)]
    );
    assert_eq!(found(mounts, "0::/\n"), [unified]);
    assert_eq!(found(mounts, "8:pids:/docker/1\n"), [("/nowhere/pids/docker/1".into(), Version::One, true)]);
}

#[test]
fn a_container_sees_its_own_part_of_the_tree() {
    let mounts = "41 31 0:38 /docker/1 /nowhere rw - cgroup cgroup rw,cpu,pids\n";
    assert_eq!(found(mounts, "8:cpu,pids:/docker/1/a\n"), [("/nowhere/a".into(), Version::One, true)]);
    assert_eq!(found(mounts, "8:cpu,pids:/docker/10\n"), []);
    assert_eq!(found("", "0::/\n"), []);
    assert_eq!(found("garbage\n- -\n", ":::\n0::\n"), []);
}

#[test]
fn kernels_by_their_release() {
    for release in ["6.14.0", "6.14", "6.18.44-fc", "7.0.0-rc1", "10.2"] {
        assert!(is_since(release, PID_MAX_SINCE), "{release}");
    }
    for release in ["6.13.9", "5.15.0-100-generic", "4.4.0", "6", "", "x.y"] {
        assert!(!is_since(release, PID_MAX_SINCE), "{release}");
    }
}

#[test]
fn a_large_machine_may_have_more() {
    assert!(usual_most() >= 4096);
    assert_eq!(usual_most() % 64, 0);
}
