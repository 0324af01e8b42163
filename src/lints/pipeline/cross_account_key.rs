use crate::analysis::account::{home, of_role};
use crate::analysis::stages::{actions, below};
use crate::analysis::value::{Look, look, target, text};
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/cross-account-key",
        level: Level::Warning,
        page: include_str!("cross_account_key.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let Some(foreign) = foreign_role(site) else { continue };
        let several = below(pipeline, "/ArtifactStores").into_iter();
        let several = several.filter_map(|entry| look(entry, "/ArtifactStore").found());
        for store in look(pipeline, "/ArtifactStore").found().into_iter().chain(several) {
            let (span, message) = match (look(store, "/EncryptionKey"), look(store, "/EncryptionKey/Id")) {
                (Look::Absent, _) => {
                    (store.key_span(), "artifacts have the default key, which no other account can use")
                }
                (_, Look::Found(id)) if is_alias(site, id) => {
                    (&id.origin.span, "the key is named by an alias, which is looked up in the account of the action")
                }
                _ => continue,
            };
            let found = Diagnostic::new(&LINT.rule, span, message);
            let found = found.related(&foreign.origin.span, "the role of an action in another account");
            findings.push(found.help("write the ARN of a key of your own under `EncryptionKey`, with `Type: KMS`"));
        }
    }
}

/// The role of an action that is surely in another account than the pipeline.
fn foreign_role(site: Site<'_>) -> Option<&Value> {
    let pipeline = &site.resource.properties;
    let of_pipeline = look(pipeline, "/RoleArn").found().and_then(of_role);
    let own = home(site).map(|(account, _)| account.to_owned()).or(of_pipeline)?;
    let actions = actions(pipeline).into_iter();
    let mut roles = actions.filter_map(|action| look(action.value, "/RoleArn").found());
    roles.find(|role| of_role(role).is_some_and(|account| account != own))
}

fn is_alias(site: Site<'_>, id: &Value) -> bool {
    let named = text(id).is_some_and(|id| id.starts_with("alias/") || id.contains(":alias/"));
    let referred = target(id).and_then(|id| site.stack.resources.get(id));
    named || referred.is_some_and(|resource| resource.resource_type == "AWS::KMS::Alias")
}
