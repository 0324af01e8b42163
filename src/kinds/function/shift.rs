//! How calls go over to a new version: CodeDeploy moves the alias step by step, under the eyes of alarms.
//!
//! CloudFormation starts it where the version that the alias names changes (`UpdatePolicy`), waits for its end, and takes
//! the whole update back when it fails. So the alias has one master, the stack, with a shift as without.

use serde_json::{Value as Json, json};

use super::{Function, LIVE, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::step_function::DEFAULT_DEADLINE_SECONDS;
use crate::model::{Alarm, Entry, Home, Lowering, Model, Role, Statement, logical_id};
use crate::record;
use crate::source::Located;
use crate::spec::{Matching, OneOrMany, Pattern, PlainText, Seconds};

/// CodeDeploy user guide, predefined deployment configurations for Lambda: their shares and minutes. 2026-11-22.
const CANARIES: [(u64, u64); 4] = [(10, 5), (10, 10), (10, 15), (10, 30)];
const LINEARS: [(u64, u64); 4] = [(10, 1), (10, 2), (10, 3), (10, 10)];
/// CodeDeploy user guide, quotas: 48 hours between the first and the last shift of a deployment to Lambda, in minutes.
/// 2026-11-22.
const LONGEST_MINUTES: u64 = 2880;
/// CodeDeploy user guide, quotas: alarms of a deployment group, unless an account has more. 2026-11-22. (The API's own
/// description still says 10.)
const MOST_ALARMS: usize = 50;
/// The alarm for what the new version fails on.
const NEW_FAILING: &str = "NewFailing";

record! {
    /// How calls go over to a new version: a share of them first and the others after a time, or in equal steps.
    pub struct Shift {
        /// The share of the calls that goes to the new version first, `1%` to `99%`; the others follow after `for`.
        optional canary: Matching<Share> = "canary",
        /// The share of the calls that goes over in each step, `1%` to `99%`, the first at once; the next one after `every`.
        optional linear: Matching<Share> = "linear",
        /// How long the `canary` lasts, in whole minutes.
        optional lasting: Seconds = "for",
        /// How long each step of `linear` lasts, in whole minutes.
        optional every: Seconds = "every",
        /// Alarms that must not go off meanwhile, beside the one for failures of the new version: those that come with a thing (`functions.rider.throttled`), or any by its name in CloudWatch.
        optional alarms: OneOrMany<PlainText> = "alarms",
    }
    one_of ["canary", "linear"];
}

/// A part of all calls.
#[derive(Clone, Copy, Debug)]
pub struct Share;

impl Pattern for Share {
    const REGEX: &'static str = "^[1-9][0-9]?%$";
    const EXPECTED: &'static str = "a share of the calls: `1%` to `99%`";
    const EXAMPLE: &'static str = "10%";

    fn matches(text: &str) -> bool {
        text.strip_suffix('%').is_some_and(|number| {
            (1..=2).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && !number.starts_with('0')
        })
    }
}

/// A shift as CodeDeploy has it.
struct Steps {
    /// `Canary` or `Linear`
    kind: &'static str,
    percent: u64,
    minutes: u64,
}

impl Steps {
    /// From the first step to the last one.
    fn all_minutes(&self) -> u64 {
        match self.kind {
            "Canary" => self.minutes,
            _ => self.minutes * (100_u64.div_ceil(self.percent.max(1)) - 1),
        }
    }

    /// CodeDeploy's own name for it, if it has one.
    fn known(&self) -> Option<String> {
        let Self { kind, percent, minutes } = self;
        let pair = (*percent, *minutes);
        let name = match *kind {
            "Canary" if CANARIES.contains(&pair) => format!("Canary{percent}Percent{minutes}Minutes"),
            "Linear" if LINEARS.contains(&pair) => {
                format!("Linear{percent}PercentEvery{minutes}Minute{}", if *minutes == 1 { "" } else { "s" })
            }
            _ => return None,
        };
        Some(format!("CodeDeployDefault.Lambda{name}"))
    }

    fn routing(&self) -> Json {
        let Self { kind, percent, minutes } = self;
        json!({
            "Type": format!("TimeBased{kind}"),
            format!("TimeBased{kind}"): {
                format!("{kind}Percentage"): percent,
                format!("{kind}Interval"): minutes,
            },
        })
    }
}

impl Shift {
    /// `None` for a shift that was refused.
    fn steps(&self) -> Option<Steps> {
        let (kind, share, time) = match (&self.canary, &self.linear) {
            (Some(canary), _) => ("Canary", canary, &self.lasting),
            (None, linear) => ("Linear", linear.as_ref()?, &self.every),
        };
        let percent = share.text.strip_suffix('%')?.parse().ok()?;
        Some(Steps { kind, percent, minutes: time.as_ref()?.0.div_ceil(60) })
    }

    /// `10% for 5 min first`
    pub(super) fn spoken(&self) -> Option<String> {
        let Steps { kind, percent, minutes } = self.steps()?;
        Some(match kind {
            "Canary" => format!("{percent}% for {minutes} min first"),
            _ => format!("{percent}% more every {minutes} min"),
        })
    }

    fn alarms(&self) -> impl Iterator<Item = &Located<PlainText>> {
        self.alarms.iter().flat_map(|alarms| &alarms.value.0)
    }

    /// The alarms that come with things of the document.
    pub(super) fn own_alarms(&self) -> Vec<Located<String>> {
        let own = self.alarms().filter(|alarm| Model::is_alarm_path(&alarm.0));
        own.map(|alarm| Located { value: alarm.0.clone(), span: alarm.span.clone() }).collect()
    }
}

pub(super) fn check(function: &Function, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(shift) = function.shift() else { return };
    if function.released().is_empty() {
        return; // that nothing is released is said of `release`
    }
    let mut say = |span, message: String, label: &str, help: String| {
        report.push(Diagnostic::new(&rules::SHIFT, span, message).label(label).help(help));
    };
    let (share, time, wanted, other) = match (&shift.canary, &shift.linear) {
        (Some(canary), _) => (canary, &shift.lasting, "for", (&shift.every, "every")),
        (None, Some(linear)) => (linear, &shift.every, "every", (&shift.lasting, "for")),
        (None, None) => return,
    };
    let kind = if wanted == "for" { "canary" } else { "linear" };
    let example = if wanted == "for" { "{canary: 10%, for: 5m}" } else { "{linear: 10%, every: 1m}" };
    if let (Some(stray), key) = other {
        let message = format!("`{key}` says nothing of a shift with `{kind}`");
        return say(&stray.span, message, "has no effect", format!("write `{wanted}` instead: `{example}`"));
    }
    let Some(time) = time else {
        let message = format!("`{kind}: {}` does not say how long", share.text);
        return say(&share.span, message, "lasts for no time", format!("add `{wanted}`: `{example}`"));
    };
    if time.0 % 60 != 0 {
        let message = format!("CodeDeploy counts whole minutes, not `{}`", time.span.text());
        say(&time.span, message, "AWS refuses this", format!("write `{}m`", time.0.div_ceil(60)));
    }
    let minutes = shift.steps().map_or(0, |steps| steps.all_minutes());
    let deadline = function.release.as_ref().and_then(|release| release.deadline.as_ref());
    let deadline_minutes = deadline.map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0) / 60;
    if minutes > LONGEST_MINUTES {
        let message = format!("calls go over for {minutes} minutes, and CodeDeploy gives them {LONGEST_MINUTES}");
        say(&time.span, message, "AWS refuses this", "take larger steps, or shorter ones".to_owned());
    } else if minutes >= deadline_minutes {
        let message = format!(
            "calls go over for {minutes} minutes, and the release fails after {deadline_minutes}: it would take back what \
             is well"
        );
        let help = format!("write a longer `deadline` beside `shift`, at most `24h`, or a shorter `{wanted}`");
        say(&time.span, message, "longer than the deadline", help);
    }
    if let Some(surplus) = shift.alarms().nth(MOST_ALARMS - 1) {
        let message = format!("CodeDeploy watches at most {MOST_ALARMS} alarms, and one is for the new version");
        say(&surplus.span, message, "one too many", "leave some out, or join them in a composite alarm".to_owned());
    }
    let places = model.environments.len();
    for alarm in shift.alarms().filter(|alarm| places > 1 && !Model::is_alarm_path(&alarm.0)) {
        let message = format!("the alarm `{}` is watched in all {places} environments", alarm.0);
        let help = "name the alarm by the thing that it comes with, such as `functions.rider.throttled`: each environment \
                    has its own";
        say(&alarm.span, message, "belongs to one of them", help.to_owned());
    }
}

