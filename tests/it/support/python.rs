//! The Python programs that tests use, installed once from pinned requirements.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// The folder of a virtual environment with everything of `tests/server/requirements.txt`.
///
/// It is made on first use and found again by the digest of the requirements. A failure is a failure of the test:
/// nothing is skipped for want of it.
pub fn environment() -> &'static Path {
    static ENVIRONMENT: OnceLock<PathBuf> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let requirements = super::root().join("tests/server/requirements.txt");
        let text = fs::read_to_string(&requirements).expect("the requirements can be read");
        let digest: String = Sha256::digest(&text).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{digest}"));
        let ready = folder.join("ready");
        if !ready.exists() {
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
            run(Command::new(folder.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(&requirements));
            fs::write(&ready, "").expect("the environment can be marked as ready");
        }
        folder
    })
}

/// A program of the environment.
pub fn program(name: &str) -> PathBuf {
    environment().join("bin").join(name)
}

/// Runs a Python program from the root of the repository with `input`; gives what it prints.
#[track_caller]
pub fn python(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> String {
    let mut child = Command::new(program("python"))
        .args(arguments)
        .current_dir(super::root())
        .envs(environment.iter().copied())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("Python reads");
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a text")
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
