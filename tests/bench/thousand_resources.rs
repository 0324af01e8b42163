//! A look at a thousand resources beside the same reads one after another, on the local server of the tests with a delay
//! for each call as a network has it.
//!
//! `cargo bench --bench thousand_resources` prints calls, times and their ratio, of one run on one machine. It proves
//! nothing and fails nothing; the number of calls is a test, too (`observation::a_thousand_resources…`).
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark reads the clock and prints")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ACCOUNT: &str = "111122223333";
const PLACES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const DELAY_SECONDS: f64 = 0.05;

/// Python as the tests install it; they must have run before.
fn python() -> Option<PathBuf> {
    let folders = fs::read_dir(Path::new(env!("CARGO_TARGET_TMPDIR"))).ok()?;
    folders.filter_map(Result::ok).map(|folder| folder.path().join("bin/python")).find(|program| program.exists())
}

fn server(python: &Path) -> (Child, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(python)
        .arg(root.join("tests/server/serve.py"))
        .args(["--port", "0", "--faults"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let url = lines.find_map(|line| line.ok()?.strip_prefix("listening on ").map(str::to_owned));
    std::thread::spawn(move || lines.for_each(drop));
    (child, url.expect("an address"))
}

/// Every call takes a little longer from now on.
fn delay(url: &str) {
    let address = url.trim_start_matches("http://");
    let body = format!(r#"[{{"times": -1, "delay_seconds": {DELAY_SECONDS}}}]"#);
    let mut stream = TcpStream::connect(address).expect("the proxy");
    let head = format!("PUT /_tidegate/faults HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    let request = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).expect("a request");
    BufReader::new(stream).lines().next().expect("an answer").expect("a line");
}

fn tidegate(folder: &Path, url: &str, arguments: &[&str]) -> (Duration, String) {
    let begin = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(arguments)
        .current_dir(folder)
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    (begin.elapsed(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn main() {
    let Some(python) = python() else {
        println!("run `cargo test` first: it installs the server");
        return;
    };
    let (mut child, url) = server(&python);
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a repository");
    let mut document = "tidegate: 1\nname: many\nenvironments:\n".to_owned();
    for place in PLACES {
        document.push_str(&format!("  {place}: {{account: \"{ACCOUNT}\", region: us-east-1}}\n"));
    }
    for (kind, count, thing) in [("queues", 55, "{}"), ("topics", 40, "{}"), ("streams", 5, "{mode: on-demand}")] {
        document.push_str(&format!("{kind}:\n"));
        (0..count).for_each(|number| document.push_str(&format!("  {kind}{number}: {thing}\n")));
    }
    fs::write(folder.path().join("pipeline.yaml"), document).expect("a document");
    tidegate(folder.path(), &url, &["render"]);
    for place in PLACES {
        tidegate(folder.path(), &url, &["deploy", place, "--yes"]);
    }
    delay(&url);
    let (together, report) = tidegate(folder.path(), &url, &["drift"]);
    let calls = report.lines().find(|line| line.contains(" calls to AWS: ")).unwrap_or_default();
    let one_by_one: Duration =
        PLACES.map(|place| tidegate(folder.path(), &url, &["drift", place, "--calls-at-once", "1"]).0).iter().sum();
    println!("{calls}");
    println!("together    {together:>8.2?}");
    println!("one by one  {one_by_one:>8.2?}");
    println!("ratio       {:>8.1}", one_by_one.as_secs_f64() / together.as_secs_f64());
    drop(child.stdin.take());
    let _ = child.kill();
    let _ = child.wait();
}
