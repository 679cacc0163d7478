//! System calls that are refused (seccomp(2)): what no build, test or tool needs and exploits begin with.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Size, SeccompCmpOp as Op, SeccompCondition, SeccompFilter,
    SeccompRule, sock_filter,
};
use serde::{Deserialize, Serialize};

use crate::exec::error::StartError;
use crate::exec::raw;

/// Which families of sockets there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sockets {
    /// Local, internet, and the routing table: what these reach is the namespace's affair.
    All,
    /// Internet only.
    Internet,
    /// None.
    Nothing,
}

/// A program for the kernel.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<Instruction>", into = "Vec<Instruction>")]
pub(super) struct Filter(BpfProgram);

/// One of its instructions, as `sock_filter` has it.
type Instruction = (u16, u8, u8, u32);

impl From<Vec<Instruction>> for Filter {
    fn from(program: Vec<Instruction>) -> Self {
        Self(program.into_iter().map(|(code, jt, jf, k)| sock_filter { code, jt, jf, k }).collect())
    }
}

impl From<Filter> for Vec<Instruction> {
    fn from(filter: Filter) -> Self {
        filter.0.iter().map(|one| (one.code, one.jt, one.jf, one.k)).collect()
    }
}

/// Refused with EPERM whatever their arguments.
const REFUSED: &[c_long] = &[
    // Looking into other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    // Keys, programs in the kernel, the kernel itself.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_quotactl,
    libc::SYS_vhangup,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
];

/// Not in every version of libc; the numbers are the same on all architectures.
const SYS_OPEN_TREE_ATTR: c_long = 467;
/// Answered with ENOSYS: their arguments lie in memory, where a filter does not see them, and callers fall back.
const ABSENT: [u32; 2] = [libc::SYS_clone3 as u32, libc::SYS_openat2 as u32];
/// The bit of system calls of x86-64's second interface, which has every call a second time.
const X32: u32 = 0x4000_0000;

const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];
/// Put characters into a terminal's input (ioctl_tty(2), ioctl_console(2)).
const TYPING: [u64; 2] = [0x5412, 0x541c];
/// Linux as it is, 32 bit, addresses not randomised, and "which is it?": what emulators and sanitizers use.
const PERSONALITIES: [u64; 5] = [0, 0x0008, 0x0004_0000, 0x0002_0000, 0xffff_ffff];
const SET_ID: [u64; 2] = [libc::S_ISUID as u64, libc::S_ISGID as u64];
/// What of the flags of open(2) makes a file: by name, or without one (the bit of O_TMPFILE that is not O_DIRECTORY).
const CREATING: [u64; 2] = [libc::O_CREAT as u64, (libc::O_TMPFILE & !libc::O_DIRECTORY) as u64];

/// Compile it.
pub(super) fn filter(sockets: Sockets) -> Result<Filter, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Confinement(format!("the seccomp filter: {error}"));
    let arch = std::env::consts::ARCH.try_into().map_err(|error: seccompiler::BackendError| failed(&error))?;
    let rules = rules(sockets).map_err(|error| failed(&error))?;
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let compiled: BpfProgram = SeccompFilter::new(rules, SeccompAction::Allow, refused, arch)
        .and_then(TryInto::try_into)
        .map_err(|error| failed(&error))?;
    let mut program = absent();
    program.extend(compiled);
    Ok(Filter(program))
}

