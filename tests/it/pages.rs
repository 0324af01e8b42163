//! Every rule has a page, and what the pages say is true.

use tidegate::check;
use tidegate::compile;
use tidegate::kinds::KINDS;

use crate::support::{blocks, document};

#[test]
fn rule_names_are_kebab_case_under_an_area_and_unique() {
    let mut names: Vec<_> = compile::rules().map(|rule| rule.name).collect();
    for name in &names {
        let (area, offence) = name.split_once('/').unwrap_or_else(|| panic!("{name} has no area"));
        for word in [area, offence] {
            let fits = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.is_empty();
            assert!(fits, "{name} is not kebab-case");
        }
    }
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a name is used twice");
}

#[test]
fn pages_begin_with_the_name_and_show_what_is_refused_and_what_is_accepted() {
    for rule in compile::rules() {
        assert!(rule.page.starts_with(&format!("# {}\n\n", rule.name)), "the page of {} has another title", rule.name);
        let refused: Vec<_> = INFOS.iter().flat_map(|(refused, _)| blocks(rule.page, refused)).collect();
        let accepted: Vec<_> = INFOS.iter().flat_map(|(_, accepted)| blocks(rule.page, accepted)).collect();
        assert!(!refused.is_empty() && !accepted.is_empty(), "{} lacks an example", rule.name);
        for text in refused {
            let findings = check::check(&document(text)).diagnostics;
            let names: Vec<_> = findings.iter().map(|finding| finding.rule.name).collect();
            assert!(names.contains(&rule.name), "{} does not find its own example, but {findings:#?}", rule.name);
            for finding in &findings {
                let told = finding.help.is_some();
                assert!(told, "{} says nothing of what to do: {}", rule.name, finding.message);
            }
        }
        for text in accepted {
            let findings = check::check(&document(text)).diagnostics;
            assert!(findings.is_empty(), "the mended example of {} is not accepted: {findings:#?}", rule.name);
        }
    }
}

/// How the blocks are marked that hold whole files; what each is, is found by its content.
const INFOS: &[(&str, &str)] = &[("yaml refused", "yaml accepted"), ("json refused", "json accepted")];

/// A page of a kind shows the kind alone; with a head it is a document.
#[test]
fn the_examples_of_kinds_are_accepted() {
    let head = "tidegate: 1\nname: example\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";
    for kind in KINDS {
        let examples = blocks(kind.page, "yaml");
        assert!(!examples.is_empty(), "the page of {} has no example", kind.section.key);
        for example in examples {
            let findings = compile::check(&document(&format!("{head}{example}"))).diagnostics;
            assert!(findings.is_empty(), "the example of {} is not accepted: {findings:#?}", kind.section.key);
        }
    }
}
