//! The program itself, run as a user runs it, in an environment without surprises.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// A run of the program.
pub struct Run(Command);

/// How a run ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// `tidegate` with these arguments, in the root of the repository.
pub fn tidegate(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.args(arguments).current_dir(super::root()).env_clear().stdin(Stdio::null());
    for kept in ["PATH", "HOME", "SystemRoot", "TMPDIR"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    Run(command)
}

impl Run {
    pub fn within(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs to the end with `input` on the standard input.
    pub fn fed(mut self, input: &str) -> Ended {
        use std::io::Write;
        let mut child = self
            .0
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that does not want its input may be gone already.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        Ended::from(child.wait_with_output().expect("the program ends"))
    }

    /// Begins to run; the caller waits for the end, or ends it.
    pub fn begin(mut self) -> Child {
        self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Runs to the end.
    pub fn run(mut self) -> Ended {
        Ended::from(self.0.output().expect("the program starts"))
    }
}

/// How what was begun ends.
pub fn ended(child: Child) -> Ended {
    Ended::from(child.wait_with_output().expect("the program ends"))
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("results are UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }
}

impl Ended {
    /// Checks the exit code; a difference shows all that was printed.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}
