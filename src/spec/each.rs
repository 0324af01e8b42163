//! `each:`: one thing for each file that matches a pattern, made while the document is read.

use globset::GlobBuilder;

use crate::source::Files;
use crate::spec::Pattern;
use crate::syntax::{Entry, Node, Value};

/// The key that makes one thing for each file.
pub const KEY: &str = "each";

/// A stack has at most so many resources: CloudFormation User Guide, quotas. Read 2026-04.
pub const MOST_FILES: usize = 500;

/// Folders below the document that are searched.
const DEEPEST: usize = 20;

/// A pattern of paths below the folder of the document: `scripts/*.py`, `sets/**/*.yaml`.
#[derive(Clone, Copy, Debug)]
pub struct PathPattern;

impl Pattern for PathPattern {
    const REGEX: &'static str = r"^[A-Za-z0-9_*-][A-Za-z0-9._*-]*(/[A-Za-z0-9_*-][A-Za-z0-9._*-]*)*$";
    const EXPECTED: &'static str = "a pattern of paths beside this file: folders and names with `*`, parted by `/`";
    const EXAMPLE: &'static str = "scripts/*.py";

    fn matches(text: &str) -> bool {
        let fits = |part: &str| {
            let may = |byte: u8| byte.is_ascii_alphanumeric() || b"_*-".contains(&byte);
            part.bytes().next().is_some_and(may) && part.bytes().all(|byte| may(byte) || byte == b'.')
        };
        text.split('/').all(fits)
    }
}

/// The files that match, by path in order; at most one more than [`MOST_FILES`]. `*` does not cross `/`, `**` does.
pub fn files(pattern: &str, files: &dyn Files) -> Vec<String> {
    let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() else { return Vec::new() };
    let matcher = glob.compile_matcher();
    let fixed: Vec<&str> = pattern.split('/').take_while(|part| !part.contains('*')).collect();
    // The last part is the name of a file, not of a folder.
    let parts = pattern.split('/').count();
    let start = fixed[..fixed.len().min(parts - 1)].join("/");
    let mut found = Vec::new();
    let mut waiting = vec![(start, 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let shown = if folder.is_empty() { "." } else { &folder };
        let below = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        found.extend(
            files.list(shown).unwrap_or_default().iter().map(|name| below(name)).filter(|it| matcher.is_match(it)),
        );
        if found.len() > MOST_FILES {
            break;
        }
        if depth < DEEPEST {
            waiting.extend(files.folders(shown).iter().map(|name| (below(name), depth + 1)));
        }
    }
    found.sort();
    found.truncate(MOST_FILES + 1);
    found
}

/// What a thing is called that is made for a file: the file's name without its extension, in lower case, with a hyphen
/// for everything that is no letter or digit.
pub fn thing_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// The pattern node of an entry that stands for several.
pub fn pattern(entry: &Node) -> Option<&Node> {
    let Value::Map(entries) = &entry.value else { return None };
    entries.iter().find(|entry| entry.key.text == KEY).map(|entry| &entry.value)
}

/// The value of the thing for one file: without `each`, and with the file's own words in place of `${{ each.… }}`. The
/// key `file` names the file unless it is written.
pub fn value(entry: &Node, path: &str, file: Option<&str>) -> Node {
    let Value::Map(entries) = &entry.value else { return entry.clone() };
    let filled = entries.iter().filter_map(|it| match file {
        _ if it.key.text != KEY => Some(filled_entry(it, path)),
        Some(file) if entries.iter().all(|other| other.key.text != file) => Some(named(it, file, path)),
        _ => None,
    });
    Node { value: Value::Map(filled.collect()), ..entry.clone() }
}

/// The entry that names the file, where `each` stands.
fn named(each: &Entry, file: &str, path: &str) -> Entry {
    let mut entry = each.clone();
    entry.key.text = file.to_owned();
    if let Value::Scalar(scalar) = &mut entry.value.value {
        scalar.text = path.to_owned();
    }
    entry
}

fn filled_entry(entry: &Entry, path: &str) -> Entry {
    Entry { key: entry.key.clone(), value: filled(&entry.value, path) }
}

fn filled(node: &Node, path: &str) -> Node {
    let value = match &node.value {
        Value::Null => Value::Null,
        Value::List(items) => Value::List(items.iter().map(|item| filled(item, path)).collect()),
        Value::Map(entries) => Value::Map(entries.iter().map(|entry| filled_entry(entry, path)).collect()),
        Value::Scalar(scalar) => {
            let mut scalar = scalar.clone();
            scalar.text = replaced(&scalar.text, path);
            Value::Scalar(scalar)
        }
    };
    Node { value, ..node.clone() }
}

fn replaced(text: &str, path: &str) -> String {
    let mut parts = text.split("${{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let known = part.split_once("}}").and_then(|(inside, rest)| Some((word(inside.trim(), path)?, rest)));
        match known {
            Some((word, rest)) => out.extend([word.as_str(), rest]),
            None => out.extend(["${{", part]),
        }
    }
    out
}

