//! Modules and `each`, from the document to what is generated.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate::compile::{self, Build, Input};

use crate::support::{Memory, document};

const HEAD: &str = "tidegate: 1\nname: taxi\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";

const MODULE: &str = r#"tidegate-module: 1
description: A queue that is announced to, and the function that empties it.
inputs:
  hidden: {type: duration, default: 5m, description: How long a message is worked on.}
  memory: {type: size, default: 256MiB, description: The memory of the function.}
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
        ("{sink: streams.trips, hidden: 1y}", vec!["modules/input"]),
        ("{sink: queues.other}", vec!["modules/input"]),
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

const STAGE: &str = r#"tidegate-module: 1
description: A queue, and a function that empties it into one thing or several.
inputs:
  sinks: {type: list, of: streams, description: What gets what was read.}
  name: {type: text, default: Stage, pattern: "[A-Z][a-z]+", description: What the messages are called.}
outputs:
  inbox: {value: queues.inbox, description: Where messages are put.}
  label: {value: "${{ inputs.name }} of ${{ module.name }}", description: What the messages are called.}
queues:
  inbox: {}
functions:
  load:
    runtime: python3.14
    inline: "def handler(event, context): return event"
    env: {NAME: "${{ inputs.name }}"}
    reads: [queues.inbox]
    writes: ["${{ inputs.sinks }}"]
"#;

const LAKE: &str = r#"tidegate-module: 1
description: Two stages, one after the other.
inputs:
  sink: {type: streams, description: What gets everything.}
outputs:
  arrivals: {value: modules.first.inbox, description: Where everything begins.}
modules:
  first: {from: ../stage, with: {sinks: ["${{ inputs.sink }}", streams.between]}}
  second: {from: ../stage, with: {sinks: "${{ inputs.sink }}", name: "Second"}}
streams:
  between: {mode: on-demand}
functions:
  announce:
    runtime: python3.14
    inline: "def handler(event, context): return event"
    env: {LABEL: "${{ modules.second.label }}", URL: "${{ modules.second.inbox.url }}"}
    writes: [modules.second.inbox]
"#;

const LAKES: &str = "streams:
  trips: {mode: on-demand}
modules:
  east: {from: modules/lake, with: {sink: streams.trips}}