fn rules(sockets: Sockets) -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    rules.insert(SYS_OPEN_TREE_ATTR, Vec::new());
    let mut refuse = |call: c_long, conditions: &[(u8, Op, u64)]| {
        let conditions = conditions
            .iter()
            .map(|(argument, operator, value)| SeccompCondition::new(*argument, Size::Dword, operator.clone(), *value))
            .collect::<Result<Vec<_>, _>>()?;
        rules.entry(call).or_default().push(SeccompRule::new(conditions)?);
        Ok(())
    };
    // Nor may a process be made that its tracer would not see.
    for flag in NAMESPACES.into_iter().chain([libc::CLONE_UNTRACED]) {
        let flag = u64::from(flag as u32);
        refuse(libc::SYS_clone, &[(0, Op::MaskedEq(flag), flag)])?;
    }
    for request in TYPING {
        refuse(libc::SYS_ioctl, &[(1, Op::Eq, request)])?;
    }
    refuse(libc::SYS_personality, &PERSONALITIES.map(|persona| (0, Op::Ne, persona)))?;
    refuse_families(sockets, &mut refuse)?;
    // A program that runs as its owner or group would outlive the sandbox. A mode for mkdirat(2) cannot have these bits,
    // and capabilities of files need one that nobody has here.
    for bit in SET_ID {
        let set = |argument| (argument, Op::MaskedEq(bit), bit);
        refuse(libc::SYS_fchmod, &[set(1)])?;
        refuse(libc::SYS_fchmodat, &[set(2)])?;
        refuse(libc::SYS_fchmodat2, &[set(2)])?;
        refuse(libc::SYS_mknodat, &[set(2)])?;
        #[cfg(target_arch = "x86_64")]
        {
            refuse(libc::SYS_chmod, &[set(1)])?;
            refuse(libc::SYS_creat, &[set(1)])?;
            refuse(libc::SYS_mknod, &[set(1)])?;
        }
        for flag in CREATING {
            let creating = |argument| (argument, Op::MaskedEq(flag), flag);
            refuse(libc::SYS_openat, &[creating(2), set(3)])?;
            #[cfg(target_arch = "x86_64")]
            refuse(libc::SYS_open, &[creating(1), set(2)])?;
        }
    }
    Ok(rules)
}

type Refuse<'a> = dyn FnMut(c_long, &[(u8, Op, u64)]) -> Result<(), seccompiler::BackendError> + 'a;

fn refuse_families(sockets: Sockets, refuse: &mut Refuse<'_>) -> Result<(), seccompiler::BackendError> {
    let families: &[i32] = match sockets {
        Sockets::All => &[libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK],
        Sockets::Internet => &[libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK],
        // No family has this number: a rule needs a condition.
        Sockets::Nothing => &[i32::MAX],
    };
    let others: Vec<_> = families.iter().map(|family| (0, Op::Ne, *family as u64)).collect();
    refuse(libc::SYS_socket, &others)?;
    let route = libc::NETLINK_ROUTE as u64;
    refuse(libc::SYS_socket, &[(0, Op::Eq, libc::AF_NETLINK as u64), (2, Op::Ne, route)])
}

/// The beginning of the program: ENOSYS for some calls. Which architecture it is, the rest checks.
fn absent() -> BpfProgram {
    const LOAD: u16 = 0x20;
    const JUMP_EQUAL: u16 = 0x15;
    const JUMP_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    let instruction = |code, k, jt, jf| sock_filter { code, jt, jf, k };
    let no_such_call = 0x0005_0000 | libc::ENOSYS as u32;
    let mut program = vec![instruction(LOAD, 0, 0, 0)];
    program.extend(
        ABSENT.iter().flat_map(|call| [instruction(JUMP_EQUAL, *call, 0, 1), instruction(RETURN, no_such_call, 0, 0)]),
    );
    if cfg!(target_arch = "x86_64") {
        program.extend([instruction(JUMP_AT_LEAST, X32, 0, 1), instruction(RETURN, no_such_call, 0, 0)]);
    }
    program
}

impl Filter {
    /// For this process and its children, for ever.
    ///
    /// # Safety
    /// In a fork only, with no new privileges. Async-signal-safe.
    pub(super) unsafe fn install(&self) -> Result<(), i32> {
        let program = libc::sock_fprog { len: self.0.len() as u16, filter: self.0.as_ptr().cast_mut().cast() };
        // SAFETY: the program outlives the call, which copies it.
        let result = unsafe { libc::syscall(libc::SYS_seccomp, 1u32, 0u32, &program) };
        if result == -1 { Err(raw::errno()) } else { Ok(()) }
    }
}
