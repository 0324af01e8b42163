//! The house: which room may use which. The table of the book is made from the same data.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

/// Room, what it is, and the rooms that it may use.
const ROOMS: &[(&str, &str, &[&str])] = &[
    ("source", "Files, byte spans, lines and columns.", &[]),
    ("diagnostic", "What a message to the user is, and the formats it is shown in.", &["source"]),
    (
        "syntax",
        "YAML or JSON text to a located tree; the only room that names a YAML crate.",
        &["source", "diagnostic"],
    ),
    (
        "spec",
        "The document as written: shapes, decoding, and the JSON Schema made from them.",
        &["syntax", "diagnostic", "source"],
    ),
    (
        "desired",
        "What should exist: resources in CloudFormation's vocabulary, each value with its origin.",
        &["source"],
    ),
    (
        "template",
        "A CloudFormation template as written, lifted to what should exist.",
        &["syntax", "desired", "diagnostic", "source"],
    ),
    (
        "definition",
        "A pipeline as CodePipeline's API spells it, lifted to what should exist.",
        &["syntax", "desired", "diagnostic", "source"],
    ),
    ("facts", "What AWS's resource types are: data with provenance and date.", &[]),
    (
        "model",
        "The document as meant, and the socket that a kind fills.",
        &["spec", "template", "syntax", "desired", "diagnostic", "source", "facts", "release"],
    ),
    (
        "analysis",
        "What a graph of resources means: the views that lints read.",
        &["desired", "facts", "syntax", "source"],
    ),
    (
        "lints",
        "One file and page for each opinion about what a file asks for.",
        &["analysis", "desired", "facts", "syntax", "diagnostic", "source"],
    ),
    (
        "settings",
        "What a folder says of levels and of files to leave out.",
        &["spec", "syntax", "diagnostic", "source"],
    ),
    (
        "policy",
        "What to do about what differs, as somebody wrote it: rules for machines, and accepted differences.",
        &["spec", "syntax", "diagnostic", "source"],
    ),
    ("artifact", "An output file as a value, and the canonical printers.", &["desired", "source"]),
    (
        "release",
        "The state machine of a release, and what is shown of what is released, as data: for the pipeline's steps and by hand.",
        &[],
    ),
    (
        "kinds",
        "One folder for each kind of thing: its shape, checks, lowering and page.",
        &["spec", "syntax", "model", "desired", "facts", "artifact", "release", "diagnostic", "source"],
    ),
    (
        "backends",
        "One folder for each output: pure functions from what should exist to files.",
        &["desired", "artifact", "diagnostic", "source", "facts"],
    ),
    (
        "compile",
        "The compiler on one page.",
        &[
            "source",
            "diagnostic",
            "syntax",
            "spec",
            "model",
            "kinds",
            "template",
            "definition",
            "facts",
            "desired",
            "analysis",
            "lints",
            "settings",
            "artifact",
            "backends",
        ],
    ),
    (
        "check",
        "Any file that can be checked, told by its content.",
        &[
            "source",
            "diagnostic",
            "syntax",
            "compile",
            "template",
            "definition",
            "desired",
            "analysis",
            "lints",
            "settings",
        ],
    ),
    (
        "import",
        "The document that asks for what templates ask for, sought by trying.",
        &["check", "compile", "definition", "desired", "diagnostic", "model", "settings", "source", "template"],
    ),
    (
        "cloud",
        "The account as seen from here; `cloud::aws` is the only room that names an AWS SDK crate.",
        &["desired", "facts", "source"],
    ),
    (
        "reconcile",
        "Compares and decides; changing the account is its one effect.",
        &["desired", "cloud", "template", "diagnostic", "facts", "source"],
    ),
    (
        "operate",
        "Releases by hand: the interpreter of the state machine over an account, and what runs there.",
        &["release", "cloud", "facts"],
    ),
    (
        "adopt",
        "Edits of a document that make it render to what is live.",
        &["compile", "reconcile", "cloud", "model", "desired", "facts", "syntax", "diagnostic", "source"],
    ),
    (
        "review",
        "What a change means to a person: what is lost, restarted, opened, or cannot be taken back.",
        &["desired", "facts", "cloud", "reconcile"],
    ),
    (
        "host",
        "The machine: files, environment, terminal.",
        &["artifact", "compile", "settings", "diagnostic", "source"],
    ),
    (
        "cli",
        "The commands, one file each; the only room that knows exit codes.",
        &[
            "compile",
            "check",
            "import",
            "lints",
            "reconcile",
            "operate",
            "release",
            "review",
            "policy",
            "adopt",
            "template",
            "cloud",
            "host",
            "diagnostic",
            "artifact",
            "desired",
            "model",
            "source",
            "backends",
            "facts",
        ],
    ),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files.extend(rust_files(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
    files
}

/// The room that a source file belongs to.
fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).expect("a source file");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Code without comments, and without the modules of tests, which look into other rooms on purpose.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file can be read");
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests")
        || path.ends_with("tests.rs")
        || path.ends_with("generate.rs")
}

