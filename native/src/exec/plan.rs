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
    /// What `argv`, `envp` and `heir` point into.
    _strings: Vec<CString>,
}

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
        let of_heir = argv.len() + env.len();
        check_directory(cwd)?;
        let program = find(name, cwd, env)?;
        let pointers = |strings: &[CString]| {
            strings.iter().map(|s| s.as_ptr()).chain(std::iter::once(std::ptr::null())).collect::<Vec<_>>()
        };
        Ok(Self {
            program: Some(c_string(program.as_os_str(), "the program's path")?),
            cwd: c_string(cwd.as_os_str(), "the working directory")?,
            guard: Some(c_string(guard.as_os_str(), "the guard's path")?),
            sandbox,
            terminal,
            traced: false,
            argv: pointers(&strings[..argv.len()]),
            envp: pointers(&strings[argv.len()..of_heir]),
            heir: if heir.is_empty() { Vec::new() } else { pointers(&strings[of_heir..]) },
            _strings: strings,
        })
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
            _strings: Vec::new(),
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
