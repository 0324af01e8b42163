//! Damaged files: whatever is done to a file, the front ends and the lints report and never panic.
//!
//! The suite runs a fixed number of cases from a fixed seed. For longer, by hand, with a new seed each time:
//! `TIDEGATE_FUZZ_SECONDS=600 cargo test --release --test it -- fuzz --nocapture`

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tidegate::check;
use tidegate::compile;
use tidegate::diagnostic::{self, Diagnostic, Format, Style};
use tidegate::source::sha256;
use tidegate::template;

use crate::support::{blocks, document, root};

/// Cases of one run of the suite.
const CASES: usize = 3_000;

/// A generator of numbers that is the same on every machine (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or_default() % sides.max(1)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.roll(items.len())]
    }
}

/// Pieces that break something: structure, encodings, intrinsics, numbers.
const PIECES: &[&str] = &[
    ": ",
    "- ",
    "\t",
    "[",
    "]",
    "{",
    "}",
    "|",
    ">",
    "&a ",
    "*a",
    "<<: *a",
    "!Ref ",
    "!Sub ",
    "!If [A, b, c]",
    "!GetAtt A.B",
    "${",
    "}",
    "#{",
    "#{a.b}",
    "${{ ",
    "}}",
    "\"",
    "'",
    "\\",
    "\r\n",
    "\n",
    "\n\n",
    "\u{feff}",
    "\0",
    "null",
    "~",
    "yes",
    "0x",
    "1e9999",
    "-1",
    "99999999999999999999",
    "コメント",
    "# tidegate: ignore[",
    "Fn::ForEach::A",
    "Fn::Transform",
    "{{resolve:ssm:a}}",
    "AWS::NoValue",
    "---\n",
    "*",
    "@",
    "%",
    "arn:aws:",
    "::",
    "!!binary ",
    "? ",
    "&a [*a]",
];

/// Whole files of every kind: documents, templates, buildspecs, pipeline definitions, right and wrong ones.
fn seeds() -> Vec<String> {
    let mut seeds = Vec::new();
    for folder in ["specs", "generated", "tests/it/faults", "tests/it/cases", "tests/it/corpus"] {
        collect(&root().join(folder), &mut seeds);
    }
    for rule in compile::rules() {
        for info in ["yaml refused", "yaml accepted", "json refused", "json accepted"] {
            seeds.extend(blocks(rule.page, info).into_iter().map(str::to_owned));
        }
    }
    seeds
}

fn collect(folder: &Path, seeds: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let readable =
            path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json" || it == "template");
        match fs::read_to_string(&path) {
            _ if path.is_dir() => collect(&path, seeds),
            Ok(text) if readable && text.len() < 40_000 => seeds.push(text),
            _ => {}
        }
    }
}

/// A place in `text` that is between two characters.
fn place(text: &str, dice: &mut Dice) -> usize {
    text.floor_char_boundary(dice.roll(text.len() + 1))
}

fn damage(text: &mut String, others: &[String], dice: &mut Dice) {
    let (a, b) = (place(text, dice), place(text, dice));
    let (start, end) = (a.min(b), a.max(b));
    match dice.roll(8) {
        0 => text.insert_str(start, PIECES[dice.roll(PIECES.len())]),
        1 => text.replace_range(start..text.floor_char_boundary(end.min(start + 24)), PIECES[dice.roll(PIECES.len())]),
        2 => text.replace_range(start..text.floor_char_boundary(end.min(start + 200)), ""),
        3 => {
            let mut lines: Vec<&str> = text.split('\n').collect();
            let (from, to) = (dice.roll(lines.len()), dice.roll(lines.len()));
            let line = lines.remove(from);
            lines.insert(to.min(lines.len()), line);
            *text = lines.join("\n");
        }
        4 => {
            let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
            let at = dice.roll(lines.len());
            let indent = " ".repeat(dice.roll(6));
            lines[at] = format!("{indent}{}", lines[at].trim_start());
            *text = lines.join("\n");
        }
        5 => {
            let other = dice.pick(others);
            let (c, d) = (place(other, dice), place(other, dice));
            let piece = &other[c.min(d)..other.floor_char_boundary(c.max(d).min(c.min(d) + 300)).max(c.min(d))];
            text.insert_str(start, piece);
        }
        6 => text.truncate(start),
        _ => {
            let words: Vec<&str> = text.split_whitespace().collect();
            if words.len() > 1 {
                let (from, to) = ((*dice.pick(&words)).to_owned(), (*dice.pick(&words)).to_owned());
                *text = text.replacen(&from, &to, 1 + dice.roll(2));
            }
        }
    }
}

/// What must hold of every finding.
fn inspect(findings: &[Diagnostic]) {
    for finding in findings {
        assert!(!finding.message.is_empty(), "{} says nothing", finding.rule.name);
        for label in finding.related.iter().chain([&finding.primary]) {
            let text = label.span.file.text();
            assert!(label.span.start <= label.span.end && label.span.end <= text.len(), "{:?}", label.span);
            assert!(
                text.is_char_boundary(label.span.start) && text.is_char_boundary(label.span.end),
                "{:?}",
                label.span
            );
        }
    }
    for format in Format::ALL {
        diagnostic::render(findings, *format, Style { color: true, width: 100 });
    }
}

fn run(text: &str) {
    let input = document(text);
    inspect(&check::check(&input).diagnostics);
    inspect(&compile::compile(&input).diagnostics);
    inspect(&template::lift(&input.file).diagnostics);
}

#[test]
fn fuzz() {
    let seconds = std::env::var("TIDEGATE_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let seed = match seconds {
        Some(_) => SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |it| it.subsec_nanos().into()),
        None => 0x7469_6465_6761_7465,
    };
    let mut dice = Dice(seed);
    let seeds = seeds();
    assert!(seeds.len() > 100, "the files to damage are missing");
    let begin = Instant::now();
    let limit = seconds.map(Duration::from_secs);
    let mut cases = 0_usize;
    while limit.map_or(cases < CASES, |limit| begin.elapsed() < limit) {
        let mut text = dice.pick(&seeds).clone();
        for _ in 0..=dice.roll(4) {
            damage(&mut text, &seeds, &mut dice);
        }
        cases += 1;
        if panic::catch_unwind(AssertUnwindSafe(|| run(&text))).is_err() {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}.yaml", &sha256(&text)[..12]));
            fs::write(&path, &text).expect("the case can be kept");
            panic!("seed {seed}, case {cases}: see {}", path.display());
        }
    }
    if limit.is_some() {
        eprintln!("{cases} cases in {:?}", begin.elapsed());
    }
}
