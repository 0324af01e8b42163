use super::*;

fn script(text: &str) -> Script {
    Script::parse(text).unwrap_or_else(|| panic!("{text} cannot be read"))
}

fn names(script: &Script) -> Vec<&str> {
    script.calls.iter().filter_map(|call| call.name.as_deref()).collect()
}

#[test]
fn commands_are_found_wherever_they_stand() {
    let it = script("if mvn -q test; then A=$(aws s3 ls \"$(pwd)\") && docker push x | tee log; fi");
    let mut found = names(&it);
    found.sort_unstable();
    assert_eq!(found, ["aws", "docker", "mvn", "pwd", "tee"]);
    assert!(it.calls.iter().any(|call| call.is("docker") && call.words().eq(["push", "x"])));
}

#[test]
fn an_argument_with_a_variable_is_not_known() {
    let it = script("aws s3 cp 'a b.jar' \"s3://$BUCKET/\"");
    assert_eq!(it.calls[0].arguments, [Some("s3".into()), Some("cp".into()), Some("a b.jar".into()), None]);
}

#[test]
fn variables_are_set_in_several_ways() {
    let it = script("export A=1 B\nC=2\nD=3 mvn\nread E F\nfor G in x; do :; done\necho ${H:=1}");
    assert_eq!(it.assigned.into_iter().collect::<Vec<_>>(), ["A", "B", "C", "D", "E", "F", "G", "H"]);
}

#[test]
fn variables_are_read_in_several_ways() {
    let it = script("test $A = 1 && echo \"${B%/} $((C + 1)) ${D:-$E}\" '$F' `echo $G`");
    assert_eq!(it.read.into_iter().collect::<Vec<_>>(), ["A", "B", "C", "D", "E", "G"]);
}

#[test]
fn what_only_bash_understands_is_named() {
    for (text, bashism) in [
        ("[[ -n $A ]]", "[[ … ]]"),
        ("set -euo pipefail", "set -o pipefail"),
        ("A=(1 2)", "an array"),
        ("echo ${A[0]}", "an array"),
        ("source venv/bin/activate", "source"),
        ("cat <<< $A", "<<<"),
        ("diff <(a) <(b)", "<( … )"),
        ("function f { a; }", "function"),
        ("for i in {1..3}; do a; done", "{1..3}"),
        ("echo ${A:0:7}", "${…:…}"),
        ("echo \"${A//-/_}\"", "${…/…}"),
        ("echo ${A,,}", "${…,,}"),
        ("[ \"$A\" == b ]", "[ … == … ]"),
        ("mvn &> log", "&>"),
    ] {
        assert!(script(text).bashisms.contains(bashism), "{text}: {:?}", script(text).bashisms);
    }
}

#[test]
fn what_every_shell_understands_is_not() {
    for text in [
        "[ -n \"$A\" ] || exit 1",
        ". venv/bin/activate",
        "set -eu",
        "f() { a; }",
        "echo ${A:-b} ${A%.*} ${A##*/} $(( 1 + 2 ))",
        "aws x --query 'A[0].{B:C}' --cli-input-json \"{\\\"a\\\": [1]}\"",
        "cat > f <<EOF\n[[ $A ]]\nEOF",
        "mvn > log 2>&1",
        "case $A in x|y) a;; *) b;; esac",
        "echo 'source [[ <<<'",
    ] {
        assert!(script(text).bashisms.is_empty(), "{text}: {:?}", script(text).bashisms);
    }
}

#[test]
fn failures_that_the_status_does_not_tell_are_found() {
    assert_eq!(script("mvn test\necho done").unchecked, ["mvn"]);
    assert!(script("mvn test || exit 1\necho done").unchecked.is_empty());
    assert!(script("if mvn test; then a; fi\necho done").unchecked.is_empty());
    assert!(script("mvn test").unchecked.is_empty());
}

#[test]
fn what_is_no_shell_or_too_deep_is_not_read() {
    assert!(Script::parse("if [ a; then").is_none());
    assert!(Script::parse("echo 'unfinished").is_none());
    assert!(Script::parse("$(<< <{ ").is_none());
    assert!(Script::parse("<<$(\t|${").is_none());
    assert!(Script::parse("cat <<EOF\nunfinished").is_none());
    assert!(Script::parse(&"$(".repeat(5000)).is_none());
    assert!(Script::parse(&"if a; then ".repeat(500)).is_none());
    assert!(Script::parse(&format!("{}a{}", "(".repeat(39), ")".repeat(39))).is_some());
}

/// Pieces that a parser may stumble over, put together at random.
fn soup() -> impl proptest::strategy::Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "if", "then", "fi", "else", "for", "in", "do", "done", "while", "case", "esac", "{", "}", "(", ")", "((", "))",
        "[[", "]]", "$(", "$((", "${", "`", "\"", "'", "$'", "\\", "\n", ";", ";;", "&", "&&", "||", "|", "<", ">",
        "<<", "<<<", "<(", "EOF", "<<EOF\n", "\nEOF\n", "cat", "$(cat", "#", "!", "=", "+=", "a", "A=1", "$A", "*",
        "?", "~", "é", " ", "\t", "1", "..", ",",
    ]);
    proptest::strategy::Strategy::prop_map(proptest::collection::vec(pieces, 0..40), |pieces| pieces.join(" "))
}

proptest::proptest! {
    #[test]
    fn no_text_stops_the_reader(text in soup()) {
        let _ = Script::parse(&text);
        let _ = Script::parse(&text.replace(' ', ""));
    }
}
