use proptest::prelude::*;

use super::*;

fn fix(edits: Vec<Edit>) -> Fix {
    Fix { title: "mend it".to_owned(), safety: Safety::Safe, edits }
}

fn replace(file: &Arc<SourceFile>, needle: &str, text: &str) -> Fix {
    fix(vec![Edit::new(span(file, needle), text)])
}

#[test]
fn what_does_not_touch_is_applied() {
    let spec = file("a: 1\nb: 2\nc: 3\n");
    let fixes = [replace(&spec, "3", "three"), replace(&spec, "1", "一"), replace(&spec, "b: 2\n", "")];
    let fixed = apply(&spec, &fixes);
    assert_eq!(fixed.text, "a: 一\nc: three\n");
    assert_eq!((fixed.applied.len(), fixed.left.len()), (3, 0));
}

#[test]
fn the_first_of_two_that_touch_wins() {
    let spec = file("abcdef");
    for (first, second) in [("abc", "bcd"), ("bcd", "abcdef"), ("abc", "def"), ("abcdef", "c")] {
        let fixes = [replace(&spec, first, "X"), replace(&spec, second, "Y")];
        let fixed = apply(&spec, &fixes);
        assert_eq!(fixed.text, spec.text().replace(first, "X"));
        assert_eq!((fixed.applied, fixed.left), (vec![&fixes[0]], vec![&fixes[1]]));
    }
}

#[test]
fn equal_edits_are_made_once() {
    let spec = file("a: 1\n");
    let fixes = [
        fix(vec![Edit::insert(&spec, 5, "b: 2\n")]),
        fix(vec![Edit::insert(&spec, 5, "b: 2\n"), Edit::new(span(&spec, "1"), "3")]),
        fix(vec![Edit::insert(&spec, 5, "c: 2\n")]),
    ];
    let fixed = apply(&spec, &fixes);
    assert_eq!(fixed.text, "a: 3\nb: 2\n");
    assert_eq!((fixed.applied.len(), fixed.left.len()), (2, 1));
}

#[test]
fn a_fix_is_made_as_a_whole_or_not_at_all() {
    let spec = file("a: 1\nb: 2\n");
    let other = SourceFile::new("other.yaml", "a: 1\n");
    let whole = Span { file: Arc::clone(&spec), start: 0, end: 400 };
    for impossible in [
        fix(vec![Edit::new(span(&spec, "1"), "3"), Edit::new(span(&other, "1"), "3")]),
        fix(vec![Edit::new(span(&spec, "a: 1"), "x"), Edit::new(span(&spec, "1"), "3")]),
        fix(vec![Edit::remove(whole)]),
    ] {
        let fixes = [impossible, replace(&spec, "2", "4")];
        let fixed = apply(&spec, &fixes);
        assert_eq!((fixed.text.as_str(), fixed.left.len()), ("a: 1\nb: 4\n", 1));
    }
    let elsewhere = [replace(&other, "1", "9"), fix(Vec::new())];
    let fixed = apply(&spec, &elsewhere);
    assert_eq!((fixed.text.as_str(), fixed.applied.len(), fixed.left.len()), (spec.text(), 0, 0));
}

#[test]
fn edits_of_one_fix_may_stand_side_by_side() {
    let spec = file("ab");
    let fixes = [fix(vec![
        Edit::remove(span(&spec, "a")),
        Edit::insert(&spec, 1, "1"),
        Edit::insert(&spec, 1, "2"),
        Edit::new(span(&spec, "b"), "B"),
    ])];
    assert_eq!(apply(&spec, &fixes).text, "12B");
}

#[test]
fn the_page_says_whether_there_are_fixes() {
    assert_eq!(RETENTION.fixable(), None);
    let rule = |page| Rule { name: "a/b", level: Level::Info, page };
    assert_eq!(rule("# a\n\nText.\n\nSource: x\n\nFix: safe\n").fixable(), Some(Safety::Safe));
    assert_eq!(rule("# a\n\nFix: unsafe\n").fixable(), Some(Safety::Unsafe));
    assert_eq!(rule("# a\n\nText with Fix: safe in it\n").fixable(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// Each piece of the text between applied edits is where it was, and each edit is there.
    #[test]
    fn nothing_outside_the_edits_changes(
        text in "[a-c注\n]{0,30}",
        edits in prop::collection::vec(prop::collection::vec((0usize..40, 0usize..6, "[X-Z]{0,3}"), 1..3), 0..8),
    ) {
        let spec = file(&text);
        let fixes: Vec<Fix> = edits
            .into_iter()
            .map(|edits| fix(edits
                .into_iter()
                .map(|(start, length, text)| Edit::new(Span::new(&spec, start, start + length), text))
                .collect()))
            .collect();
        let fixed = apply(&spec, &fixes);
        prop_assert_eq!(fixed.applied.len() + fixed.left.len(), fixes.len());
        let mut made: Vec<&Edit> = Vec::new();
        for edit in fixed.applied.iter().flat_map(|fix| &fix.edits) {
            prop_assert!(spec.text().get(edit.span.start..edit.span.end).is_some());
            if !made.contains(&edit) {
                made.push(edit);
            }
        }
        let grown: usize = made.iter().map(|edit| edit.text.len()).sum();
        let shrunk: usize = made.iter().map(|edit| edit.span.end - edit.span.start).sum();
        let kept: String = fixed.text.chars().filter(|c| !c.is_ascii_uppercase()).collect();
        let mut expected = spec.text().to_owned();
        made.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        for edit in &made {
            expected.replace_range(edit.span.start..edit.span.end, "");
        }
        prop_assert_eq!(kept, expected);
        prop_assert_eq!(fixed.text.len() + shrunk, spec.text().len() + grown);
    }
}
