//! Every rule has a page, and what the pages say is true.

use tidegate::check;
use tidegate::compile;
use tidegate::diagnostic::apply;
use tidegate::kinds::KINDS;

use crate::support::{blocks, document, document_beside};

#[test]
fn rule_names_are_kebab_case_under_an_area_and_unique() {
    let mut names: Vec<_> = compile::rules().map(|rule| rule.name).collect();
    for name in &names {
        let (area, offence) = name.split_once('/').unwrap_or_else(|| panic!("{name} has no area"));
        for word in [area, offence] {
            let fits = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                && word.starts_with(|first: char| first.is_ascii_lowercase());
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
    let mut complaints = Vec::new();
    for rule in compile::rules() {
        let mut complain = |what: String| complaints.push(format!("{}: {what}", rule.name));
        if !rule.page.starts_with(&format!("# {}\n\n", rule.name)) {
            complain("the page has another title".to_owned());
        }
        let refused: Vec<_> = INFOS.iter().flat_map(|(refused, _)| blocks(rule.page, refused)).collect();
        let accepted: Vec<_> = INFOS.iter().flat_map(|(_, accepted)| blocks(rule.page, accepted)).collect();
        if refused.is_empty() || accepted.is_empty() {
            complain("an example is missing".to_owned());
        }
        for text in refused {
            let findings = check::check(&document_beside(text, rule.page, "refused")).diagnostics;
            if findings.iter().all(|finding| finding.rule.name != rule.name) {
                complain(format!("does not find its own example, but {findings:#?}"));
            }
            let helpless = findings.iter().filter(|finding| finding.help.is_none());
            for finding in helpless {
                complain(format!("says nothing of what to do: {}", finding.message));
            }
        }
        for text in accepted {
            let mut findings = check::check(&document_beside(text, rule.page, "accepted")).diagnostics;
            findings.retain(|finding| !finding.is_suppressed());
            if !findings.is_empty() {
                complain(format!("the mended example is not accepted: {findings:#?}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn fixes_are_those_that_the_pages_promise_and_they_mend() {
    for rule in compile::rules() {
        let examples = INFOS.iter().flat_map(|(refused, _)| blocks(rule.page, refused));
        let mut offered = 0;
        for text in examples {
            let input = document(text);
            let findings = check::check(&input).diagnostics;
            let fixable: Vec<_> = findings.iter().filter(|finding| finding.fix.is_some()).collect();
            for finding in &fixable {
                let safety = finding.fix.as_ref().map(|fix| fix.safety);
                assert_eq!(safety, finding.rule.fixable(), "the page of {} says otherwise", finding.rule.name);
                offered += usize::from(finding.rule.name == rule.name);
            }
            let fixed = apply(&input.file, fixable.iter().filter_map(|finding| finding.fix.as_ref()));
            let after = check::check(&document(&fixed.text)).diagnostics;
            assert!(after.len() + fixed.applied.len() <= findings.len(), "{}: {after:#?}\n{}", rule.name, fixed.text);
        }
        assert!(rule.fixable().is_none() || offered > 0, "no example of {} shows its fix", rule.name);
    }
}

/// How the blocks are marked that hold whole files; what each is, is found by its content.
const INFOS: &[(&str, &str)] = &[("yaml refused", "yaml accepted"), ("json refused", "json accepted")];

/// A page of a kind shows the kind alone, so that what is there to be used is not; with a head it is a document.
#[test]
fn the_examples_of_kinds_are_accepted() {
    let head = "tidegate: 1\nname: example\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";
    for kind in KINDS {
        let examples = blocks(kind.page, "yaml");
        assert!(!examples.is_empty(), "the page of {} has no example", kind.section.key);
        for example in examples {
            let mut findings = compile::check(&document(&format!("{head}{example}"))).diagnostics;
            findings.retain(|finding| finding.rule.name != "names/unused");
            assert!(findings.is_empty(), "the example of {} is not accepted: {findings:#?}", kind.section.key);
        }
    }
}
