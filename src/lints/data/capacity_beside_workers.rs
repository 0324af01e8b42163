use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "glue/capacity-beside-workers",
        level: Level::Error,
        page: include_str!("capacity_beside_workers.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Glue::Job") {
        let properties = &site.resource.properties;
        let workers = ["/WorkerType", "/NumberOfWorkers"].iter().find_map(|it| look(properties, it).found());
        if let (Some(capacity), Some(workers)) = (look(properties, "/MaxCapacity").found(), workers) {
            let message = "a job has either a capacity or workers, and Glue refuses `MaxCapacity` beside them";
            findings.push(
                Diagnostic::new(&LINT.rule, capacity.key_span(), message)
                    .related(workers.key_span(), "the workers")
                    .help("remove `MaxCapacity`: since Glue 2.0 the size of a Spark job is said by its workers"),
            );
        }
    }
}
