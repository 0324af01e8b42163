//! What the build does: it looks, takes back what may be taken back, tells, and fails while something differs.

use serde_json::json;

use super::Watch;
use crate::artifact::yaml;
use crate::desired::Value;
use crate::model::Model;

impl Watch<'_> {
    pub(super) fn buildspec(&self, model: &Model) -> String {
        let subject = format!("Drift: {}", model.name.value);
        let publish = format!(
            "aws sns publish --topic-arn \"$DRIFT_TOPIC\" --subject \"{subject}\" --message file://message.txt"
        );
        let script = match &self.policy {
            None => self.look_and_tell(model, &publish),
            Some(policy) => self.take_back_and_tell(model, policy, &publish),
        };
        let broken = format!(
            "if [ \"$CODEBUILD_BUILD_SUCCEEDING\" = 0 ]; then echo \"tidegate could not be installed, so nobody looked at the account: $CODEBUILD_BUILD_URL\" > message.txt; {publish}; fi"
        );
        let document = json!({
            "version": "0.2",
            "env": { "shell": "bash" },
            "phases": {
                "install": { "commands": self.install, "finally": [broken] },
                "build": { "commands": [script] },
            },
        });
        yaml::print(&Value::from_json(document, &self.origin), None).text
    }

    // What is told begins with what differs; all else is in the log of the build.
    fn look_and_tell(&self, model: &Model, publish: &str) -> String {
        let (look, told, path) = (self.look(model), told(model), &model.path);
        format!(
            r#"code=0
{look} > drift.txt 2> errors.txt || code=$?
cat drift.txt errors.txt
if [ "$code" -ne 0 ]; then
  case "$code" in
    2) echo "The account differs from {path}." > message.txt ;;
{told}
  {publish}
fi
exit "$code"
"#
        )
    }

    // It looks again afterwards: what counts is what is there then.
    fn take_back_and_tell(&self, model: &Model, policy: &str, publish: &str) -> String {
        let (look, told, path) = (self.look(model), told(model), &model.path);
        let reconcile = with_role(
            format!("tidegate reconcile \"$stack\" --file {path} --policy '{policy}' --revert-only --yes"),
            model,
        );
        let stacks: Vec<String> =
            self.environments(model).into_iter().flat_map(|name| reverted_stacks(model, name)).collect();
        let stacks = stacks.join(" ");
        format!(
            r#"code=0
{look} > drift.txt 2> errors.txt || code=$?
cat drift.txt errors.txt
: > reverted.txt
if [ "$code" = 1 ] || [ "$code" = 2 ]; then
  for stack in {stacks}; do
    {reconcile} > one.txt 2>&1 || true
    grep -qx "nothing that was compared differs" one.txt || cat one.txt >> reverted.txt
  done
  cat reverted.txt
  code=0
  {look} > drift.txt 2> errors.txt || code=$?
  cat drift.txt errors.txt
fi
if [ "$code" -ne 0 ] || [ -s reverted.txt ]; then
  case "$code" in
    0) echo "The account differed from {path}, and was put back." > message.txt ;;
    2) echo "The account differs from {path}, also after what may be put back was put back." > message.txt ;;
{told}
  if [ -s reverted.txt ]; then
    echo "What was done by {policy}:" >> message.txt
    head -c 50000 reverted.txt >> message.txt
  fi
  {publish}
fi
exit "$code"
"#
        )
    }

    fn look(&self, model: &Model) -> String {
        let mut words = vec![model.path.clone()];
        if self.drift.environments.is_some() {
            words.extend(self.environments(model).into_iter().flat_map(|name| stacks_of(model, name)));
        }
        format!(
            "{} --detailed-exitcode --format concise",
            with_role(format!("tidegate drift {}", words.join(" ")), model)
        )
    }
}

/// The rest of the `case` about the exit code, and what was found.
fn told(model: &Model) -> String {
    let path = &model.path;
    format!(
        r#"    3) echo "Too little could be compared with {path}." > message.txt ;;
    *) echo "Not everything could be looked at, or the time of an accepted difference is over ({path})." > message.txt ;;
  esac
  grep -v ": info\[" drift.txt | head -c 100000 >> message.txt
  head -c 50000 errors.txt >> message.txt
  echo "All of it: $CODEBUILD_BUILD_URL" >> message.txt"#
    )
}

/// In other accounts there is a role to be taken on.
fn with_role(command: String, model: &Model) -> String {
    match model.names_loading_roles() {
        true => format!("{command} --role 'tidegate-drift-{{name}}-{{environment}}'"),
        false => command,
    }
}

/// What the stacks of an environment are called on the command line.
fn stacks_of(model: &Model, environment: &str) -> Vec<String> {
    let data = model.data_stack_name(environment).map(|_| format!("{environment}-data"));
    let access = model.apart(environment).map(|_| model.access_name(environment));
    [Some(environment.to_owned()), data, access].into_iter().flatten().collect()
}

/// Those among them that are deployed under a role, what is kept before what reads it.
fn reverted_stacks(model: &Model, environment: &str) -> Vec<String> {
    let data = model.data_stack_name(environment).map(|_| format!("{environment}-data"));
    data.into_iter().chain([environment.to_owned()]).collect()
}
