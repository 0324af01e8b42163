use crate::analysis::System;
use crate::analysis::value::{look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "dynamodb/throughput-of-on-demand-table",
        level: Level::Error,
        page: include_str!("throughput_of_on_demand_table.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::DynamoDB::Table") {
        let properties = &site.resource.properties;
        let throughput = look(properties, "/ProvisionedThroughput");
        let mode = look(properties, "/BillingMode");
        match text_at(properties, "/BillingMode").as_deref() {
            Some("PAY_PER_REQUEST") => {
                if let (Some(throughput), Some(mode)) = (throughput.found(), mode.found()) {
                    let message =
                        "a table that is paid per request has no provisioned throughput, and DynamoDB refuses both";
                    findings.push(
                        Diagnostic::new(&LINT.rule, throughput.key_span(), message)
                            .related(&mode.origin.span, "paid per request")
                            .help("remove `ProvisionedThroughput`, or write `BillingMode: PROVISIONED`"),
                    );
                }
            }
            known if throughput.is_absent() && (known == Some("PROVISIONED") || mode.is_absent()) => {
                let message =
                    format!("table `{}` is provisioned and does not say how much, so DynamoDB refuses it", site.id);
                findings.push(
                    Diagnostic::new(&LINT.rule, &site.resource.origin.span, message)
                        .help("add `BillingMode: PAY_PER_REQUEST`, or `ProvisionedThroughput`"),
                );
            }
            _ => {}
        }
    }
}