fn word(expression: &str, path: &str) -> Option<String> {
    match expression {
        "each.path" => Some(path.to_owned()),
        "each.file" => path.rsplit('/').next().map(str::to_owned),
        "each.name" => Some(thing_name(path)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::memory::Memory;

    #[test]
    fn files_are_found_below_the_fixed_folders() {
        let beside = Memory::of(&[
            ("scripts/b.py", ""),
            ("scripts/a.py", ""),
            ("scripts/deep/c.py", ""),
            ("scripts/readme.md", ""),
            ("d.py", ""),
        ]);
        assert_eq!(files("scripts/*.py", &beside), ["scripts/a.py", "scripts/b.py"]);
        assert_eq!(files("scripts/**/*.py", &beside), ["scripts/a.py", "scripts/b.py", "scripts/deep/c.py"]);
        assert_eq!(files("*.py", &beside), ["d.py"]);
        assert_eq!(files("scripts/a.py", &beside), ["scripts/a.py"]);
        assert_eq!(files("nowhere/*.py", &beside), [""; 0]);
        assert_eq!(files("**/*.py", &beside).len(), 4);
    }

    #[test]
    fn names_are_made_of_words() {
        assert_eq!(thing_name("scripts/load_users.py"), "load-users");
        assert_eq!(thing_name("LoadUsers.v2.py"), "loadusers");
        assert_eq!(thing_name("sets/_a--b_.yaml"), "a-b");
        assert_eq!(thing_name("注文.py"), "");
    }

    #[test]
    fn the_file_is_named_unless_it_is_written() {
        let text = "a: {each: x/*.py, size: 1}\nb: {each: x/*.py, script: own.py}\n";
        let parsed = crate::syntax::parse(&crate::source::SourceFile::new("pipeline.yaml", text));
        let Value::Map(things) = &parsed.root.value else { panic!("no mapping") };
        let scripts = things.iter().map(|thing| {
            let Value::Map(entries) = value(&thing.value, "x/load.py", Some("script")).value else {
                panic!("no mapping")
            };
            let entry = entries.into_iter().find(|entry| entry.key.text == "script");
            match entry.map(|entry| entry.value.value) {
                Some(Value::Scalar(scalar)) => scalar.text,
                _ => String::new(),
            }
        });
        assert_eq!(scripts.collect::<Vec<_>>(), ["x/load.py", "own.py"]);
    }

    #[test]
    fn only_its_own_expressions_are_filled() {
        let filled = replaced("s3://x/${{ each.path }}?${{params.a}}&${{each.name}}-${{ each.other }}${{", "a/b_c.py");
        assert_eq!(filled, "s3://x/a/b_c.py?${{params.a}}&b-c-${{ each.other }}${{");
    }
}
