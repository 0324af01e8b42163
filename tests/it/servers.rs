//! The Python parts of this project, by their own tests: the function that releases, and the server that tests use.

use std::process::Command;

use crate::support::{python, root};

#[track_caller]
pub fn passes(script: &str) {
    let output = Command::new(python::program("python"))
        .arg(root().join(script))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}:\n{report}");
    let ran = report.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<u32>().ok());
    assert!(ran.is_some_and(|count| count > 20), "{script} ran only {ran:?} tests:\n{report}");
    assert!(!report.contains("skipped="), "{script} skipped tests:\n{report}");
}

/// The code that is rendered into templates, against the server's Flink API and with its errors.
#[test]
fn the_release_function_passes_its_tests() {
    passes("tests/release/test_release.py");
}

/// The functions of the steps that submit jobs, run SQL and put templates.
#[test]
fn the_functions_of_steps_pass_their_tests() {
    passes("tests/release/test_steps.py");
}

#[test]
fn the_function_that_releases_functions_passes_its_tests() {
    passes("tests/release/test_functions.py");
}

#[test]
fn the_function_that_runs_jobs_passes_its_tests() {
    passes("tests/release/test_jobs.py");
}

#[test]
fn the_local_server_does_what_it_says() {
    passes("tests/server/test_serve.py");
}
