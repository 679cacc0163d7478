//! Everything a new process needs, checked and laid out for `execve` while allocating is still allowed.

use std::ffi::{CString, OsStr, OsString, c_char};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::error::StartError;
use super::sandbox::Sandbox;
use super::terminal::Size;

/// Where commands are looked for if the environment has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Owned strings, and the pointers into them that `execve` wants.
pub(super) struct Plan {
    /// None only tries everything before it.
    pub(super) program: Option<CString>,
    pub(super) cwd: CString,
    pub(super) guard: Option<CString>,
    pub(super) sandbox: Option<Sandbox>,
    pub(super) terminal: Option<Size>,
    /// The command waits for a tracer before it begins.
    pub(super) traced: bool,
    argv: Vec<*const c_char>,
    envp: Vec<*const c_char>,
    /// What the supervisor becomes in the end if claw is gone: a program's path and arguments, with the same environment.
    heir: Vec<*const c_char>,
    /// What `argv`, `envp` and `heir` point into, in this order.
    strings: Vec<CString>,
}

/// A plan as it is told to the starter. The last: how many of the strings are arguments, and how many variables.
type Told<P, C, G, S, L> = (P, C, G, S, Option<Size>, bool, L, usize, usize);

impl Plan {
    pub(super) fn new(
        argv: &[OsString],
        cwd: &Path,
        env: &[(OsString, OsString)],
        guard: &Path,
        sandbox: Option<Sandbox>,
        terminal: Option<Size>,
        heir: &[OsString],
    ) -> Result<Self, StartError> {
        let Some(name) = argv.first().filter(|name| !name.is_empty()) else {
            return Err(StartError::Invalid("no program is named".into()));
        };
        let mut strings = Vec::with_capacity(argv.len() + env.len() + heir.len());
        for argument in argv {
            strings.push(c_string(argument, "an argument")?);
        }
        for (name, value) in env {
            if name.is_empty() || name.as_bytes().contains(&b'=') {
                return Err(StartError::Invalid(format!("{name:?} is no name of an environment variable")));
            }
            let assignment = [name.as_bytes(), b"=", value.as_bytes()].concat();
            strings.push(c_string(&OsString::from_vec(assignment), "an environment variable")?);
        }
        for argument in heir {
            strings.push(c_string(argument, "an argument of the heir")?);
        }
        check_directory(cwd)?;
        let program = find(name, cwd, env)?;
        let program = Some(c_string(program.as_os_str(), "the program's path")?);
        let cwd = c_string(cwd.as_os_str(), "the working directory")?;
        let guard = Some(c_string(guard.as_os_str(), "the guard's path")?);
        let sheet = Self {
            program,
            cwd,
            guard,
            sandbox,
            terminal,
            traced: false,
            argv: Vec::new(),
            envp: Vec::new(),
            heir: Vec::new(),
            strings,
        };
        Ok(sheet.pointing(argv.len(), env.len()))
    }

    /// With the pointers into its strings, of which so many are arguments and variables.
    fn pointing(mut self, arguments: usize, variables: usize) -> Self {
        let pointers = |strings: &[CString]| {
            strings.iter().map(|s| s.as_ptr()).chain(std::iter::once(std::ptr::null())).collect::<Vec<_>>()
        };
        let (argv, rest) = self.strings.split_at(arguments.min(self.strings.len()));
        let (envp, heir) = rest.split_at(variables.min(rest.len()));
        self.argv = pointers(argv);
        self.envp = pointers(envp);
        self.heir = if heir.is_empty() { Vec::new() } else { pointers(heir) };
        self
    }

    /// As it is told to the starter.
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        let (program, guard, sandbox) = (&self.program, &self.guard, &self.sandbox);
        let counts = (self.argv.len().saturating_sub(1), self.envp.len().saturating_sub(1));
        let told: Told<_, _, _, _, _> =
            (program, &self.cwd, guard, sandbox, self.terminal, self.traced, &self.strings, counts.0, counts.1);
        rmp_serde::to_vec(&told).map_err(io::Error::other)
    }

    /// The plan that was told. Allocates.
    pub(super) fn decode(told: &[u8]) -> io::Result<Self> {
        let told: Told<Option<CString>, CString, Option<CString>, Option<Sandbox>, Vec<CString>> =
            rmp_serde::from_slice(told).map_err(io::Error::other)?;
        let (program, cwd, guard, sandbox, terminal, traced, strings, arguments, variables) = told;
        let (argv, envp, heir) = (Vec::new(), Vec::new(), Vec::new());
        let plan = Self { program, cwd, guard, sandbox, terminal, traced, argv, envp, heir, strings };
        Ok(plan.pointing(arguments, variables))
    }

    /// A sandbox around nothing.
    pub(super) fn trial(sandbox: Sandbox) -> Self {
        let (argv, envp, heir) = (Vec::new(), Vec::new(), Vec::new());
        let cwd = c"/".into();
        let sandbox = Some(sandbox);
        Self {
            program: None,
            cwd,
            guard: None,
            sandbox,
            terminal: None,
            traced: false,
            argv,
            envp,
            heir,
            strings: Vec::new(),
        }
    }

    pub(super) fn argv(&self) -> *const *const c_char {
        self.argv.as_ptr()
    }

    /// None where there is none.
    pub(super) fn heir(&self) -> Option<*const *const c_char> {
        (!self.heir.is_empty()).then_some(self.heir.as_ptr())
    }

    pub(super) fn envp(&self) -> *const *const c_char {
        self.envp.as_ptr()
    }
}

fn c_string(text: &OsStr, what: &str) -> Result<CString, StartError> {
    CString::new(text.as_bytes()).map_err(|_| StartError::Invalid(format!("{what} holds a NUL character")))
}

fn check_directory(cwd: &Path) -> Result<(), StartError> {
    let failed = |error| StartError::Cwd(cwd.display().to_string(), error);
    let found = std::fs::metadata(cwd).map_err(failed)?;
    if found.is_dir() { Ok(()) } else { Err(failed(io::ErrorKind::NotADirectory.into())) }
}

/// The program's absolute path, found as a shell would: a name with a slash from `cwd`, others along `PATH`.
fn find(name: &OsStr, cwd: &Path, env: &[(OsString, OsString)]) -> Result<PathBuf, StartError> {
    if name.as_bytes().contains(&b'/') {
        let path = cwd.join(name);
        return if path.exists() { Ok(path) } else { Err(StartError::NotFound(name.to_string_lossy().into_owned())) };
    }
    let path = env.iter().find(|(key, _)| key == "PATH").map_or(OsStr::new(DEFAULT_PATH), |(_, value)| value);
    std::env::split_paths(path)
        .map(|folder| cwd.join(folder).join(name))
        .find(|candidate| is_program(candidate))
        .ok_or_else(|| StartError::NotFound(name.to_string_lossy().into_owned()))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
