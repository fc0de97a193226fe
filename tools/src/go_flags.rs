//! Flags as Go's `flag` package takes them: `-name value`, `-name=value`, and the same with two dashes.

use std::collections::BTreeMap;

use clap_complete::Shell;

/// A flag and what it is for. Flags without a value are switches.
pub struct Flag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// Whether it takes a value.
    pub takes_value: bool,
    /// One sentence.
    pub usage: &'static str,
}

/// What was given.
pub type Given = BTreeMap<&'static str, String>;

/// Why nothing is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// Help was asked for.
    Help,
    /// A mistake.
    Mistake(String),
}

/// Parses arguments, up to the first that is no flag. The last of several is the one that counts.
pub fn parse(flags: &[Flag], args: &[String]) -> Result<Given, Stop> {
    let mut given = Given::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let Some(stripped) = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')) else { break };
        match stripped {
            "" if arg == "--" => break,
            "" => break,
            text if text.starts_with(['-', '=']) => return Err(Stop::Mistake(format!("bad flag syntax: {arg}"))),
            _ => {}
        }
        let (name, value) = match stripped.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (stripped, None),
        };
        let Some(flag) = flags.iter().find(|flag| flag.name == name) else {
            return Err(match name {
                "h" | "help" => Stop::Help,
                _ => Stop::Mistake(format!("flag provided but not defined: -{name}")),
            });
        };
        let value = match (flag.takes_value, value) {
            (_, Some(value)) => value,
            (true, None) => {
                let next = args.next().cloned();
                next.ok_or_else(|| Stop::Mistake(format!("flag needs an argument: -{name}")))?
            }
            (false, None) => "true".to_owned(),
        };
        given.insert(flag.name, value);
    }
    Ok(given)
}

/// The help text.
pub fn usage(program: &str, flags: &[Flag]) -> String {
    let mut flags: Vec<&Flag> = flags.iter().collect();
    flags.sort_by_key(|flag| flag.name);
    let line = |flag: &&Flag| {
        let kind = if flag.takes_value { " string" } else { "" };
        format!("  -{}{kind}\n    \t{}\n", flag.name, flag.usage)
    };
    format!("Usage of {program}:\n{}", flags.iter().map(line).collect::<String>())
}

/// A script with which a shell completes the flags.
pub fn completions(program: &str, flags: &[Flag], shell: Shell) -> String {
    let words: Vec<String> = flags.iter().map(|flag| format!("-{}", flag.name)).collect();
    let complete = format!("complete -o default -W \"{}\" {program}\n", words.join(" "));
    match shell {
        Shell::Fish => flags
            .iter()
            .map(|flag| {
                let value = if flag.takes_value { " -r" } else { "" };
                let usage = flag.usage.replace('\'', "\\'");
                format!("complete -c {program} -o {}{value} -d '{usage}'\n", flag.name)
            })
            .collect(),
        Shell::Zsh => format!("autoload -U +X bashcompinit && bashcompinit\n{complete}"),
        _ => complete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: [Flag; 2] = [
        Flag { name: "profile", takes_value: true, usage: "a profile" },
        Flag { name: "version", takes_value: false, usage: "the version" },
    ];

    fn given(args: &[&str]) -> Result<Vec<(&'static str, String)>, Stop> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        parse(&FLAGS, &args).map(|given| given.into_iter().collect())
    }

    #[test]
    fn one_dash_or_two() {
        let expected = Ok(vec![("profile", "A".to_owned()), ("version", "true".to_owned())]);
        for args in [
            &["-profile", "A", "-version"][..],
            &["--profile", "A", "--version"],
            &["-version", "-profile=A"],
            &["--version=true", "--profile=A", "rest", "-nope"],
            &["-profile", "B", "-profile", "A", "-version", "--", "-x"],
        ] {
            assert_eq!(given(args), expected, "{args:?}");
        }
        assert_eq!(given(&["-profile", "-x"]), Ok(vec![("profile", "-x".to_owned())]));
    }

    #[test]
    fn mistakes() {
        let cases = [
            (&["-nope"][..], "flag provided but not defined: -nope"),
            (&["-profile"], "flag needs an argument: -profile"),
            (&["---profile"], "bad flag syntax: ---profile"),
            (&["-=x"], "bad flag syntax: -=x"),
        ];
        for (args, expected) in cases {
            assert_eq!(given(args), Err(Stop::Mistake(expected.to_owned())));
        }
        assert_eq!(given(&["-h"]), Err(Stop::Help));
    }

    #[test]
    fn shells_complete_the_flags() {
        let check = |shell, expected: &str| assert_eq!(completions("tool", &FLAGS, shell), expected);
        let words = "complete -o default -W \"-profile -version\" tool\n";
        check(Shell::Bash, words);
        check(Shell::Zsh, &format!("autoload -U +X bashcompinit && bashcompinit\n{words}"));
        check(
            Shell::Fish,
            "complete -c tool -o profile -r -d 'a profile'\ncomplete -c tool -o version -d 'the version'\n",
        );
    }
}
