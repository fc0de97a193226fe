//! Arguments and complaints in the manner of Fabric's tools.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap_complete::Shell;

/// Largest file that a tool reads, in bytes. Blocks are smaller: they travel in one message.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// The end of a process that failed, with what it says.
#[derive(Debug)]
pub struct Failure {
    /// What to print, without the line end.
    pub message: String,
    /// What the process answers.
    pub code: u8,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(message: impl fmt::Display) -> Failure {
        Failure { message: message.to_string(), code: 1 }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::new(error)
    }
}

/// The name under which the program was started, which its complaints begin with.
pub fn program(args: &[OsString], default: &str) -> String {
    let name = args.first().and_then(|path| Path::new(path).file_name());
    name.map_or_else(|| default.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// How a tool words mistakes in its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `tool: error: REASON, try --help`
    Plain,
    /// `tool: error: parsing arguments: REASON. Try --help`
    ParsingArguments,
}

/// Parses arguments. Help goes to standard output; a mistake is told as Fabric tells it, with exit code 1.
pub fn parse<C: Parser>(args: &[OsString], program: &str) -> Result<C, ExitCode> {
    parse_as(args, program, Style::Plain)
}

/// [`parse`] in a tool's own style.
pub fn parse_as<C: Parser>(args: &[OsString], program: &str, style: Style) -> Result<C, ExitCode> {
    if let Some(shell) = completion_script(args) {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut C::command(), program, &mut script);
        return Err(print(script).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS));
    }
    let error = match C::try_parse_from(args) {
        Ok(parsed) => return Ok(parsed),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // Nobody reads on: nothing is left to tell.
            let _ = io::stdout().write_all(error.render().to_string().as_bytes());
            Err(ExitCode::SUCCESS)
        }
        _ => {
            match style {
                Style::Plain => eprintln!("{program}: error: {}, try --help", mistake(&error)),
                Style::ParsingArguments => {
                    eprintln!("{program}: error: parsing arguments: {}. Try --help", mistake(&error));
                }
            }
            Err(ExitCode::FAILURE)
        }
    }
}

fn mistake(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    // Without what the flag takes: `--type <NAME>`.
    let flag = argument.split_whitespace().next().unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with("--") => format!("unknown long flag '{argument}'"),
        ErrorKind::UnknownArgument if argument.starts_with('-') => format!("unknown short flag '{argument}'"),
        ErrorKind::UnknownArgument => format!("unexpected {argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("expected command but got \"{}\"", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument if flag.starts_with('-') => format!("required flag {flag} not provided"),
        ErrorKind::MissingRequiredArgument => {
            format!("required argument '{}' not provided", flag.trim_matches(['<', '>']))
        }
        ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_empty() => {
            format!("expected argument for flag '{flag}'")
        }
        ErrorKind::ArgumentConflict if context(ContextKind::PriorArg) == argument => {
            format!("flag '{}' cannot be repeated", flag.trim_start_matches('-'))
        }
        // What a parser of ours says is Fabric's text, with the value.
        ErrorKind::ValueValidation if own_text(error).is_some() => own_text(error).unwrap_or_default(),
        _ => {
            let text = error.render().to_string();
            let line = text.lines().next().unwrap_or_default();
            line.strip_prefix("error: ").unwrap_or(line).to_owned()
        }
    }
}

/// The shell whose completions are asked for (`--completion-script-bash`), as Fabric's tools take it.
pub fn completion_script(args: &[OsString]) -> Option<Shell> {
    let name = args.get(1)?.to_str()?.strip_prefix("--completion-script-")?;
    [Shell::Bash, Shell::Zsh, Shell::Fish].into_iter().find(|shell| shell.to_string() == name)
}

fn own_text(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else { return None };
    let text = std::error::Error::source(error)?.to_string();
    text.contains(value.as_str()).then_some(text)
}

/// Ends a process: complains on standard error, as `program`.
pub fn end(program: &str, result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{program}: error: {}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// Prints to standard output. A reader that has gone away is an error like any other, not a panic.
pub fn print(text: impl AsRef<[u8]>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_ref())?;
    output.flush()
}

/// Reads a file whole, or standard input without one.
pub fn read(path: Option<&Path>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let length = match path {
        Some(path) => File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?,
        None => io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?,
    };
    match length as u64 > FILE_BYTES_MAX {
        true => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
        false => Ok(bytes),
    }
}

/// What Go says about a file that it cannot open.
pub fn open_error(path: &Path, error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    format!("open {}: {reason}", path.display())
}
