//! The local AWS API server of `tests/server/`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use serde_json::Value as Json;

use super::python;
use super::run::Run;

/// A server of one's own; it ends with this value.
pub struct Server {
    child: Child,
    /// The server ends when this pipe closes, even if the test dies.
    input: Option<ChildStdin>,
    /// Reads what it complains about.
    complaints: Option<JoinHandle<String>>,
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

    /// With jobs that report that they are well; a release watches them, and a minute of functions lasts a second.
    pub fn with_jobs_that_are_well() -> Self {
        Self::start_with(&["--well"])
    }

    /// The same by a clock, `START*FACTOR`, by which the program can run as well.
    pub fn with_jobs_that_are_well_by(clock: &str) -> Self {
        Self::start_with(&["--well", clock])
    }

    fn start_with(options: &[&str]) -> Self {
        let mut child = Command::new(python::program("python"))
            .arg(super::root().join("tests/server/serve.py"))
            .args(["--port", "0"])
            .args(options)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut stderr = child.stderr.take().expect("a pipe");
        let complaints = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
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
        Self { child, input, complaints: Some(complaints), url }
    }

    /// A call to the server's own controls.
    pub fn control(&self, method: &str, path: &str, body: &Json) -> Json {
        let host = self.url.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(host).expect("a connection");
        let body = body.to_string();
        let head = format!(
            "{method} /_tidegate/{path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(" 200 "), "{method} {path}: {answer}");
        serde_json::from_str(body).expect("JSON")
    }

    /// A run of the program against this server, as an account.
    pub fn account(&self, run: Run, account: &str) -> Run {
        run.with("AWS_ENDPOINT_URL", &self.url)
            .with("AWS_ACCESS_KEY_ID", account)
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("AWS_EC2_METADATA_DISABLED", "true")
    }
}

/// What the server's log says of a request that it could not answer.
const FAILURE: &str = "Error handling ";

/// A failure of the server fails the test, for the SDK tries such calls again and again, and waits in between.
impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
        let complaints = self.complaints.take().and_then(|reading| reading.join().ok()).unwrap_or_default();
        if let Some(at) = complaints.find(FAILURE)
            && !std::thread::panicking()
        {
            panic!("the server failed: {}", &complaints[at..]);
        }
    }
}
