//! The programs, run as users run them; what they write is compared with what Fabric's own tools (3.1.5) write.

mod configtxgen;
mod configtxlator;
mod cryptogen;
mod discover;
mod ledgerutil;
mod osnadmin;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file of `tests/data`.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Its text.
fn text(name: &str) -> String {
    std::fs::read_to_string(data(name)).expect("a file of the tests")
}

/// What a program said, and how it ended.
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(program: &str, args: &[&str], environment: &[(&str, &str)]) -> Said {
    let mut command = Command::new(program);
    // Whatever the machine sets shall not change what is tested.
    command.env_clear().envs(environment.iter().copied()).args(args);
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let string = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { code: status.code().expect("ended by itself"), stdout: string(stdout), stderr: string(stderr) }
}

/// A path as an argument.
fn argument(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}
