//! The reference systems of `specs/`: each from empty accounts to a running system, an update, and what somebody changed
//! by hand. `systems/<name>.yaml` says what the update is and what is changed.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value as Json, json};
use tidegate::{compile, host};

use crate::support::python::python;
use crate::support::repository::{Repository, by_design, findings};
use crate::support::server::Server;
use crate::support::{LAYOUTS, bless_part, laid_out, root};

macro_rules! systems {
    ($($module:ident: $name:literal,)*) => {
        const SYSTEMS: &[&str] = &[$($name),*];
        $(
            mod $module {
                #[test]
                fn lives() {
                    super::lives($name);
                }

                #[test]
                fn is_in_sync_in_the_other_layout() {
                    super::is_in_sync_in_the_other_layout($name);
                }
            }
        )*
    };
}

systems! {
    clickstream_pricing: "clickstream-pricing",
    device_sensors: "device-sensors",
    event_badges: "event-badges",
    flink_on_emr: "flink-on-emr",
    glue_scripts: "glue-scripts",
    internet_provider: "internet-provider",
    serverless_data_lake: "serverless-data-lake",
    taxi_telemetry: "taxi-telemetry",
}

/// These go further: `account.rs` releases them as well.
const ELSEWHERE: [&str; 2] = ["flink-delivery", "flink-delivery-python"];

#[test]
fn flink_delivery_is_in_sync_in_both_layouts() {
    LAYOUTS.into_iter().for_each(|layout| is_in_sync_in(ELSEWHERE[0], layout));
}

#[test]
fn flink_delivery_python_is_in_sync_in_both_layouts() {
    LAYOUTS.into_iter().for_each(|layout| is_in_sync_in(ELSEWHERE[1], layout));
}

/// Each folder of `specs/` is tried; the book has the table of that.
#[test]
fn every_system_is_here() {
    let folders = fs::read_dir(root().join("specs")).expect("specs/").map(|entry| entry.expect("a folder").file_name());
    let mut folders: Vec<String> = folders.map(|name| name.into_string().expect("a name")).collect();
    folders.sort();
    let mut all = [SYSTEMS, &ELSEWHERE].concat();
    all.sort_unstable();
    assert_eq!(folders, all);

    let row = |spec: &&str| {
        let own = if ELSEWHERE.contains(spec) {
            "after the deployment, after a release, and after a deployment by the pipeline"
        } else {
            "after the deployment and after an update"
        };
        let cells = LAYOUTS.map(|layout| if layout == layout_of(spec) { own } else { "after the deployment" });
        format!("| `specs/{spec}` | {} |\n", cells.join(" | "))
    };
    let rows: String = all.iter().map(row).collect();
    let names = LAYOUTS.map(|layout| format!("`stacks: {layout}`")).join(" | ");
    bless_part("drift.md", "in sync", &format!("| document | {names} |\n|---|---|---|\n{rows}"));
}

fn document_of(spec: &str) -> String {
    fs::read_to_string(root().join("specs").join(spec).join("pipeline.yaml")).expect("the document")
}

/// The layout that a document has by itself.
fn layout_of(spec: &str) -> &'static str {
    let is_divided = document_of(spec).lines().any(|line| line == "stacks: by-life-cycle");
    LAYOUTS[usize::from(is_divided)]
}

/// In the layout that the document does not have by itself.
fn is_in_sync_in_the_other_layout(spec: &str) {
    let other = LAYOUTS.into_iter().find(|layout| *layout != layout_of(spec)).expect("another layout");
    is_in_sync_in(spec, other);
}

/// Nothing differs right after the deployment.
fn is_in_sync_in(spec: &str, layout: &str) {
    let repository = Repository::of(spec);
    fs::write(repository.path().join("pipeline.yaml"), laid_out(&document_of(spec), layout)).expect("the document");
    repository.render();
    let system = System::of(repository);
    system.deploy();
    for account in system.accounts() {
        system.repository.is_in_sync(&system.server, account);
    }
}

/// What a file of `systems/` says.
struct Case {
    update: Update,
    drifts: Vec<Drift>,
}

struct Update {
    /// What a user would call it.
    says: String,
    /// What is written in the document, and what instead.
    edits: Vec<(String, String)>,
    /// New files beside the document, by path.
    files: Vec<(String, String)>,
    /// The logical ids that the plan has to name.
    changes: Vec<String>,
}

struct Drift {
    /// What `by_hand.py` is told: the logical id, and
    /// - the place of the stack, where several have a resource with this id; else it is the last of them,
    /// - a JSON merge patch of the properties, or `delete`, for a type that only its schema serves.
    change: Json,
    id: String,
    /// What the property's name holds, if one property is meant.
    property: String,
    /// What the line holds that the finding leads to; of what is deleted, its thing.
    line: String,
}