/// The application and group of CodeDeploy, its role, and the alarm for the new version. Gives the `UpdatePolicy` of the
/// alias.
pub(super) fn add(shift: &Located<Shift>, this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let origin = Origin::derived(&shift.span, "CodeDeploy lets calls go over to a new version");
    let id = |suffix: &str| logical_id(this.section, &this.name.value, suffix);
    let name = Value::sub(format!("${{AWS::StackName}}-{}", this.name.value), &origin);
    let application = Value::map(&origin)
        .with("ApplicationName", name.clone())
        .with("ComputePlatform", Value::text("Lambda", &origin));
    lowering.add(Home::Application, this, "Shifts", "AWS::CodeDeploy::Application", application);
    let role = Role::new("codedeploy.amazonaws.com", statements(this, &origin)).to_value(&origin);
    lowering.add(Home::Application, this, "ShiftRole", "AWS::IAM::Role", role);
    let watched = alarms(shift, this, lowering);
    let configuration = configuration(shift, this, lowering);
    let group = Value::map(&origin)
        .with("ApplicationName", Value::reference(id("Shifts"), &origin))
        .with("DeploymentGroupName", name)
        .with_some("DeploymentConfigName", configuration)
        .with("ServiceRoleArn", Value::get_att(id("ShiftRole"), "Arn", &origin))
        .with(
            "DeploymentStyle",
            Value::from_json(
                json!({ "DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN" }),
                &origin,
            ),
        )
        .with(
            "AutoRollbackConfiguration",
            Value::from_json(
                json!({
                    "Enabled": true,
                    "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
                }),
                &origin,
            ),
        )
        .with(
            "AlarmConfiguration",
            Value::map(&origin)
                .with("Enabled", Value::from_json(json!(!watched.is_empty()), &origin))
                .with("Alarms", Value::list(watched, &origin)),
        );
    lowering.add(Home::Application, this, "ShiftGroup", "AWS::CodeDeploy::DeploymentGroup", group);
    let update_policy = json!({
        "CodeDeployLambdaAliasUpdate": {
            "ApplicationName": { "Ref": id("Shifts") },
            "DeploymentGroupName": { "Ref": id("ShiftGroup") },
        },
    });
    Value::from_json(update_policy, &origin)
}

