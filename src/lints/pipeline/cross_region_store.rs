use crate::analysis::account::home;
use crate::analysis::stages::{actions, below, is_whole};
use crate::analysis::value::{look, text};
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/cross-region-store",
        level: Level::Error,
        page: include_str!("cross_region_store.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        if !is_whole(pipeline) {
            continue;
        }
        let mut regions: Vec<(String, &Value)> = Vec::new();
        for action in actions(pipeline) {
            let Some(region) = look(action.value, "/Region").found() else { continue };
            let Some(name) = text(region).filter(|name| !name.is_empty() && !name.contains('$')) else { continue };
            if regions.iter().all(|(other, _)| *other != name) {
                regions.push((name.into_owned(), region));
            }
        }
        match (look(pipeline, "/ArtifactStore").found(), look(pipeline, "/ArtifactStores").is_absent()) {
            (Some(store), true) => findings.extend(one_store(site, store, &regions)),
            (None, false) => findings.extend(stores(pipeline, &regions)),
            _ => {}
        }
    }
}

/// A single store is in the Region of the pipeline: that is known from the file, or one of several is not it.
fn one_store(site: Site<'_>, store: &Value, regions: &[(String, &Value)]) -> Option<Diagnostic> {
    let own =
        home(site).map(|(_, region)| region.to_owned()).or_else(|| regions.first().map(|(own, _)| own.clone()))?;
    let (name, region) = regions.iter().find(|(name, _)| *name != own)?;
    let message = format!("the pipeline works in `{own}` and `{name}`, and one artifact store serves one Region");
    let found = Diagnostic::new(&LINT.rule, &region.origin.span, message);
    let found = found.related(store.key_span(), "the only artifact store");
    Some(found.help("write `ArtifactStores` with a bucket in each Region instead of `ArtifactStore`"))
}

fn stores(pipeline: &Value, regions: &[(String, &Value)]) -> Vec<Diagnostic> {
    let stores = below(pipeline, "/ArtifactStores");
    let served: Vec<_> = stores.iter().map(|store| look(store, "/Region").found().and_then(text)).collect();
    let missing = regions.iter().filter(|(name, _)| !served.iter().flatten().any(|served| served == name));
    let missing: Vec<_> = missing.collect();
    let unknown = served.iter().filter(|served| served.is_none()).count();
    if missing.len() <= unknown || stores.is_empty() {
        return Vec::new();
    }
    let findings = missing.into_iter().map(|(name, region)| {
        let message = format!("an action runs in `{name}`, for which the pipeline has no artifact store");
        let found = Diagnostic::new(&LINT.rule, &region.origin.span, message);
        found.help(format!("add an entry to `ArtifactStores` with `Region: {name}` and a bucket there"))
    });
    findings.collect()
}
