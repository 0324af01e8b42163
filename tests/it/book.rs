//! The book: its tutorial is run, and its reference pages are made from what the compiler knows.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use tidegate::compile;
use tidegate::kinds::KINDS;
use tidegate::reconcile;

use crate::support::server::Server;
use crate::support::{bless, root, run::tidegate};

/// One fenced block of the tutorial.
struct Block<'a> {
    info: &'a str,
    body: Vec<&'a str>,
}

fn fenced(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for line in markdown.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => blocks.push(Block { info, body: Vec::new() }),
            (Some(_), true) => {}
            (None, true) => blocks.last_mut().expect("an open block").body.push(line),
            (None, false) => continue,
        }
        open ^= line.starts_with("```");
    }
    blocks
}

/// Whether `lines` are what is expected; `…` alone stands for any lines.
fn fits(expected: &[&str], lines: &[&str]) -> bool {
    match expected {
        [] => lines.is_empty(),
        ["…", rest @ ..] => (0..=lines.len()).any(|skipped| fits(rest, &lines[skipped..])),
        [first, rest @ ..] => lines.first() == Some(first) && fits(rest, &lines[1..]),
    }
}

fn run(command: &str, folder: &Path, server: Option<&Server>) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_tidegate")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(folder).env_clear().env("PATH", path);
    if let Some(server) = server {
        shell
            .env("AWS_ENDPOINT_URL", &server.url)
            .env("AWS_ACCESS_KEY_ID", "111122223333")
            .env("AWS_SECRET_ACCESS_KEY", "test");
    }
    let output = shell.output().expect("a shell");
    assert!(output.status.success(), "`{command}` failed: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_tutorial_does_what_it_says() {
    let tutorial = fs::read_to_string(root().join("book/src/tutorial.md")).expect("the tutorial");
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    let mut commands = 0;
    for block in fenced(&tutorial) {
        if let Some((_, name)) = block.info.split_once("file=") {
            fs::write(folder.path().join(name), block.body.join("\n") + "\n").expect("a file");
            continue;
        }
        assert!(block.info.starts_with("console"), "a block that nobody runs: {}", block.info);
        let account = block.info.contains("account").then_some(&server);
        for example in block
            .body
            .split(|line| line.starts_with("$ "))
            .skip(1)
            .zip(block.body.iter().filter_map(|line| line.strip_prefix("$ ")))
        {
            let (expected, command) = example;
            let output = run(command, folder.path(), account);
            let lines: Vec<&str> = output.lines().collect();
            assert!(fits(expected, &lines), "`{command}` printed:\n{output}");
            commands += 1;
        }
    }
    assert!(commands > 15, "only {commands} commands");
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