/// As far as AWS's own `AWSCodeDeployRoleForLambdaLimited` goes for a deployment without hooks and notices.
fn statements(this: &Entry, origin: &Origin) -> Vec<Statement> {
    let function = logical_id(this.section, &this.name.value, "");
    let alias = Value::sub(format!("${{{function}.Arn}}:{LIVE}"), origin);
    vec![
        Statement::new(
            &["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
            vec![Value::get_att(function, "Arn", origin), alias],
            origin,
        ),
        // IAM knows no resource of it.
        Statement::new(&["cloudwatch:DescribeAlarms"], vec![Value::text("*", origin)], origin),
    ]
}

/// The names of the alarms that take a shift back.
fn alarms(shift: &Located<Shift>, this: &Entry, lowering: &mut Lowering<'_>) -> Vec<Value> {
    let origin = Origin::derived(&shift.span, "failures of the new version take it back");
    let id = |suffix: &str| logical_id(this.section, &this.name.value, suffix);
    // What fails in the version of before must not keep its mending from going over.
    let own = lowering.add_alarm(
        this,
        Alarm {
            suffix: NEW_FAILING,
            description: format!("The new version of {} fails while calls go over to it", this.path()),
            namespace: "AWS/Lambda",
            metric: "Errors",
            dimensions: vec![
                ("FunctionName", Value::reference(id(""), &origin)),
                ("Resource", Value::sub(format!("${{{}}}:{LIVE}", id("")), &origin)),
                ("ExecutedVersion", Value::get_att(id("Version"), "Version", &origin)),
            ],
            statistic: "Sum",
            period: 60,
            periods: 1,
            comparison: "GreaterThanThreshold",
            threshold: 0.0,
            origin: origin.clone(),
        },
    );
    let own = own.is_some().then(|| Value::reference(id(&format!("{NEW_FAILING}Alarm")), &origin));
    let named = shift.alarms().map(|alarm| {
        let origin = Origin::authored(&alarm.span);
        match Model::is_alarm_path(&alarm.0) {
            true => Value::sub(format!("${{AWS::StackName}}-{}", alarm.0.replace('.', "-")), &origin),
            false => Value::text(&alarm.0, &origin),
        }
    });
    let names: Vec<Value> = own.into_iter().chain(named).collect();
    names.into_iter().map(|name| Value::map(&origin).with("Name", name)).collect()
}

/// The name of CodeDeploy's own configuration, or of one that is made: what it says stands in its name, since it cannot be
/// changed, and no two may have the same.
fn configuration(shift: &Located<Shift>, this: &Entry, lowering: &mut Lowering<'_>) -> Option<Value> {
    let origin = Origin::authored(&shift.span);
    let steps = shift.steps()?;
    if let Some(known) = steps.known() {
        return Some(Value::text(known, &origin));
    }
    let Steps { kind, percent, minutes } = &steps;
    let kind = kind.to_lowercase();
    let name = format!("${{AWS::StackName}}-{}-{kind}-{percent}-{minutes}", this.name.value);
    let own = Value::map(&origin)
        .with("ComputePlatform", Value::text("Lambda", &origin))
        .with("DeploymentConfigName", Value::sub(name, &origin))
        .with("TrafficRoutingConfig", Value::from_json(steps.routing(), &origin));
    lowering.add(Home::Application, this, "ShiftSteps", "AWS::CodeDeploy::DeploymentConfig", own);
    Some(Value::reference(logical_id(this.section, &this.name.value, "ShiftSteps"), &origin))
}

/// What a release's step asks CodeDeploy when a shift was taken back: why.
pub(super) fn following(name: &str, origin: &Origin) -> Statement {
    let group = format!(
        "arn:${{AWS::Partition}}:codedeploy:${{AWS::Region}}:${{AWS::AccountId}}:deploymentgroup:{name}/{name}"
    );
    let actions = &["codedeploy:GetDeployment", "codedeploy:ListDeployments"];
    Statement::new(actions, vec![Value::sub(group, origin)], origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_codedeploys_own_where_it_has_them() {
        let name = |kind, percent, minutes| Steps { kind, percent, minutes }.known();
        assert_eq!(name("Canary", 10, 5).as_deref(), Some("CodeDeployDefault.LambdaCanary10Percent5Minutes"));
        assert_eq!(name("Linear", 10, 1).as_deref(), Some("CodeDeployDefault.LambdaLinear10PercentEvery1Minute"));
        assert_eq!(name("Linear", 10, 3).as_deref(), Some("CodeDeployDefault.LambdaLinear10PercentEvery3Minutes"));
        assert_eq!(name("Canary", 20, 5), None);
        assert_eq!(name("Linear", 10, 5), None);
    }

    #[test]
    fn a_shift_lasts_from_its_first_step_to_its_last() {
        let lasts = |kind, percent, minutes| Steps { kind, percent, minutes }.all_minutes();
        assert_eq!([lasts("Canary", 10, 30), lasts("Linear", 10, 1), lasts("Linear", 30, 10)], [30, 9, 30]);
        assert_eq!([lasts("Linear", 99, 7), lasts("Linear", 1, 2)], [7, 198]);
    }

    #[test]
    fn shares_are_whole_percents() {
        assert!(["1%", "10%", "99%"].iter().all(|share| Share::matches(share)));
        for wrong in ["", "%", "0%", "05%", "100%", "10", "1.5%", "-1%", "１%"] {
            assert!(!Share::matches(wrong), "{wrong}");
        }
    }
}
