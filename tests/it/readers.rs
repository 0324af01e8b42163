//! What services say of resources: the calls and recorded answers of the readers against the services' own models, and
//! what somebody changed where only a service's own API tells of it.

use crate::support::api::Api;
use crate::support::every_feature;
use crate::support::python::python;
use crate::support::repository::{ACCOUNT, Repository, findings};
use crate::support::server::Server;

#[test]
fn calls_and_recorded_answers_are_those_of_the_services() {
    let readers = "src/cloud/aws/readers";
    let problems =
        python(&["tests/it/readers.py", &format!("{readers}/rows.json"), &format!("{readers}/answers")], &[], "");
    assert_eq!(problems, "");
}

/// `unseen.py` says what is changed and where it has to be found. Nothing else is.
#[test]
fn what_cloudformation_does_not_see_is_found_at_its_line() {
    let server = Server::start();
    Api::at(&server, ACCOUNT, "eu-central-1").publish_layer("numbers", 7);
    let repository = Repository(every_feature());
    repository.run(&["render"]).exits(0);
    for place in ["delivery", "test"] {
        repository.against(&server, &["deploy", place, "--yes"]).exits(0);
    }
    let environment =
        [("AWS_ENDPOINT_URL", server.url.as_str()), ("AWS_ACCESS_KEY_ID", ACCOUNT), ("AWS_SECRET_ACCESS_KEY", "test")];
    let changed: Vec<[String; 3]> =
        serde_json::from_str(&python(&["tests/it/unseen.py", "rides-test", "rides-delivery"], &environment, ""))
            .expect("a list");

    let drift = repository.against(&server, &["drift", "--format", "json", "--detailed-exitcode"]).exits(2);
    let found = findings(&drift, repository.path());
    let is = |case: &[String; 3], id: &str, property: &str| case[0] == id && property.starts_with(&case[1]);
    for (id, property, line) in &found {
        let case = changed.iter().find(|case| is(case, id, property));
        let [.., written] = case.unwrap_or_else(|| panic!("nobody changed {id} {property}"));
        assert!(line.contains(written.as_str()), "{id} {property} leads to `{line}` instead of `{written}`");
    }
    let missed: Vec<_> =
        changed.iter().filter(|case| !found.iter().any(|(id, property, _)| is(case, id, property))).collect();
    assert!(missed.is_empty(), "not found: {missed:#?}");
}
