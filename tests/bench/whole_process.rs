//! How long a person waits: whole processes, from start to exit, beside cfn-lint on what is rendered.
//!
//! `cargo bench` prints medians and ratios of one run on one machine. It proves nothing and fails nothing.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark reads the clock and prints")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SPEC: &str = "specs/flink-delivery/pipeline.yaml";
const GENERATED: &str = "generated/taxi-analytics";

/// The median of whole-process times, after one run to warm up.
fn median(runs: usize, command: &mut Command) -> Duration {
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut times: Vec<Duration> = (0..=runs)
        .map(|_| {
            let begin = Instant::now();
            assert!(command.status().expect("the program starts").success(), "{command:?}");
            begin.elapsed()
        })
        .skip(1)
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// cfn-lint as the tests install it; they must have run before.
fn cfn_lint() -> Option<PathBuf> {
    let folders = std::fs::read_dir(Path::new(env!("CARGO_TARGET_TMPDIR"))).ok()?;
    folders.filter_map(Result::ok).map(|folder| folder.path().join("bin/cfn-lint")).find(|program| program.exists())
}

fn main() {
    let tidegate = || Command::new(env!("CARGO_BIN_EXE_tidegate"));
    let templates = ["application", "delivery"].map(|role| format!("{GENERATED}/{role}.template.yaml"));
    let floor = median(50, &mut Command::new("true"));
    let check = median(50, tidegate().args(["check", SPEC]));
    let render = median(50, tidegate().args(["render", "--check", SPEC]));
    println!("a process that does nothing  {:8.2} ms", floor.as_secs_f64() * 1e3);
    println!("tidegate check               {:8.2} ms", check.as_secs_f64() * 1e3);
    println!("tidegate render --check      {:8.2} ms", render.as_secs_f64() * 1e3);
    let Some(cfn_lint) = cfn_lint() else {
        println!("cfn-lint is not installed: run the tests first");
        return;
    };
    let lint = median(5, Command::new(cfn_lint).arg("--").args(templates));
    println!("cfn-lint, both templates     {:8.2} ms", lint.as_secs_f64() * 1e3);
    println!("cfn-lint takes {:.0} times as long as check", lint.as_secs_f64() / check.as_secs_f64());
    println!("cfn-lint takes {:.0} times as long as render --check", lint.as_secs_f64() / render.as_secs_f64());
}