/// The rooms that code names by `crate::…`, also in braces.
fn used(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split(['}', ';']).next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let word: String = name.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            rooms.insert(word);
        }
    }
    rooms
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let mut seen = BTreeSet::new();
    for path in rust_files(&root().join("src")).into_iter().filter(|path| !is_test(path)) {
        let room = room_of(&path);
        if ["main", "lib"].contains(&room.as_str()) {
            continue;
        }
        let (_, _, allowed) =
            ROOMS.iter().find(|(name, ..)| *name == room).unwrap_or_else(|| panic!("`{room}` is no room"));
        for other in used(&code(&path)) {
            let known = ROOMS.iter().any(|(name, ..)| *name == other);
            let fits = !known || other == room || allowed.contains(&other.as_str());
            assert!(fits, "room `{room}` may not use `{other}`: {}", path.display());
        }
        seen.insert(room);
    }
    for (room, ..) in ROOMS {
        assert!(seen.contains(*room), "there is no room `{room}`");
    }
}

#[test]
fn only_one_room_names_the_sdk_and_only_one_a_yaml_crate() {
    for path in rust_files(&root().join("src")) {
        let code = code(&path);
        let inside = path.strip_prefix(root().join("src")).expect("a source file").to_string_lossy().replace('\\', "/");
        for (word, home) in [
            ("aws_sdk_", "cloud/aws"),
            ("aws_config::", "cloud/aws"),
            ("granit_parser", "syntax/"),
            ("annotate_snippets", "diagnostic/"),
            ("brush_parser", "analysis/shell/"),
        ] {
            assert!(!code.contains(word) || inside.starts_with(home), "{inside} names `{word}`");
        }
    }
}

/// A phase, printer or command that asks which kind it has would have to be changed for every new one. Facts are about
/// AWS and know no kinds: a word that is both is theirs.
#[test]
fn nobody_but_kinds_names_a_kind() {
    let sections: Vec<_> = tidegate::kinds::KINDS.iter().map(|kind| format!("\"{}\"", kind.section.key)).collect();
    for path in rust_files(&root().join("src")).into_iter().filter(|path| !is_test(path)) {
        let room = room_of(&path);
        // `definition` spells the words of CodePipeline and `facts` those of schemas, of which some are those of kinds.
        if ["kinds", "cli", "analysis", "definition", "facts"].contains(&room.as_str()) {
            continue;
        }
        let code = code(&path);
        for section in &sections {
            assert!(!code.contains(section), "{} names the kind {section}", path.display());
        }
    }
}

#[test]
fn the_book_shows_this_table() {
    let page = root().join("book/src/architecture.md");
    let text = fs::read_to_string(&page).expect("the page of the architecture");
    let rows = ROOMS.iter().map(|(room, what, uses)| {
        let uses = if uses.is_empty() { "–".to_owned() } else { uses.join(", ") };
        format!("| `{room}` | {what} | {uses} |\n")
    });
    let table = format!("| room | what it is | may use |\n|---|---|---|\n{}", rows.collect::<String>());
    let (before, rest) = text.split_once("<!-- rooms -->\n").expect("the place of the table");
    let (_, after) = rest.split_once("<!-- /rooms -->").expect("the end of the table");
    let fresh = format!("{before}<!-- rooms -->\n{table}<!-- /rooms -->{after}");
    crate::support::bless(&page, &text, &fresh);
}
