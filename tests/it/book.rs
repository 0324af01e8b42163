//! The book: its tutorial is run, and its reference pages are made from what the compiler knows.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::process::Command;

use aws_sdk_codepipeline::types::PipelineExecutionStatus;
use serde_json::{Value as Json, json};
use tidegate::compile;
use tidegate::kinds::KINDS;
use tidegate::reconcile;

use crate::releases::{CLOCK, RECORD, TAXI};
use crate::support::api::Api;
use crate::support::repository::ACCOUNT;
use crate::support::server::Server;
use crate::support::{bless, root, run::tidegate};

/// One fenced block of a page, or a comment that says what is played.
struct Block<'a> {
    info: &'a str,
    body: Vec<&'a str>,
}

fn fenced(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut end = None;
    for line in markdown.lines() {
        let begins = line.strip_prefix("```").map(|info| (info, "```"));
        let begins = begins.or_else(|| (line == "<!-- played").then_some(("played", "-->")));
        match (end, begins) {
            (Some(last), _) if line == last => end = None,
            (Some(_), _) => blocks.last_mut().expect("an open block").body.push(line),
            (None, Some((info, last))) => {
                blocks.push(Block { info, body: Vec::new() });
                end = Some(last);
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Whether `lines` are what is expected; `…` alone stands for any lines, and in a line for any text.
fn fits(expected: &[&str], lines: &[&str]) -> bool {
    match expected {
        [] => lines.is_empty(),
        ["…", rest @ ..] => (0..=lines.len()).any(|skipped| fits(rest, &lines[skipped..])),
        [first, rest @ ..] => lines.first().is_some_and(|line| line_fits(first, line)) && fits(rest, &lines[1..]),
    }
}

fn line_fits(expected: &str, line: &str) -> bool {
    let Some((start, rest)) = expected.split_once('…') else { return expected == line };
    let Some(after) = line.strip_prefix(start) else { return false };
    let ends = after.char_indices().map(|(at, _)| at).chain([after.len()]);
    ends.into_iter().any(|at| line_fits(rest, &after[at..]))
}

#[test]
fn what_varies_is_left_out_of_what_is_shown() {
    for (expected, line) in [("a … d", "a b c d"), ("…", ""), ("a…", "a"), ("…日", "本日 日"), ("a … d …!", "a d d 1!")]
    {
        assert!(line_fits(expected, line), "{expected}: {line}");
    }
    for (expected, line) in [("a … d", "a b c"), ("a …d", "ad"), ("a", "a b"), ("", "a")] {
        assert!(!line_fits(expected, line), "{expected}: {line}");
    }
    assert!(fits(&["a", "…", "c"], &["a", "b", "b", "c"]) && !fits(&["a", "…", "d"], &["a", "b", "c"]));
}

fn run(command: &str, folder: &Path, server: Option<&Server>) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_tidegate")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(folder).env_clear().env("PATH", path);
    if let Some(server) = server {
        shell
            .env("AWS_ENDPOINT_URL", &server.url)
            .env("AWS_ACCESS_KEY_ID", ACCOUNT)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("TIDEGATE_CLOCK", &*CLOCK);
    }
    let output = shell.output().expect("a shell");
    assert!(output.status.success(), "`{command}` failed: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The account of the reader, and what others do there.
struct World {
    server: Server,
    api: Api,
    /// The execution of a pipeline that was begun last.
    execution: RefCell<String>,
}

impl World {
    fn new() -> Self {
        let server = Server::with_jobs_that_are_well_by(&CLOCK);
        server.control("PUT", "settings", &json!({ "flink_transition_seconds": 0.1, "continuation_seconds": 0.1 }));
        Self { api: Api::new(&server, ACCOUNT), server, execution: RefCell::default() }
    }

    /// One line of what is played: what people, repositories, builds or the job do in a real account.
    fn play(&self, line: &str, folder: &Path) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "handshake" => self.shake_hands(rest),
            "push" => {
                let (repository, paths) = rest.split_once(' ').expect("a repository and its files");
                self.api.push(repository, folder, &paths.split(' ').collect::<Vec<_>>());
            }
            "build" => self.build(rest),
            "begins" => {
                let execution = self.api.start(rest);
                self.api.until("an approval", || self.api.waits_for_approval(rest, &execution).then_some(()));
                *self.execution.borrow_mut() = execution;
            }
            "succeeds" => self.api.succeeds(rest, &self.execution.borrow()),
            "fails" => {
                assert_eq!(self.api.ended(rest, &self.execution.borrow()), PipelineExecutionStatus::Failed);
                let told = self.api.failure(rest);
                assert!(told.contains("is not healthy") && told.contains("It was rolled back"), "{told}");
            }
            "restarts" => self.restarts(rest),
            _ => panic!("nobody knows how to play `{line}`"),
        }
    }

    fn shake_hands(&self, output: &str) {
        let request = self.api.cloudformation.describe_stacks().stack_name("taxi-analytics-delivery");
        let answer = self.api.wait(request.send()).expect("the stack");
        let outputs = answer.stacks().iter().flat_map(|stack| stack.outputs());
        let connection = outputs.filter(|one| one.output_key() == Some(output)).find_map(|one| one.output_value());
        self.api.shake_hands(connection.expect("the connection"));
    }

    /// The build of the JAR, from its text.
    fn build(&self, text: &str) {
        let bucket = format!("taxi-analytics-published-{ACCOUNT}-us-east-1");
        let (key, digest) = self.api.build("taxi-analytics-taxi-jar", "taxi-jar", "jar", &bucket, text.as_bytes());
        let commit = &tidegate::source::sha256(format!("the commit of {text}"))[..40];
        let metadata = [("sha256", digest.as_str()), ("commit", commit)];
        self.api.upload(&bucket, &key, text.as_bytes().to_vec(), &metadata);
    }

    /// How often the job of the next release has restarted after each minute; the job that comes back does not restart.
    fn restarts(&self, by_minute: &str) {
        let restarts: Vec<u64> = by_minute.split(' ').map(|count| count.parse().expect("a count")).collect();
        let moment =
            |state: &str, values: &[u64]| json!({ "state": state, "do": { "metrics": { "fullRestarts": values } } });
        let moments = [moment("watch", &restarts), moment("watch-back", &[0; 600])];
        let plan = json!({ "account": ACCOUNT, "region": "us-east-1", "record": RECORD, "application": TAXI,
            "moments": moments });
        self.server.control("PUT", "moments", &plan);
    }
}

#[test]
fn the_tutorial_does_what_it_says() {
    let tutorial = fs::read_to_string(root().join("book/src/tutorial.md")).expect("the tutorial");
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new();
    let mut commands = 0;
    for block in fenced(&tutorial) {
        if let Some((_, name)) = block.info.split_once("file=") {
            fs::write(folder.path().join(name), block.body.join("\n") + "\n").expect("a file");
            continue;
        }
        if block.info == "played" {
            block.body.iter().for_each(|line| world.play(line, folder.path()));
            continue;
        }
        assert!(block.info.starts_with("console"), "a block that nobody runs: {}", block.info);
        let account = block.info.contains("account").then_some(&world.server);
        for example in block
            .body
            .split(|line| line.starts_with("$ "))
            .skip(1)
            .zip(block.body.iter().filter_map(|line| line.strip_prefix("$ ")))
        {
            let (expected, command) = example;
            let output = run(command, folder.path(), account);
            let lines: Vec<&str> = output.lines().collect();
            assert!(fits(expected, &lines), "`{command}` printed:\n{output}\nand not:\n{}", expected.join("\n"));
            commands += 1;
        }
    }
    assert!(commands > 25, "only {commands} commands");
}

#[test]
fn the_readme_shows_what_is_found_in_its_template() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let blocks: Vec<_> =
        fenced(&readme).into_iter().skip_while(|block| block.body[0] != "Resources:").take(2).collect();
    let [template, told] = blocks.as_slice() else { panic!("no template and what is said of it") };
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("lake.yaml"), template.body.join("\n") + "\n").expect("a file");
    let command = told.body[0].strip_prefix("$ ").expect("a command");
    // There are errors, so the command fails.
    let output = run(&format!("{command} || test $? = 1"), folder.path(), None);
    assert_eq!(output.lines().collect::<Vec<_>>(), told.body[1..]);
}

/// The keys of a schema as a table; what stands under a key that is a mapping itself follows with its path.
fn keys(schema: &Json, definitions: &Json, path: &str, depth: usize, rows: &mut Vec<String>) {
    let resolved = resolve(schema, definitions);
    if let Some(alternatives) = resolved.get("anyOf").and_then(Json::as_array) {
        for alternative in alternatives {
            keys(alternative, definitions, path, depth, rows);
        }
        return;
    }
    if let Some(items) = resolved.get("items") {
        keys(items, definitions, &format!("{path}[]"), depth, rows);
    }
    let Some(properties) = resolved.get("properties").and_then(Json::as_object) else { return };
    for (key, value) in properties {
        let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let description = value["description"].as_str().unwrap_or_default().replace('|', "\\|");
        let needed =
            resolved["required"].as_array().is_some_and(|required| required.contains(&Json::from(key.as_str())));
        let row = format!("| `{name}` | {} | {description} |\n", if needed { "yes" } else { "" });
        if !rows.contains(&row) {
            rows.push(row);
        }
        if depth < 4 {
            keys(value, definitions, &name, depth + 1, rows);
        }
    }
}

fn resolve<'a>(schema: &'a Json, definitions: &'a Json) -> &'a Json {
    let inner = schema.pointer("/allOf/0").unwrap_or(schema);
    let name = inner["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    name.map_or(inner, |name| &definitions[name])
}

fn check(path: &str, fresh: &str) {
    let path = root().join("book/src").join(path);
    let committed = fs::read_to_string(&path).unwrap_or_default();
    bless(&path, &committed, fresh);
}

#[test]
fn every_kind_has_its_reference_page() {
    let schema = compile::schema();
    let summary = fs::read_to_string(root().join("book/src/SUMMARY.md")).expect("the summary");
    for kind in KINDS {
        let section = kind.section.key;
        let mut rows = Vec::new();
        let things = &schema["properties"][section]["additionalProperties"];
        keys(things, &schema["definitions"], "", 0, &mut rows);
        let attributes: String = kind
            .attributes
            .iter()
            .map(|attribute| format!("| `${{{{ {section}.name.{} }}}}` | {} |\n", attribute.name, attribute.doc))
            .collect();
        let attributes = match attributes.as_str() {
            "" => String::new(),
            rows => format!("\n## Attributes\n\n| expression | value |\n|---|---|\n{rows}"),
        };
        let rules: String = kind
            .rules
            .iter()
            .map(|rule| format!("- `{}` ({}): {}\n", rule.name, rule.level.name(), rule.summary()))
            .collect();
        let rules = if rules.is_empty() { rules } else { format!("\n## Rules\n\n{rules}") };
        let page = format!(
            "# {section}\n\n<!-- Made from the program: change src/kinds/ and run the tests with BLESS=1. -->\n\n{}\n## Keys\n\n| key | needed | what it says |\n|---|---|---|\n{}{attributes}{rules}",
            kind.page,
            rows.concat()
        );
        check(&format!("reference/{section}.md"), &page);
        assert!(summary.contains(&format!("(reference/{section}.md)")), "{section} is not in the summary");
    }
}

#[test]
fn all_rules_are_on_one_page() {
    let rules = compile::rules().chain(reconcile::RULES.iter().copied());
    let rules: String = rules
        .map(|rule| {
            format!(
                "\n## {} ({})\n{}",
                rule.name,
                rule.level.name(),
                rule.page.split_once('\n').map_or("", |(_, rest)| rest)
            )
        })
        .collect();
    let page = format!(
        "# All rules\n\n<!-- Made from the program: change the pages beside the rules and run the tests with BLESS=1. -->\n\n`tidegate explain RULE` prints these pages.\n{rules}"
    );
    check("reference/rules.md", &page);
}

/// Links of the book and the README lead somewhere.
#[test]
fn links_lead_somewhere() {
    let mut pages = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    for folder in ["book/src", "book/src/reference"] {
        pages.extend(fs::read_dir(root().join(folder)).expect("pages").map(|page| page.expect("a page").path()));
    }
    for page in pages.into_iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(&page).expect("a page");
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#') && !link.contains(' ')) {
            let target = page.parent().expect("a folder").join(link.split('#').next().unwrap_or(link));
            assert!(target.exists(), "{} links to {link}", page.display());
        }
    }
}

