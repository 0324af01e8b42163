//! The local AWS API server of `tests/server/`.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::python;
use super::run::Run;

/// A server of one's own; it ends with this value.
pub struct Server {
    child: Child,
    /// The server ends when this pipe closes, even if the test dies.
    input: Option<ChildStdin>,
    pub url: String,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Behind the proxy that injects faults and keeps the calls.
    pub fn with_faults() -> Self {
        Self::start_with(&["--faults"])
    }

    fn start_with(options: &[&str]) -> Self {
        let mut child = Command::new(python::program("python"))
            .arg(super::root().join("tests/server/serve.py"))
            .args(["--port", "0"])
            .args(options)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let input = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let url = loop {
            let line = lines.next().expect("the server says where it listens").expect("its output can be read");
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        // Whatever else it prints must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, input, url }
    }

    /// A request to the server's controls, and its answer.
    pub fn ask(&self, method: &str, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let script = "import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(u.Request(sys.argv[2], \
                      sys.argv[3].encode(), {'Content-Type': 'application/json'}, method=sys.argv[1])).read())";
        let url = format!("{}/_tidegate/{path}", self.url);
        let done = Command::new(python::program("python"))
            .args(["-c", script, method, &url, &body.to_string()])
            .output()
            .expect("Python starts");
        assert!(done.status.success(), "{method} {url}: {}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap_or_default()
    }

    /// A run of the program against this server, as an account.
    pub fn account(&self, run: Run, account: &str) -> Run {
        run.with("AWS_ENDPOINT_URL", &self.url)
            .with("AWS_ACCESS_KEY_ID", account)
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("AWS_EC2_METADATA_DISABLED", "true")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
