//! How a granted command is started.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use super::error::StartError;
use super::grant::Grant;
use super::plan::Plan;
use super::process::{Failed, Process, Watch};
use super::proxy::{self, Rules};
use super::report::Stage;
use super::sandbox::{Confinement, Network, Sandbox};
use super::standby::Standby;
use super::terminal::Size;
use super::trace::Starts;
use super::{fds, probe};
use crate::policy::DeniedCommands;

/// How a granted command is run.
#[derive(Debug)]
pub struct Start<'a> {
    /// The program that is given `-c` and the command line.
    pub shell: &'a OsStr,
    /// Where it starts.
    pub cwd: &'a Path,
    /// Exactly its environment.
    pub env: &'a [(OsString, OsString)],
    /// The lock that its supervisor holds.
    pub guard: &'a Path,
    /// What it reads; nothing more follows.
    pub stdin: &'a [u8],
    /// What it has for its standard input instead, as a socket to whoever talks with it.
    pub input: Option<OwnedFd>,
    /// A program that is run instead of the command line, and told that, and what is granted later, over its standard
    /// input: see [`Process::give`]. It has no other input, and no terminal.
    pub driver: Option<&'a OsStr>,
    /// What it can reach; None: all that claw can.
    pub confinement: Option<&'a Confinement>,
    /// A terminal of this size instead of a pipe; `stdin` is typed into it.
    pub terminal: Option<Size>,
    /// What may not be started, neither by it nor by what descends from it. Where there is something, it is traced.
    pub denied: Option<&'a DeniedCommands>,
    /// What is to be done when it has ended and claw is gone.
    pub heir: Option<Heir<'a>>,
}

/// A program that takes claw's place: its supervisor becomes it, with the command's environment, the guard still locked.
#[derive(Debug, Clone, Copy)]
pub struct Heir<'a> {
    /// Its path, which is absolute, and its arguments.
    pub argv: &'a [OsString],
    /// What it reads.
    pub will: &'a [u8],
}

/// The most that can be typed into a terminal before anybody reads: its buffer (ioctl_tty(2)).
const TYPED: usize = 4095;

impl Process {
    /// Start the command that was granted; return when it runs. It sees no descriptor but 0 to 2.
    pub fn start(grant: &Grant, how: Start<'_>) -> Result<Self, StartError> {
        let command = grant.take_command()?;
        let run = how.driver.map_or_else(|| OsString::from(&command), OsStr::to_owned);
        let argv = [how.shell.to_owned(), "-c".into(), run];
        let confined =
            how.confinement.map(|confinement| probe::sandbox(confinement, how.terminal.is_some())).transpose()?;
        let (sandbox, standby) = confined.map_or((None, None), |(sandbox, standby)| (Some(sandbox), standby));
        if how.driver.is_some() && (how.terminal.is_some() || !how.stdin.is_empty() || how.input.is_some()) {
            return Err(StartError::Invalid("a terminal or other input for what is driven".to_owned()));
        }
        if how.terminal.is_some() && how.stdin.len() > TYPED {
            return Err(StartError::Invalid(format!("more than {TYPED} bytes for a terminal's input")));
        }
        let rules = match how.confinement.map(|confinement| &confinement.network) {
            Some(Network::Hosts(rules)) => rules.clone(),
            _ => Rules::default(),
        };
        let mut env = how.env.to_vec();
        if sandbox.as_ref().is_some_and(Sandbox::has_proxy) {
            proxy::tell(&mut env);
        }
        let heir = how.heir.map_or(&[][..], |heir| heir.argv);
        let mut plan = Plan::new(&argv, how.cwd, &env, how.guard, sandbox, how.terminal, heir)?;
        let denied = how.denied.filter(|denied| !denied.is_empty());
        let starts = denied.map(|denied| Arc::new(Starts::new(denied, how.cwd, &env)));
        plan.traced = starts.is_some();
        let (channel, driven) = how.driver.map(|_| fds::sockets()).transpose()?.unzip();
        let piped = !how.stdin.is_empty() && how.terminal.is_none() && how.input.is_none();
        let given = if piped { Some(fds::filled(how.stdin)?) } else { driven };
        let input = how.input.as_ref().or(given.as_ref());
        let will = how.heir.map(|heir| fds::filled(heir.will)).transpose()?;
        let watch = Watch { rules, starts };
        let start = |plan: &Plan, standby: Option<&Standby>| {
            Self::launch(plan, input, will.as_ref(), &watch, standby).map_err(|failed| explained(failed, plan, &how))
        };
        let mut process = start(&plan, standby.as_ref());
        if let (Some(unused), Some(sandbox)) = (standby.filter(Standby::withdraw), &mut plan.sandbox) {
            drop(process);
            sandbox.bounds.renew(unused.place())?;
            process = start(&plan, None);
        }
        let mut process = process?;
        if let Some(channel) = channel {
            process.drive(channel, &command)?;
        }
        if how.terminal.is_some() && !how.stdin.is_empty() {
            process.type_in(how.stdin);
        }
        plan.sandbox.as_ref().into_iter().for_each(probe::prepare_next);
        Ok(process)
    }
}

fn explained(failed: Failed, plan: &Plan, how: &Start<'_>) -> StartError {
    match failed.stage {
        Stage::Guard => StartError::Guard(how.guard.display().to_string(), failed.error),
        Stage::Fork => StartError::System(failed.error),
        Stage::Cwd => StartError::Cwd(how.cwd.display().to_string(), failed.error),
        Stage::Exec => StartError::Exec(how.shell.to_string_lossy().into_owned(), failed.error),
        _ => failed.confining(plan),
    }
}