/// The graph on the page of a reference system is what `tidegate graph` prints.
#[test]
fn systems_show_their_graphs() {
    let pages = fs::read_dir(root().join("book/src/systems")).expect("the pages of systems");
    for page in pages.map(|page| page.expect("a page").path()) {
        let system = page.file_stem().expect("a name").to_string_lossy().into_owned();
        let spec = root().join("specs").join(&system).join("pipeline.yaml").display().to_string();
        let graph = tidegate(&["graph", &spec]).run().exits(0).stdout;
        let committed = fs::read_to_string(&page).expect("a page");
        let (before, rest) = committed.split_once("```mermaid\n").expect("a graph");
        let (_, after) = rest.split_once("```\n").expect("its end");
        bless(&page, &committed, &format!("{before}```mermaid\n{graph}```\n{after}"));
        assert!(before.lines().count() + after.lines().count() < 120, "{system} is too long");
    }
}

/// Who may change what, made from the data that drift reads.
#[test]
fn the_page_of_coverage_lists_who_may_change_what() {
    let page = root().join("book/src/coverage.md");
    let text = fs::read_to_string(&page).expect("the page of coverage");
    let rows = reconcile::mutators().into_iter().map(|row| {
        let places: Vec<String> = row.pointers.iter().map(|place| format!("`{place}`")).collect();
        format!(
            "| `{}` | {} | {} | {} | {}, {} |\n",
            row.resource_type,
            places.join(" "),
            row.who,
            row.when,
            row.source,
            row.date
        )
    });
    let table =
        format!("| type | property | who | when | source |\n|---|---|---|---|---|\n{}", rows.collect::<String>());
    let (before, rest) = text.split_once("<!-- mutators -->\n").expect("the place of the table");
    let (_, after) = rest.split_once("<!-- /mutators -->").expect("the end of the table");
    bless(&page, &text, &format!("{before}<!-- mutators -->\n{table}<!-- /mutators -->{after}"));
}

