//! Drift as JUnit's XML: a suite for each stack, a case for each resource, so that a list of test results shows what is
//! in order too.

use super::Seen;
use super::acceptances::Acceptances;
use crate::cli::account::place_of;
use crate::desired::Acceptance;
use crate::diagnostic::{Diagnostic, xml_text};
use crate::reconcile::{Difference, Outcome as Looked, ResourceDrift, shown};

/// How a case ended.
#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

struct Suite {
    name: String,
    counts: Counts,
    cases: String,
}

pub(super) fn document(seen: &[Seen<'_>], acceptances: &Acceptances<'_>) -> String {
    let suites: Vec<Suite> = seen.iter().map(suite).chain(suite_of_acceptances(acceptances)).collect();
    let sum = suites.iter().fold(Counts::default(), |sum, suite| sum.plus(suite.counts));
    let body: String = suites
        .iter()
        .map(|suite| {
            let (name, counts) = (xml_text(&suite.name), suite.counts.attributes());
            format!("  <testsuite name=\"{name}\" {counts}>\n{}  </testsuite>\n", suite.cases)
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tidegate drift\" {}>\n{body}</testsuites>\n",
        sum.attributes()
    )
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
        }
    }

    fn attributes(self) -> String {
        let Self { tests, failures, errors, skipped } = self;
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
    }
}

fn suite(seen: &Seen<'_>) -> Suite {
    let name = seen.title();
    let mut suite = Suite { name, counts: Counts::default(), cases: String::new() };
    if let Some(failure) = seen.failure() {
        let inside = format!("<error type=\"drift/unreachable\" message=\"{}\"/>", xml_text(&failure));
        let stack = seen.deployment.stack_name.as_str();
        suite.cases = case(stack, "look at the stack", &place_of(&seen.deployment.origin), &inside);
        suite.counts = Counts { tests: 1, errors: 1, ..Counts::default() };
    }
    for drift in seen.drifts() {
        let (inside, counts) = result(drift);
        let name = format!("{} {} ({})", drift.resource_type, drift.logical_id, drift.thing);
        suite.cases.push_str(&case(&seen.deployment.stack_name, &name, &place_of(&drift.origin), &inside));
        suite.counts = suite.counts.plus(Counts { tests: 1, ..counts });
    }
    suite
}

fn case(class: &str, name: &str, place: &str, inside: &str) -> String {
    let (class, name) = (xml_text(class), xml_text(name));
    let mut parts = place.rsplitn(3, ':');
    let (_, line, path) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!(
        "    <testcase classname=\"{class}\" name=\"{name}\" file=\"{}\" line=\"{line}\">{inside}</testcase>\n",
        xml_text(path)
    )
}

fn result(drift: &ResourceDrift) -> (String, Counts) {
    let accepted = drift.differences.iter().filter_map(|difference| Some((difference, difference.accepted.as_ref()?)));
    let mut told: Vec<String> =
        accepted.map(|(difference, acceptance)| format!("{}, {}", line(difference), acceptance.told())).collect();
    told.extend(drift.accepted.as_ref().map(Acceptance::told));
    let out = match told.is_empty() {
        true => String::new(),
        false => format!("<system-out>{}</system-out>", xml_text(&told.join("\n"))),
    };
    let skipped = |why: &str| format!("<skipped message=\"{}\"/>{out}", xml_text(why));
    match &drift.outcome {
        Looked::NotDeployed => (skipped("not deployed"), Counts { skipped: 1, ..Counts::default() }),
        Looked::NotCheckable(reason) => (skipped(reason), Counts { skipped: 1, ..Counts::default() }),
        Looked::Deleted if drift.accepted.is_none() => {
            let failure = "<failure type=\"drift/deleted\" message=\"deleted behind CloudFormation's back\"/>";
            (format!("{failure}{out}"), Counts { failures: 1, ..Counts::default() })
        }
        _ if drift.drifted() => {
            let counts = |difference: &&Difference| difference.class.is_drift() && difference.accepted.is_none();
            let lines: Vec<String> = drift.differences.iter().filter(counts).map(line).collect();
            let first = lines.first().map_or("", String::as_str);
            let message = match lines.len() {
                1 => first.to_owned(),
                count => format!("{first}, and {} more", count - 1),
            };
            let failure = format!(
                "<failure type=\"drift/changed\" message=\"{}\">{}</failure>{out}",
                xml_text(&message),
                xml_text(&lines.join("\n"))
            );
            (failure, Counts { failures: 1, ..Counts::default() })
        }
        _ => (out, Counts::default()),
    }
}

fn line(difference: &Difference) -> String {
    let Difference { path, wanted, live, origin, .. } = difference;
    let (wanted, live) = (shown(wanted.as_ref()), shown(live.as_ref()));
    match difference.is_gone() {
        true => format!("{path}: is gone, {wanted} is wanted ({})", place_of(origin)),
        false => format!("{path}: {wanted} is wanted, {live} is live ({})", place_of(origin)),
    }
}

/// Expired acceptances fail by themselves.
fn suite_of_acceptances(acceptances: &Acceptances<'_>) -> Option<Suite> {
    let expired: Vec<Diagnostic> =
        acceptances.diagnostics().filter(|found| found.level() == crate::diagnostic::Level::Error).collect();
    let cases = expired.iter().map(|found| {
        let inside = format!("<failure type=\"{}\" message=\"{}\"/>", found.rule.name, xml_text(&found.message));
        let position = found.primary.span.start_position();
        let place = format!("{}:{}:{}", found.primary.span.path(), position.line, position.column);
        case("drift.accept", &place, &place, &inside)
    });
    let cases: String = cases.collect();
    let counts = Counts { tests: expired.len(), failures: expired.len(), ..Counts::default() };
    (!expired.is_empty()).then(|| Suite { name: "accepted differences".to_owned(), counts, cases })
}