functions:
  producer:
    runtime: python3.14
    inline: \"def handler(event, context): return event\"
    env: {URL: \"at ${{ modules.east.arrivals.url }}\"}
    writes: [modules.east.arrivals]
";

fn with_lake(text: &str) -> Build {
    compiled(text, &[("modules/lake/module.yaml", LAKE), ("modules/stage/module.yaml", STAGE)])
}

#[test]
fn modules_use_modules_and_offer_what_those_offer() {
    let build = with_lake(&format!("{HEAD}{LAKES}"));
    assert_eq!(found(&build), [""; 0]);
    let template = artifact(&build, "application.template.yaml");
    for line in [
        "\n  EastFirstInboxQueue:\n",
        "\n  EastSecondLoadFunction:\n",
        "\n  EastBetweenStream:\n",
        "NAME: Second\n",
        "LABEL: Second of east-second\n",
        "URL: !Ref EastSecondInboxQueue\n",
        "URL: !Sub at ${EastFirstInboxQueue}\n",
        "STREAM_EAST_BETWEEN_NAME: !Ref EastBetweenStream\n",
        "QUEUE_EAST_FIRST_INBOX_URL: !Ref EastFirstInboxQueue\n",
    ] {
        assert!(template.contains(line), "{line}\n{template}");
    }
}

#[test]
fn only_what_is_offered_all_the_way_can_be_referred_to() {
    for (reference, rule) in [
        ("modules.east.arrivals", None),
        ("queues.east-first-inbox", None),
        ("queues.east-second-inbox", Some("names/within-module")),
        ("streams.east-between", Some("names/within-module")),
        ("modules.east.arival", Some("modules/output")),
        ("modules.west.arrivals", Some("modules/output")),
        ("modules.second.inbox", Some("modules/output")),
    ] {
        let text = LAKES.replace("writes: [modules.east.arrivals]", &format!("writes: [{reference}]"));
        let build = with_lake(&format!("{HEAD}{text}"));
        let mut rules: Vec<_> = build.diagnostics.iter().map(|found| found.rule.name).collect();
        rules.dedup();
        assert_eq!(rules, rule.into_iter().collect::<Vec<_>>(), "{reference}: {:?}", found(&build));
    }
}

#[test]
fn modules_do_not_go_in_circles() {
    let own = LAKE.replace("../stage", "../lake");
    let build = compiled(&format!("{HEAD}{LAKES}"), &[("modules/lake/module.yaml", &own)]);
    assert!(found(&build)[0].starts_with("modules/cycle modules/lake/module.yaml:8:17 "), "{:?}", found(&build));
    let each_other = "modules:
  a: {from: modules/stage, with: {sinks: modules.b.inbox}}
  b: {from: modules/stage, with: {sinks: modules.a.inbox}}
";
    let build = with_lake(&format!("{HEAD}{each_other}"));
    assert_eq!(found(&build), ["modules/cycle pipeline.yaml:6:3 (pipeline.yaml:7:3)"]);
}

#[test]
fn an_input_that_does_not_fit_shows_the_call_and_the_module() {
    let module = |input: &str, with: &str| {
        let module = format!(
            "tidegate-module: 1\ndescription: A queue.\ninputs:\n  it: {{description: Something., {input}}}\nqueues:\n  \
             inbox: {{retention: 14d}}\n"
        );
        let text = format!("{HEAD}modules:\n  a: {{from: modules/one.yaml{with}}}\n");
        found(&compiled(&text, &[("modules/one.yaml", &module)]))
    };
    for (input, good, bad) in [
        ("type: text", "any", "[1]"),
        ("type: text, pattern: '[a-z]+'", "abc", "ABC"),
        ("type: text, allowed: [dev, prod]", "prod", "test"),
        ("type: integer", "3", "three"),
        ("type: integer, min: 2, max: 4", "4", "5"),
        ("type: integer, min: 2", "2", "1"),
        ("type: boolean", "true", "'true'"),
        ("type: duration", "5m", "5"),
        ("type: duration, min: 1m, max: 12h", "720m", "13h"),
        ("type: size, max: 1GiB", "1024MiB", "2GiB"),
        ("type: list", "[a, b]", "[[a]]"),
        ("type: list, of: integer, max: 9", "[1, 9]", "[1, 10]"),
        ("type: environments", "environments.prod", "prod"),
        ("type: queues", "queues.any", "topics.any"),
        ("type: reference", "topics.any", "any"),
    ] {
        let told: Vec<_> = module(input, &format!(", with: {{it: {good}}}"));
        assert_eq!(told, [""; 0], "{input}: {good}");
        let told = module(input, &format!(", with: {{it: {bad}}}"));
        if bad == "[[a]]" {
            assert!(told.iter().all(|it| it.starts_with("spec/wrong-type")), "{told:?}");
            continue;
        }
        assert_eq!(told.len(), 1, "{input}: {bad}: {told:?}");
        assert!(told[0].starts_with("modules/input pipeline.yaml:6:"), "{input}: {bad}: {told:?}");
        assert!(told[0].ends_with(" (modules/one.yaml:4:3)"), "{input}: {bad}: {told:?}");
    }
    for input in [
        "type: integer, default: five",
        "type: integer, default: 1, pattern: x",
        "type: text, default: x, pattern: '('",
        "type: text, default: x, min: 1",
        "type: text, default: x, of: text",
        "type: list, default: [x], of: list",
        "type: duration, default: 1m, max: 9",
    ] {
        let told = module(input, "");
        assert_eq!(told.len(), 1, "{input}: {told:?}");
        assert!(told[0].starts_with("modules/input modules/one.yaml:4:"), "{input}: {told:?}");
    }
    let told = module("type: text", "");
    assert_eq!(told, ["modules/input pipeline.yaml:6:3 (modules/one.yaml:4:3)"]);
    let told = module("type: words", "");
    assert_eq!(told, ["spec/bad-value modules/one.yaml:4:39 (pipeline.yaml:6:3)"]);
}

#[test]
fn a_module_makes_one_thing_for_each_file_of_its_user() {
    let module = r#"tidegate-module: 1
description: A job for each script.
inputs:
  scripts: {type: text, description: The scripts.}
  bucket: {type: buckets, description: Where they are put.}
jobs:
  all:
    each: ${{ inputs.scripts }}
    python-shell: "3.9"
    script: ${{ inputs.bucket }}/${{ each.path }}
"#;
    let text = format!(
        "{HEAD}buckets:\n  code: {{}}\nmodules:\n  hr: {{from: modules/jobs.yaml, with: {{scripts: scripts/*.py, bucket: \
         buckets.code}}}}\n"
    );
    let files = [("modules/jobs.yaml", module), ("scripts/load_users.py", "pass"), ("scripts/load_rides.py", "pass")];
    let build = compiled(&text, &files);
    assert_eq!(found(&build), [""; 0]);
    let template = artifact(&build, "application.template.yaml");
    assert!(template.contains("\n  HrLoadUsersJob:\n") && template.contains("\n  HrLoadRidesJob:\n"), "{template}");
    assert!(template.contains("/scripts/load_users.py"), "{template}");
}

#[test]
fn what_a_module_ignores_is_ignored_where_it_is_used() {
    let lint = "streams:
  trips: {mode: on-demand, retention: 8760h}  # tidegate: ignore[names/unused] nobody reads it yet
";
    let module = format!("tidegate-module: 1\ndescription: A stream.\n{lint}");
    let text = format!("{HEAD}modules:\n  a: {{from: modules/one.yaml}}\n");
    let build = compiled(&text, &[("modules/one.yaml", &module)]);
    assert!(build.diagnostics.iter().all(|found| found.is_suppressed()), "{:?}", found(&build));
}

#[test]
fn a_module_may_bring_a_pipeline() {
    let module = r#"tidegate-module: 1
description: Deploys what a repository says.
inputs:
  repo: {type: repos, description: The repository of the document.}
  to: {type: environments, description: Where it is deployed.}
gates:
  yes: {timeout: 3d}
pipelines:
  deploy:
    - verify: ${{ inputs.repo }}
    - plan: ${{ inputs.to }}
    - approve: gates.yes
    - deploy: ${{ inputs.to }}
"#;
    let text = format!(
        "{HEAD}repos:\n  infra: {{codecommit: infra, branch: main}}\nstreams:\n  trips: {{mode: on-demand}}\nmodules:\n  \
         infra: {{from: modules/deploy.yaml, with: {{repo: repos.infra, to: environments.prod}}}}\n"
    );
    let build = compiled(&text, &[("modules/deploy.yaml", module)]);
    assert_eq!(found(&build), [""; 0]);
    assert!(artifact(&build, "delivery.template.yaml").contains("\n  InfraDeployPipeline:\n"));
}

#[test]
fn what_an_optional_input_would_be_is_left_out() {
    let stage = "tidegate-module: 1
description: A queue.
inputs:
  retention: {type: duration, optional: true, description: How long messages wait.}
  sinks: {type: list, of: streams, optional: true, description: What gets what was read.}
queues:
  inbox: {retention: \"${{ inputs.retention }}\"}
functions:
  load:
    runtime: python3.14
    inline: \"def handler(event, context): return event\"
    reads: [queues.inbox]
    writes: \"${{ inputs.sinks }}\"
";
    let lake = "tidegate-module: 1
description: A stage.
inputs:
  retention: {type: duration, optional: true, description: How long messages wait.}
modules:
  only: {from: stage.yaml, with: {retention: \"${{ inputs.retention }}\"}}
";
    let text = format!(
        "{HEAD}modules:\n  a: {{from: modules/lake.yaml}}\n  b: {{from: modules/lake.yaml, with: {{retention: 3d}}}}\n"
    );
    let build = compiled(&text, &[("modules/stage.yaml", stage), ("modules/lake.yaml", lake)]);
    assert_eq!(found(&build), [""; 0]);
    let template = artifact(&build, "application.template.yaml");
    assert_eq!(template.matches("MessageRetentionPeriod").count(), 1, "{template}");
    assert!(template.contains("MessageRetentionPeriod: 259200"), "{template}");
    let within = stage.replace("inline: \"def", "env: {LABEL: \"for ${{ inputs.retention }}\"}\n    inline: \"def");
    let build = compiled(&text, &[("modules/stage.yaml", &within), ("modules/lake.yaml", lake)]);
    let rules: Vec<_> = build.diagnostics.iter().map(|found| found.rule.name).collect();
    assert_eq!(rules, ["modules/input"], "{:?}", found(&build));
}

#[test]
fn a_name_is_taken_only_once() {
    let text = format!("{HEAD}{USES}queues:\n  orders-inbox: {{}}\n");
    let build = with_module(&text, MODULE);
    assert_eq!(found(&build), ["names/name-clash pipeline.yaml:11:3 (modules/inbox/module.yaml:10:3)"]);
}

/// What is found in a module by itself.
fn alone(module: &str) -> Vec<String> {
    let input = Input {
        file: tidegate::source::SourceFile::new("modules/a/module.yaml", module),
        files: Arc::new(Memory(BTreeMap::new())),
        ..document("")
    };
    let report = tidegate::check::check(&input);
    assert_eq!(report.kind, Some(tidegate::check::FileKind::Module));
    report.diagnostics.iter().map(|found| format!("{} {:?}", found.rule.name, found.primary.span)).collect()
}

#[test]
fn a_module_is_checked_by_itself() {
    assert_eq!(alone(STAGE), [""; 0]);
    let wrong = STAGE.replace("python3.14", "python2.7").replace("value: queues.inbox", "value: queues.inbocks");
    assert_eq!(
        alone(&wrong),
        ["modules/output modules/a/module.yaml:7:18", "spec/bad-value modules/a/module.yaml:13:14"]
    );
    let unknown = STAGE.replace("NAME: \"${{ inputs.name }}\"", "NAME: \"${{ inputs.nam }}\"");
    assert_eq!(alone(&unknown), ["modules/input modules/a/module.yaml:15:17"]);
    let dangling = STAGE.replace("reads: [queues.inbox]", "reads: [queues.inbox, queues.other]");
    assert_eq!(alone(&dangling), ["names/dangling-reference modules/a/module.yaml:16:27"]);
    let named = STAGE.replace("description: A queue", "name: stage\ndescription: A queue");
    assert_eq!(alone(&named), ["spec/unknown-key modules/a/module.yaml:2:1"]);
}

#[test]
fn a_module_brings_its_tests() {
    let tests = r#"tests:
  used:
    with: {sinks: [streams.a, streams.b]}
    given: {streams: {a: {mode: on-demand}, b: {mode: on-demand}}}
  lower-case:
    with: {sinks: [streams.a], name: lower}
    given: {streams: {a: {mode: on-demand}}}
    refused: modules/input
"#;
    let module = format!("{STAGE}{tests}");
    assert_eq!(alone(&module), [""; 0]);
    let fine = module.replace("name: lower", "name: Upper");
    assert_eq!(alone(&fine), ["modules/failed-test modules/a/module.yaml:25:14"]);
    let missing = module.replace(
        "given: {streams: {a: {mode: on-demand}, b: {mode: on-demand}}}",
        "given: {streams: {a: {mode: on-demand}}}",
    );
    assert!(alone(&missing)[0].starts_with("names/dangling-reference modules/a/module.yaml"), "{:?}", alone(&missing));
    let wrong =
        module.replace("    given: {streams: {a: {mode: on-demand}}}", "    given: {strems: {a: {mode: on-demand}}}");
    assert!(alone(&wrong).contains(&"spec/unknown-key modules/a/module.yaml:24:13".to_owned()), "{:?}", alone(&wrong));
}