/// The table of the states of a release is made from the machine that both interpreters read.
#[test]
fn the_states_of_a_release_are_shown_as_they_are() {
    let machine: Json = serde_json::from_str(tidegate::release::MACHINE).expect("the machine");
    let states = machine["states"].as_object().expect("states");
    let mut table = "| state | what it is for | it goes on to |\n|---|---|---|\n".to_owned();
    for (name, state) in states {
        let mut to: Vec<&str> = Vec::new();
        for rule in state["rules"].as_array().into_iter().flatten() {
            let outcomes = rule["on"].as_object().into_iter().flatten().map(|(_, branch)| branch);
            for branch in outcomes.chain([rule]) {
                let next = ["go", "then"].iter().find_map(|key| branch[*key].as_str());
                let next = next.or(branch.get("undo").map(|_| "undo"));
                let next = next.or(branch.get("fail").map(|_| "failed"));
                let next = next.or(branch.get("end").map(|_| "the end"));
                if let Some(next) = next.filter(|next| next != name && !to.contains(next)) {
                    to.push(next);
                }
            }
        }
        let to: Vec<String> = to.iter().map(|next| format!("`{next}`")).collect();
        let says = state["says"].as_str().expect("what it is for").replace('|', "\\|");
        table.push_str(&format!("| `{name}` | {says} | {} |\n", to.join(", ")));
    }
    let page = root().join("book/src/releasing.md");
    let text = fs::read_to_string(&page).expect("the page");
    let (before, rest) = text.split_once("<!-- states -->\n").expect("the place of the table");
    let (_, after) = rest.split_once("<!-- /states -->").expect("the end of the table");
    bless(&page, &text, &format!("{before}<!-- states -->\n{table}<!-- /states -->{after}"));
}