impl Case {
    fn of(system: &str) -> Self {
        let path = root().join("tests/it/systems").join(format!("{system}.yaml"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let script = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
        let case: Json = serde_json::from_str(&python(&["-c", script], &[], &text)).expect("JSON");
        only(&case, &["update", "drifts"]);
        let update = &case["update"];
        only(update, &["says", "edits", "files", "changes"]);
        let edit = |edit: &Json| {
            only(edit, &["from", "to"]);
            (required(edit, "from"), required(edit, "to"))
        };
        let drift = |drift: &Json| {
            only(drift, &["id", "place", "property", "line", "patch", "delete"]);
            Drift {
                change: drift.clone(),
                id: required(drift, "id"),
                property: drift["property"].as_str().unwrap_or_default().to_owned(),
                line: required(drift, "line"),
            }
        };
        let files = update["files"].as_object().into_iter().flatten();
        Self {
            update: Update {
                says: required(update, "says"),
                edits: list(update, "edits").iter().map(edit).collect(),
                files: files.map(|(path, text)| (path.clone(), text.as_str().expect("a text").to_owned())).collect(),
                changes: list(update, "changes").iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            },
            drifts: list(&case, "drifts").iter().map(drift).collect(),
        }
    }
}

fn only(value: &Json, known: &[&str]) {
    let keys = value.as_object().expect("a mapping").keys();
    let unknown: Vec<_> = keys.filter(|key| !known.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} in {value}: only {known:?}");
}

fn required(value: &Json, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {value}")).to_owned()
}

fn list<'a>(value: &'a Json, key: &str) -> &'a [Json] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A stack in an account.
struct Place {
    name: String,
    stack: String,
    account: String,
    region: String,
}

/// A system in a server of its own.
struct System {
    server: Server,
    repository: Repository,
    /// In the order of deployment.
    places: Vec<Place>,
}

impl System {
    fn of(repository: Repository) -> Self {
        let document = repository.path().join("pipeline.yaml");
        let project = host::read_project(&document.display().to_string()).expect("a document");
        let stacks = compile::check(&project.input).desired.stacks;
        let deployments = stacks.iter().flat_map(|stack| &stack.deployments);
        let places = deployments.map(|deployment| Place {
            name: deployment.environment.clone(),
            stack: deployment.stack_name.clone(),
            account: deployment.account.clone(),
            region: deployment.region.clone(),
        });
        Self { server: Server::start(), places: places.collect(), repository }
    }

    fn accounts(&self) -> BTreeSet<&str> {
        self.places.iter().map(|place| place.account.as_str()).collect()
    }

    /// Deploys all stacks. A place may have several, which one command deploys.
    fn deploy(&self) {
        let mut done = BTreeSet::new();
        for place in self.places.iter().filter(|place| done.insert(&place.name)) {
            let arguments = ["deploy", &place.name, "--yes", "--allow-danger"];
            self.repository.as_account(&self.server, &place.account, &arguments).exits(0);
        }
    }

    /// There is nothing to do in any account.
    #[track_caller]
    fn is_settled(&self) {
        for account in self.accounts() {
            self.repository.as_account(&self.server, account, &["plan", "--detailed-exitcode"]).exits(0);
            self.repository.is_in_sync(&self.server, account);
        }
    }

    fn update(&self, update: &Update) {
        for (path, content) in &update.files {
            let path = self.repository.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
        let edits: Vec<_> = update.edits.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        self.repository.edit_all(&edits);
        let plans = self
            .accounts()
            .into_iter()
            .map(|account| self.repository.as_account(&self.server, account, &["plan", "--detailed-exitcode"]).stdout);
        let plan: String = plans.collect();
        let named: BTreeSet<_> = plan.split_whitespace().collect();
        for id in &update.changes {
            assert!(named.contains(id.as_str()), "{}: no `{id}` in\n{plan}", update.says);
        }
    }

    /// Somebody changes things by hand, and each change is found where the document asks for something else.
    fn is_changed(&self, drifts: &[Drift]) {
        let stacks: Vec<_> = self
            .places
            .iter()
            .map(|place| json!({ "place": place.name, "stack": place.stack, "account": place.account, "region": place.region }))
            .collect();
        let changes: Vec<_> = drifts.iter().map(|drift| &drift.change).collect();
        let script = root().join("tests/it/by_hand.py");
        let input = json!({ "stacks": stacks, "changes": changes }).to_string();
        python(&[&script.display().to_string()], &[("AWS_ENDPOINT_URL", &self.server.url)], &input);

        let mut unseen: Vec<&Drift> = drifts.iter().collect();
        for account in self.accounts() {
            let drift = self.repository.as_account(&self.server, account, &["drift", "--format", "json"]);
            let by_design = by_design(&drift);
            for (id, property, line) in findings(&drift, self.repository.path()) {
                let is_it = |drift: &&Drift| drift.id == id && property.contains(&drift.property);
                let expected = drifts.iter().find(is_it);
                if expected.is_none() && by_design.contains(&(id.clone(), property.clone())) {
                    continue;
                }
                let expected = expected.unwrap_or_else(|| panic!("nobody changed {id} {property}"));
                let written = &expected.line;
                assert!(line.contains(written), "{id} {property} leads to `{line}` instead of `{written}`");
                unseen.retain(|drift| !is_it(drift));
            }
        }
        let unseen: Vec<_> = unseen.iter().map(|drift| (&drift.id, &drift.property)).collect();
        assert!(unseen.is_empty(), "not found: {unseen:?}");
    }
}

/// From empty accounts, through an update, to changes by hand.
fn lives(spec: &str) {
    let case = Case::of(spec);
    assert!(case.drifts.len() >= 3, "{spec} has only {} drifts", case.drifts.len());
    let system = System::of(Repository::of(spec));
    system.deploy();
    system.is_settled();
    system.update(&case.update);
    system.deploy();
    system.is_settled();
    system.is_changed(&case.drifts);
}
