//! What a person sees who is asked something, in a real terminal.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::releases::{CLOCK, System};
use crate::support::server::Server;
use crate::support::{python, root};

/// Runs the program and types each answer when its question is shown.
fn typed(answers: &[(&str, &str)], arguments: &[&str], folder: &Path, server: Option<&Server>) -> Output {
    let answers: Vec<[&str; 2]> = answers.iter().map(|(question, answer)| [*question, *answer]).collect();
    let mut command = Command::new(python::program("python"));
    command.arg(root().join("tests/it/terminal.py")).arg(serde_json::json!(answers).to_string());
    command.arg(env!("CARGO_BIN_EXE_tidegate")).args(arguments).current_dir(folder);
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path")).env("TERM", "xterm");
    if let Some(server) = server {
        command.env("AWS_ENDPOINT_URL", &server.url).env("AWS_ACCESS_KEY_ID", "111122223333");
        command.env("AWS_SECRET_ACCESS_KEY", "test");
        // Minutes of releases last half a second.
        command.env("TIDEGATE_CLOCK", CLOCK.as_str());
    }
    command.output().expect("Python starts")
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn init_asks_and_offers_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let answers = [
        ("Name of the system", "rides\r"),
        ("AWS account", "\r"),
        ("AWS Region", "eu-west-1\r"),
        ("GitHub repository", "\r"),
        ("Language", "\r"),
    ];
    let output = typed(&answers, &["init"], folder.path(), None);
    assert!(output.status.success(), "{}", shown(&output));
    let document = fs::read_to_string(folder.path().join("pipeline.yaml")).expect("the document");
    assert!(document.contains("name: rides\n") && document.contains("region: eu-west-1"), "{document}");
    assert!(document.contains("\"111122223333\"") && document.contains("tool: maven"), "{document}");
}

#[test]
fn findings_are_coloured_on_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("pipeline.yaml"), "tidegate: 2\n").expect("a file");
    let output = typed(&[], &["check"], folder.path(), None);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown(&output).contains("\u{1b}[1m"), "{}", shown(&output));
}

#[test]
fn deploy_asks_and_takes_no_for_an_answer() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let document = "tidegate: 1\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\nstreams:\n  trips: {mode: on-demand}\n";
    fs::write(folder.path().join("pipeline.yaml"), document).expect("a file");
    let refused = typed(&[("Deploy this to trips-prod?", "n")], &["deploy", "prod"], folder.path(), Some(&server));
    assert_eq!(refused.status.code(), Some(1), "{}", shown(&refused));
    assert!(shown(&refused).contains("nothing was deployed"), "{}", shown(&refused));
    let accepted = typed(&[("Deploy this to trips-prod?", "y")], &["deploy", "prod"], folder.path(), Some(&server));
    assert!(accepted.status.success(), "{}", shown(&accepted));
    assert!(shown(&accepted).contains("CREATE_COMPLETE"), "{}", shown(&accepted));
}

#[test]
fn reconcile_asks_about_each_difference_and_then_once_more() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let document = "tidegate: 1\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\nstreams:\n  late: {mode: on-demand}\n  rides: {mode: on-demand}\n";
    fs::write(folder.path().join("pipeline.yaml"), document).expect("a file");
    typed(&[], &["deploy", "prod", "--yes"], folder.path(), Some(&server));
    let api = crate::support::api::Api::new(&server, "111122223333");
    for stream in ["trips-prod-late", "trips-prod-rides"] {
        let request = api.kinesis.increase_stream_retention_period().stream_name(stream).retention_period_hours(48);
        api.wait(request.send()).expect("a longer retention");
    }
    let down = "\u{1b}[B";
    let accept = format!("{down}{down}{down}\r");
    let revert = format!("{down}\r");
    let answers = [
        ("What is to be done?", accept.as_str()),
        ("Who answers for it", "data-team\r"),
        ("Why may it differ", "backfill\r"),
        ("Until which day", "2020-01-01\r"),
        ("Until which day", "\r"),
        ("What is to be done?", revert.as_str()),
        ("Do this?", "n"),
    ];
    let refused = typed(&answers, &["reconcile", "prod"], folder.path(), Some(&server));
    assert_eq!(refused.status.code(), Some(1), "{}", shown(&refused));
    assert!(shown(&refused).contains("nothing was changed"), "{}", shown(&refused));
    assert_eq!(fs::read_to_string(folder.path().join("pipeline.yaml")).expect("the document"), document);
    let mut answers = answers;
    answers[6].1 = "y";
    let agreed = typed(&answers, &["reconcile", "prod"], folder.path(), Some(&server));
    assert!(agreed.status.success(), "{}", shown(&agreed));
    assert!(shown(&agreed).contains("1 difference was taken back"), "{}", shown(&agreed));
    let after = fs::read_to_string(folder.path().join("pipeline.yaml")).expect("the document");
    assert!(after.starts_with(document) && after.contains("owner: data-team"), "{after}");
    let drift = typed(&[], &["drift", "prod", "--detailed-exitcode"], folder.path(), Some(&server));
    assert!(drift.status.success(), "{}", shown(&drift));
}

#[test]
fn release_asks_shows_how_it_goes_and_can_be_broken_off() {
    let system = System::deployed();
    let (folder, server) = (system.repository.path(), Some(&system.server));
    let (key, digest) = system.publish("the first build");
    system.expect(&[0; 60]);
    let question = "Release this to taxi-analytics-prod-taxi?";
    let refused = typed(&[(question, "n")], &["release"], folder, server);
    assert_eq!(refused.status.code(), Some(1), "{}", shown(&refused));
    assert!(shown(&refused).contains("nothing was changed"), "{}", shown(&refused));
    assert_eq!(system.api.code_key("taxi-analytics-prod-taxi"), None);
    let broken = typed(&[(question, "y"), ("watch: ", "\u{3}")], &["release"], folder, server);
    assert_eq!(broken.status.code(), Some(1), "{}", shown(&broken));
    assert!(shown(&broken).contains("goes on when the command is run again"), "{}", shown(&broken));
    let agreed = typed(&[(question, "y")], &["release"], folder, server);
    assert!(agreed.status.success(), "{}", shown(&agreed));
    assert!(shown(&agreed).contains("has not ended: it goes on"), "{}", shown(&agreed));
    assert!(shown(&agreed).contains("\r\u{1b}[Kwatch: "), "{}", shown(&agreed));
    assert!(shown(&agreed).contains(&format!("runs {digest:.12}")), "{}", shown(&agreed));
    assert_eq!(system.api.code_key("taxi-analytics-prod-taxi"), Some(key));
}
