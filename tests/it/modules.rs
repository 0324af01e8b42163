//! Modules and `each`, from the document to what is generated.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate::compile::{self, Build, Input};

use crate::support::{Memory, document};

const HEAD: &str = "tidegate: 1\nname: taxi\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";

const MODULE: &str = r#"tidegate-module: 1
description: A queue that is announced to, and the function that empties it.
inputs:
  hidden: {type: text, default: 5m, description: How long a message is worked on.}
  memory: {type: text, default: 256MiB, description: The memory of the function.}
  sink: {type: streams, description: The stream that gets what was read.}
outputs:
  inbox: {value: queues.inbox, description: Where new files are announced.}
queues:
  inbox: {hidden: "${{ inputs.hidden }}"}
functions:
  load:
    runtime: python3.14
    code: "${{ module.path }}/load.py"
    memory: ${{ inputs.memory }}
    env: {FROM: "${{ queues.inbox.url }}", NAME: "${{ module.name }} of ${{ env.name }}"}
    reads: [queues.inbox]
    writes: ["${{ inputs.sink }}"]
"#;

const USES: &str = "streams:
  trips: {mode: on-demand}
modules:
  orders: {from: modules/inbox, with: {sink: streams.trips}}
  rides: {from: modules/inbox, with: {sink: streams.trips, hidden: 10m, memory: 512MiB}}
";

fn compiled(text: &str, files: &[(&str, &str)]) -> Build {
    let files: BTreeMap<_, _> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    compile::compile(&Input { files: Arc::new(Memory(files)), ..document(text) })
}

fn with_module(text: &str, module: &str) -> Build {
    let handler = "def handler(event, context):\n    return event\n";
    compiled(text, &[("modules/inbox/module.yaml", module), ("modules/inbox/load.py", handler)])
}

/// What is found: rule, place, and the places it is related to.
fn found(build: &Build) -> Vec<String> {
    let told = build.diagnostics.iter().map(|found| {
        let related = found.related.iter().map(|label| format!(" ({:?})", label.span)).collect::<String>();
        format!("{} {:?}{related}", found.rule.name, found.primary.span)
    });
    told.collect()
}

fn artifact<'b>(build: &'b Build, path: &str) -> &'b str {
    build.artifacts.iter().find(|artifact| artifact.path == path).map_or("", |artifact| &artifact.text)
}

#[test]
fn a_module_is_made_once_for_each_name() {
    let build = with_module(&format!("{HEAD}{USES}"), MODULE);
    assert_eq!(found(&build), [""; 0]);
    let template = artifact(&build, "application.template.yaml");
    for (id, hidden, memory) in [("Orders", 300, 256), ("Rides", 600, 512)] {
        assert!(template.contains(&format!("\n  {id}InboxQueue:\n")), "{template}");
        assert!(template.contains(&format!("QueueName: !Sub ${{AWS::StackName}}-{}-inbox", id.to_lowercase())));
        assert!(template.contains(&format!("VisibilityTimeout: {hidden}\n")), "{template}");
        assert!(template.contains(&format!("MemorySize: {memory}\n")), "{template}");
        assert!(template.contains(&format!("FROM: !Ref {id}InboxQueue\n")), "{template}");
        assert!(template.contains(&format!("NAME: !Sub {} of ${{Environment}}", id.to_lowercase())), "{template}");
        assert!(template.contains(&format!("!GetAtt {id}InboxQueue.Arn")), "{template}");
    }
    let map = artifact(&build, "source-map.json");
    let place = r#""/Resources/RidesInboxQueue/Properties/VisibilityTimeout""#;
    let line = map.lines().find(|line| line.contains(place)).expect("the property is mapped");
    assert!(
        line.contains(r#""source":"modules/inbox/module.yaml","#)
            || line.contains(r#""source":"modules/inbox/module.yaml"}"#),
        "{line}"
    );
    assert!(artifact(&build, "SHA256SUMS").contains("  modules/inbox/module.yaml"));
}

#[test]
fn what_is_wrong_in_a_module_is_told_once_with_its_user() {
    let module = MODULE.replace("runtime: python3.14", "runtime: python2.7");
    let build = with_module(&format!("{HEAD}{USES}"), &module);
    assert_eq!(found(&build), ["spec/bad-value modules/inbox/module.yaml:13:14 (pipeline.yaml:8:3)"]);
    let later = MODULE.replace("reads: [queues.inbox]", "reads: [queues.inbox, queues.other]");
    let build = with_module(&format!("{HEAD}{USES}"), &later);
    assert!(
        found(&build)
            .iter()
            .all(|it| it.starts_with("names/dangling-reference modules/inbox/module.yaml:17:27 (pipeline.yaml:")),
        "{:?}",
        found(&build)
    );
    let broken = with_module(&format!("{HEAD}{USES}"), "tidegate-module: 1\ninputs: [");
    assert!(found(&broken).iter().all(|it| it.contains("modules/inbox/module.yaml:2:")), "{:?}", found(&broken));
    assert!(!found(&broken).is_empty());
}

#[test]
fn inputs_fit_what_the_module_asks_for() {
    for (with, expected) in [
        ("{}", vec!["spec/bad-value"]),
        ("{hidden: 1m}", vec!["modules/input"]),
        ("{sink: trips}", vec!["modules/input"]),
        ("{sink: streams.trips, hiden: 1m}", vec!["modules/input"]),
        ("{sink: streams.none}", vec!["names/dangling-reference"]),
        ("{sink: streams.trips, hidden: 1y}", vec!["spec/bad-value"]),
    ] {
        let uses =
            format!("streams:\n  trips: {{mode: on-demand}}\nmodules:\n  a: {{from: modules/inbox, with: {with}}}\n");
        let build = with_module(&format!("{HEAD}{uses}"), MODULE);
        let mut rules: Vec<_> = build.diagnostics.iter().map(|found| found.rule.name).collect();
        rules.retain(|rule| *rule != "names/unused");
        assert_eq!(rules, expected, "{with}: {:?}", found(&build));
    }
}

#[test]
fn one_thing_is_made_for_each_file() {
    let handler = "def handler(event, context):\n    return event\n";
    let text = format!(
        "{HEAD}functions:\n  all:\n    each: handlers/*.py\n    runtime: python3.14\n    code: ${{{{ each.path }}}}\n    \
         env: {{NAME: \"${{{{ each.name }}}}\"}}\n"
    );
    let two =
        compiled(&text, &[("handlers/load_users.py", handler), ("handlers/b.py", handler), ("handlers/c.txt", "")]);
    assert_eq!(found(&two), [""; 0]);
    let template = artifact(&two, "application.template.yaml");
    assert!(template.contains("\n  LoadUsersFunction:\n") && template.contains("\n  BFunction:\n"), "{template}");
    assert!(template.contains("NAME: load-users\n") && !template.contains("CFunction"), "{template}");
    let one = compiled(&text, &[("handlers/b.py", handler)]);
    assert!(!artifact(&one, "application.template.yaml").contains("LoadUsers"));
    let wrong = text.replace("python3.14", "python1.4");
    let told = compiled(&wrong, &[("handlers/a.py", handler), ("handlers/b.py", handler)]);
    assert_eq!(found(&told), ["spec/bad-value pipeline.yaml:8:14"], "told once");
}
