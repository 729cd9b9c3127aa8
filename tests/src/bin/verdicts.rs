//! Reads case files and prints a line for each case: id, verdict, milliseconds, error name, with tabs between; an empty
//! line is between two files.
//! `--set aws-lc` verifies with the set for hosts, `--set portable` (if not given) with the other.

use doorward::alg;
use doorward::error::Error;
use doorward_tests::attack::{self, Case};
use doorward_tests::ops::{self, Outcome};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};
use std::collections::HashMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

/// Verifies a token case with one set of implementations.
type Verify = fn(&Case) -> Result<(), Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (set, paths) = match &arguments[..] {
        ["--set", set, paths @ ..] => (*set, paths),
        paths => ("portable", paths),
    };
    let verify: Verify = match set {
        "portable" if !paths.is_empty() => |case| attack::verify(case, alg::ASYMMETRIC),
        "aws-lc" if !paths.is_empty() => |case| attack::verify(case, alg::aws_lc::ASYMMETRIC),
        _ => {
            eprintln!("usage: verdicts [--set portable|aws-lc] CASES.json...");
            return ExitCode::from(2);
        }
    };
    for (index, path) in paths.iter().enumerate() {
        let cases = match std::fs::read(path).map_err(|error| error.to_string()).and_then(|file| read(&file)) {
            Ok(cases) => cases,
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::from(2);
            }
        };
        if print(&cases, verify, index > 0).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn print(cases: &[Box<RawValue>], verify: Verify, separate: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if separate {
        writeln!(out)?;
    }
    for case in cases {
        writeln!(out, "{}", verdict(case, verify))?;
        out.flush()?;
    }
    Ok(())
}

fn read(file: &[u8]) -> Result<Vec<Box<RawValue>>, String> {
    let mut reader = Deserializer::from_slice(file);
    reader.disable_recursion_limit();
    let mut file: HashMap<String, Box<RawValue>> =
        serde::Deserialize::deserialize(&mut reader).map_err(|error| error.to_string())?;
    let cases = file.remove("cases").ok_or("no member `cases`")?;
    serde_json::from_str(cases.get()).map_err(|error| error.to_string())
}

fn verdict(case: &RawValue, verify: Verify) -> String {
    let case: Case = serde_json::from_str(case.get()).unwrap_or_default();
    let id = match attack::member(&case, "id") {
        Value::String(id) => id.replace(['\t', '\n', '\r'], " "),
        _ => "?".to_owned(),
    };
    let start = Instant::now();
    let outcome = match attack::member(&case, "op") {
        Value::String(op) => {
            let members = case.iter().map(|(name, raw)| (name.clone(), attack::whole(raw)));
            ops::run(&op, &Value::Object(members.collect()))
        }
        _ => verify(&case).map(|()| Outcome::Accept),
    };
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    let (verdict, error) = match &outcome {
        Ok(Outcome::Accept) => ("accept", "-"),
        Ok(Outcome::Unsupported) => ("unsupported", "-"),
        Ok(Outcome::Output(text)) => (text.as_str(), "-"),
        Err(error) => ("reject", error.name()),
    };
    format!("{id}\t{verdict}\t{milliseconds:.3}\t{error}")
}
