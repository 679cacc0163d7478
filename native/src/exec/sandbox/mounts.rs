//! Entering the view that a [`Layout`] describes. Async-signal-safe.

use std::ffi::CStr;
use std::os::fd::RawFd;

use super::layout::{IfGone, Kind, Layout, SOURCES, STEPS, Step};
use crate::exec::raw;

const OPEN_TREE_CLONE: u32 = 1;
const AT_RECURSIVE: u32 = 0x8000;
const MOVE_FROM_EMPTY: u32 = 0x04;
const MOVE_TO_EMPTY: u32 = 0x40;
const ATTR_RDONLY: u64 = 0x1;
const ATTR_NOSUID: u64 = 0x2;
const ATTR_NODEV: u64 = 0x4;
const ATTR_NOEXEC: u64 = 0x8;
const RESOLVE_NO_SYMLINKS: u64 = 0x04;
const EMPTY: u32 = libc::AT_EMPTY_PATH as u32;

#[repr(C)]
struct MountAttr {
    set: u64,
    clear: u64,
    propagation: u64,
    userns: u64,
}

#[repr(C)]
struct OpenHow {
    flags: u64,
    mode: u64,
    resolve: u64,
}

/// In new user and mount namespaces. `Err` is the step's number and the `errno`.
///
/// # Safety
/// In a fork only.
pub(super) unsafe fn enter(layout: &Layout) -> Result<(), (i32, i32)> {
    // SAFETY: the caller's promise; nobody else uses this copy of the layout.
    unsafe {
        let fail = |step: i32| move |errno: i32| (step, errno);
        let flags = libc::MS_REC | libc::MS_PRIVATE;
        check(libc::mount(c"none".as_ptr(), c"/".as_ptr(), std::ptr::null(), flags, std::ptr::null()))
            .map_err(fail(0))?;
        let room = layout.room.as_ptr().cast_mut();
        for (i, source) in layout.sources.iter().enumerate() {
            let taken = take(&source.path, source.kind).map_err(fail(SOURCES + i as i32))?;
            room.add(layout.private + i).write_volatile(taken);
        }
        enter_root()?;
        for (i, step) in layout.steps.iter().enumerate() {
            perform(step, room).map_err(fail(STEPS + i as i32))?;
        }
        Ok(())
    }
}

/// A copy of the root, read-only, becomes the root.
unsafe fn enter_root() -> Result<(), (i32, i32)> {
    // SAFETY: plain system calls.
    unsafe {
        let root = clone_tree(libc::AT_FDCWD, c"/", 0).map_err(|errno| (1, errno))?;
        set_attributes(root, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV, AT_RECURSIVE).map_err(|errno| (2, errno))?;
        attach(root, libc::AT_FDCWD, c"/", MOVE_FROM_EMPTY).map_err(|errno| (3, errno))?;
        check(libc::fchdir(root)).map_err(|errno| (4, errno))?;
        check(libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) as i32).map_err(|errno| (4, errno))?;
        check(libc::umount2(c".".as_ptr(), libc::MNT_DETACH)).map_err(|errno| (5, errno))?;
        check(libc::chdir(c"/".as_ptr())).map_err(|errno| (5, errno))?;
        libc::close(root);
        Ok(())
    }
}

