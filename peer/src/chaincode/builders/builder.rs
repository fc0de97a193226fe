//! One builder: a directory with programs.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::time::Instant;

use super::process::{Output, Process, STOP_GRACE};
use crate::chaincode::TIMEOUT_MAX;

/// Variables that every builder gets, where they are set.
const PROPAGATED: [&str; 4] = ["LD_LIBRARY_PATH", "LIBPATH", "PATH", "TMPDIR"];

/// Lines that a program which is to end may have logged.
const LOGGED_LINES_MAX: usize = 10_000;

/// One entry of `chaincode.externalBuilders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuilderSettings {
    /// What logs, errors and build results call it.
    pub name: String,
    /// The directory above `bin`.
    pub path: PathBuf,
    /// All that its programs have in their environment.
    pub environment: Vec<(String, String)>,
}

impl BuilderSettings {
    /// A builder that gets what every builder gets of `lookup`, and the variables `propagated` besides.
    pub fn new(
        name: &str,
        path: &Path,
        propagated: &[String],
        lookup: impl Fn(&str) -> Option<String>,
    ) -> BuilderSettings {
        let mut names: Vec<&str> = propagated.iter().map(String::as_str).chain(PROPAGATED).collect();
        names.sort_unstable();
        names.dedup();
        let environment = names.into_iter().filter_map(|name| Some((name.to_owned(), lookup(name)?))).collect();
        BuilderSettings { name: name.to_owned(), path: path.to_owned(), environment }
    }
}

/// A configured builder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BuilderError {
    /// A program is not there, or no program.
    #[error("external builder '{name}': {} is no executable file", path.display())]
    Program {
        /// The builder.
        name: String,
        /// The program's path.
        path: PathBuf,
    },
    /// Two have one name, by which builds are known.
    #[error("chaincode.externalBuilders has more than one builder named '{0}'")]
    Twice(String),
    /// The place for what they build cannot be used.
    #[error("opening the directory for external builds")]
    Store(#[source] std::io::Error),
}

/// A builder's program did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("external builder '{builder}' could not start bin/{program}")]
    Start {
        /// The builder.
        builder: String,
        /// The program.
        program: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It ended, and not well.
    #[error("{} failed: {ended}{tail}", subject(builder, program))]
    Ended {
        /// The builder.
        builder: String,
        /// The program.
        program: &'static str,
        /// How.
        ended: String,
        /// The end of what it wrote.
        tail: String,
    },
    /// It did not end.
    #[error(
        "{} failed: the package was not built within {} (chaincode.installTimeout){tail}",
        subject(builder, program),
        humantime::format_duration(*timeout)
    )]
    Timeout {
        /// The builder.
        builder: String,
        /// The program.
        program: &'static str,
        /// The time that there was.
        timeout: Duration,
        /// The end of what it wrote.
        tail: String,
    },
}

/// Fabric's words for a program of a builder.
fn subject(builder: &str, program: &str) -> String {
    match program {
        "build" => format!("external builder '{builder}'"),
        _ => format!("builder '{builder}' {program}"),
    }
}

/// The time that a build has.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    timeout: Duration,
    deadline: Instant,
}

impl Budget {
    /// A time that begins now.
    pub fn new(timeout: Duration) -> Budget {
        let now = Instant::now();
        Budget { timeout, deadline: now.checked_add(timeout).unwrap_or(now + TIMEOUT_MAX) }
    }
}

/// A configured builder.
#[derive(Debug)]
pub struct Builder {
    settings: BuilderSettings,
}

impl Builder {
    /// Checks that its programs are there. `release` may be missing; so may `run`, for builders of chaincode that serves.
    ///
    /// A builder whose directory is not there takes no package until it is. As in Fabric that keeps no peer from starting:
    /// configurations are shared by machines that do not have all builders.
    pub fn open(settings: BuilderSettings) -> Result<Builder, BuilderError> {
        let builder = Builder { settings };
        let BuilderSettings { name, path, .. } = &builder.settings;
        if !path.is_dir() {
            let path = path.display();
            tracing::warn!(
                target: super::LOG,
                "external builder '{name}' takes no package: {path} is no directory; correct or remove its entry in \
                 chaincode.externalBuilders"
            );
            return Ok(builder);
        }
        for program in ["detect", "build", "release", "run"] {
            let path = builder.program(program);
            let is_left_out = matches!(program, "release" | "run") && !path.exists();
            if !is_left_out && !is_executable(&path) {
                return Err(BuilderError::Program { name: name.clone(), path });
            }
        }
        Ok(builder)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    fn program(&self, name: &str) -> PathBuf {
        self.settings.path.join("bin").join(name)
    }

    /// Whether it has a program of this name.
    pub(super) fn has(&self, program: &str) -> bool {
        is_executable(&self.program(program))
    }

    /// Starts `run` in a process group of its own, for the chaincode of a package.
    pub(super) async fn run(
        &self,
        package_id: &str,
        build_dir: &Path,
        run_dir: &Path,
    ) -> Result<Process, CommandError> {
        // What a chaincode logs as long as it runs is its operator's to bound.
        self.start("run", &[build_dir, run_dir], format!("run {package_id}"), usize::MAX).await
    }

    /// Starts one of its programs in a process group of its own. The log calls it `command_name`.
    async fn start<P: AsRef<OsStr>>(
        &self,
        program: &'static str,
        arguments: &[P],
        command_name: String,
        lines_max: usize,
    ) -> Result<Process, CommandError> {
        let mut command = Command::new(self.program(program));
        command.args(arguments).env_clear().envs(self.settings.environment.iter().map(|(name, value)| (name, value)));
        let builder = self.name().to_owned();
        let output = Output { builder: builder.clone(), command: command_name, lines_max };
        Process::start(command, output).await.map_err(|source| CommandError::Start { builder, program, source })
    }

    /// Runs one of its programs until it has ended, well, in its time.
    pub(super) async fn run_to_end(
        &self,
        program: &'static str,
        arguments: &[PathBuf],
        budget: Budget,
    ) -> Result<(), CommandError> {
        let mut process = self.start(program, arguments, program.to_owned(), LOGGED_LINES_MAX).await?;
        let builder = self.name().to_owned();
        match tokio::time::timeout_at(budget.deadline, process.wait()).await {
            Ok(ended) if ended.success() => {
                process.end(Duration::ZERO).await;
                Ok(())
            }
            Ok(ended) => {
                let tail = process.end(Duration::ZERO).await;
                Err(CommandError::Ended { builder, program, ended: ended.to_string(), tail })
            }
            Err(_) => {
                let tail = process.end(STOP_GRACE).await;
                Err(CommandError::Timeout { builder, program, timeout: budget.timeout, tail })
            }
        }
    }
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