unsafe fn perform(step: &Step, room: *mut RawFd) -> Result<(), i32> {
    // SAFETY: C strings; `room` has a place for each descriptor that the layout numbers.
    unsafe {
        match step {
            // What is missing is noticed by the mount on it.
            Step::Folder(at) => {
                libc::mkdir(at.as_ptr(), 0o755);
            }
            Step::File(at) => {
                libc::mknod(at.as_ptr(), libc::S_IFREG | 0o644, 0);
            }
            Step::Link(target, at) => check(libc::symlink(target.as_ptr(), at.as_ptr()))?,
            Step::Mount(kind, at, options, flags) => {
                let options = options.as_ptr().cast();
                check(libc::mount(kind.as_ptr(), at.as_ptr(), kind.as_ptr(), *flags, options))?;
            }
            Step::Carve(place, at, mode) => {
                check(libc::mkdir(at.as_ptr(), 0o755))?;
                check(libc::chmod(at.as_ptr(), *mode))?;
                room.add(*place).write_volatile(clone_tree(libc::AT_FDCWD, at, 0)?);
            }
            Step::Attach(place, at, if_gone) => {
                let from = room.add(*place).read_volatile();
                let attached = match open_path(at) {
                    Err(libc::ENOENT) if *if_gone == IfGone::Pass => Ok(()),
                    Err(errno) => Err(errno),
                    Ok(to) => {
                        let attached = attach(from, to, c"", MOVE_FROM_EMPTY | MOVE_TO_EMPTY);
                        libc::close(to);
                        attached
                    }
                };
                libc::close(from);
                attached?;
            }
            Step::Keep(place, at) => {
                check(libc::mkdir(at.as_ptr(), 0o755))?;
                let folder = open_path(at)?;
                for name in [c"upper", c"work", c"none"] {
                    check(libc::mkdirat(folder, name.as_ptr(), 0o755))?;
                }
                room.add(*place).write_volatile(folder);
            }
            Step::Layer(place, at, options) => {
                let folder = room.add(*place).read_volatile();
                check(libc::fchdir(folder))?;
                libc::close(folder);
                let (kind, flags) = (c"overlay".as_ptr(), libc::MS_NOSUID | libc::MS_NODEV);
                libc::mount(kind, at.as_ptr(), kind, flags, options.as_ptr().cast());
                check(libc::chdir(c"/".as_ptr()))?;
            }
            Step::Freeze(at) => {
                let fd = open_path(at)?;
                let frozen = set_attributes(fd, ATTR_RDONLY, 0);
                libc::close(fd);
                frozen?;
            }
        }
        Ok(())
    }
}

/// A detached copy of what is there, and of all that is mounted below it.
unsafe fn take(path: &CStr, kind: Kind) -> Result<RawFd, i32> {
    // SAFETY: plain system calls.
    unsafe {
        let place = open_path(path)?;
        let tree = clone_tree(place, c"", EMPTY);
        libc::close(place);
        let tree = tree?;
        let attributes = match kind {
            Kind::ReadOnly => ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV,
            Kind::Writable => ATTR_NOSUID | ATTR_NODEV,
            Kind::Device => ATTR_NOSUID | ATTR_NOEXEC,
        };
        set_attributes(tree, attributes, AT_RECURSIVE)?;
        Ok(tree)
    }
}

/// The path was made canonical before the fork: a link in it is not what was meant.
unsafe fn open_path(path: &CStr) -> Result<RawFd, i32> {
    let how = OpenHow { flags: (libc::O_PATH | libc::O_CLOEXEC) as u64, mode: 0, resolve: RESOLVE_NO_SYMLINKS };
    // SAFETY: a C string and a structure of our own.
    let fd =
        unsafe { libc::syscall(libc::SYS_openat2, libc::AT_FDCWD, path.as_ptr(), &how, size_of::<OpenHow>()) as RawFd };
    check(fd).map(|()| fd)
}

unsafe fn clone_tree(folder: RawFd, path: &CStr, flags: u32) -> Result<RawFd, i32> {
    let flags = flags | OPEN_TREE_CLONE | AT_RECURSIVE | libc::O_CLOEXEC as u32;
    // SAFETY: a C string.
    let fd = unsafe { libc::syscall(libc::SYS_open_tree, folder, path.as_ptr(), flags) as RawFd };
    check(fd).map(|()| fd)
}

unsafe fn set_attributes(tree: RawFd, set: u64, flags: u32) -> Result<(), i32> {
    let attributes = MountAttr { set, clear: 0, propagation: 0, userns: 0 };
    // SAFETY: a structure of our own.
    check(unsafe {
        let size = size_of::<MountAttr>();
        libc::syscall(libc::SYS_mount_setattr, tree, c"".as_ptr(), flags | EMPTY, &attributes, size) as i32
    })
}

unsafe fn attach(tree: RawFd, folder: RawFd, at: &CStr, flags: u32) -> Result<(), i32> {
    // SAFETY: C strings.
    check(unsafe { libc::syscall(libc::SYS_move_mount, tree, c"".as_ptr(), folder, at.as_ptr(), flags) as i32 })
}

fn check(result: i32) -> Result<(), i32> {
    if result == -1 { Err(raw::errno()) } else { Ok(()) }
}
