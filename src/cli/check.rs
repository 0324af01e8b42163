//! `tidegate check`

use std::collections::BTreeMap;

use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;

use super::{Arguments, Exit, Failure, FormatArgument, Outcome, fix};
use crate::check::{self, Report};
use crate::compile::Input;
use crate::diagnostic::{self, Diagnostic, Format, Level, Safety, list, nearest};
use crate::host::{self, Configuration, Found, Unreadable};
use crate::{compile, lints};

/// Check files: what is misspelt, what does not fit together, what AWS would refuse, and what would be lost
///
/// Reads documents, modules, CloudFormation templates, buildspecs and pipeline definitions; what a file is, is told by its
/// content. Works offline, in milliseconds, and writes nothing. Every finding names its rule; `tidegate explain RULE`
/// says more.
#[derive(Args)]
pub(super) struct Check {
    /// Files, and folders to search; `-` reads the standard input.
    #[arg(default_value = ".")]
    paths: Vec<String>,
    #[command(flatten)]
    format: FormatArgument,
    /// Report only these lints: rules or areas, e.g. `flink,pipeline/unknown-provider`. Checks are always reported.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Report all but these lints: rules or areas.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Report also what files ask to ignore, by comments or in their `Metadata`.
    #[arg(long)]
    no_ignores: bool,
    /// The least level of finding that makes the command fail; `error` unless settings say otherwise.
    #[arg(long, value_name = "LEVEL", value_parser = ["error", "warning", "info"])]
    fail_on: Option<String>,
    /// The file of settings, instead of the nearest `.tidegate.yaml` at or above each file, up to the root of its
    /// repository.
    #[arg(long, value_name = "FILE", env = "TIDEGATE_CONFIG")]
    config: Option<PathBuf>,
    /// Use no settings at all.
    #[arg(long, conflicts_with = "config")]
    isolated: bool,
    /// Leave out named files too when settings leave them out, as a hook does that names every file.
    #[arg(long)]
    force_exclude: bool,
    /// Mend what can be mended without changing what is meant, and report the rest.
    #[arg(long)]
    fix: bool,
    /// Mend also where somebody should read the change: what is deployed may become another.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Show what `--fix` would change, and write nothing.
    #[arg(long)]
    diff: bool,
    /// The name that the standard input is given in messages.
    #[arg(long, value_name = "PATH", default_value = "pipeline.yaml")]
    stdin_filename: String,
    /// Pass over named files that are none of the kinds that can be checked, as a hook does that names every file.
    #[arg(long)]
    skip_unknown: bool,
    /// Succeed in spite of findings.
    #[arg(long)]
    exit_zero: bool,
    /// Say nothing but findings.
    #[arg(long, short)]
    quiet: bool,
}

impl Arguments for Check {
    fn run(self) -> Outcome {
        let chosen = Chosen::new(&self.select, &self.ignore)?;
        let found = host::find(&self.paths).map_err(Failure::usage)?;
        let mut reports = self.read(&found)?;
        let checked: Vec<String> = reports.iter().map(|(input, _)| input.file.path().to_owned()).collect();
        if checked.is_empty() && !self.skip_unknown {
            let message = format!(
                "found nothing to check in {}: no document, template, buildspec or pipeline definition; `tidegate init` makes a document",
                self.paths.join(", ")
            );
            return Err(Failure::usage(message));
        }
        let what = match checked.as_slice() {
            [path] => path.clone(),
            _ => format!("{} files", checked.len()),
        };
        if self.fix || self.unsafe_fixes || self.diff {
            self.mend(&mut reports, &chosen)?;
        }
        let strictest = reports.iter().filter_map(|(_, report)| report.fail_on).max();
        let mut findings: Vec<Diagnostic> = reports.into_iter().flat_map(|(_, report)| report.diagnostics).collect();
        findings.retain(|finding| chosen.includes(finding.rule.name));
        if self.no_ignores {
            findings.iter_mut().for_each(|finding| finding.suppressed = None);
        }
        diagnostic::sort(&mut findings);
        let format = self.format.format();
        host::print(&diagnostic::render(&findings, format, host::style()));
        if !self.quiet && matches!(format, Format::Full | Format::Concise) {
            host::tell(&match findings.iter().all(Diagnostic::is_suppressed) {
                true => format!("{what} checked: nothing to complain of"),
                false => diagnostic::summary(&findings),
            });
        }
        let levels = [Level::Error, Level::Warning, Level::Info];
        let asked = self.fail_on.as_deref().and_then(|name| levels.into_iter().find(|level| level.name() == name));
        let limit = asked.or(strictest).unwrap_or(Level::Error);
        let failed = findings.iter().any(|finding| !finding.is_suppressed() && finding.level() <= limit);
        Ok(if failed && !self.exit_zero { Exit::Findings } else { Exit::Clean })
    }
}

impl Check {
    /// Mends what has a fix, and leaves the report of what has none. With `--diff` nothing is written.
    fn mend(&self, reports: &mut [(Input, Report)], chosen: &Chosen) -> Result<(), Failure> {
        if self.paths.iter().any(|path| path == "-") && !self.diff {
            return Err(Failure::usage("the standard input cannot be mended: name the file, or ask for `--diff`"));
        }
        let safety = if self.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
        let (mut fixes, mut files) = (0, 0);
        for (input, report) in reports {
            let Some(mended) = fix::mend(input, report, safety, |finding| chosen.includes(finding.rule.name)) else {
                continue;
            };
            let path = input.file.path();
            fixes += mended.count;
            files += 1;
            if self.diff {
                host::print(&fix::difference(path, input.file.text(), &mended.text));
                continue;
            }
            host::write_file(Path::new(path), &mended.text).map_err(Failure::environment)?;
            *report = mended.report;
        }
        if !self.quiet {
            let verb = if self.diff { "would mend" } else { "mended" };
            host::tell(&format!("{verb} {fixes} finding{} in {files} file{}", plural(fixes), plural(files)));
        }
        Ok(())
    }

    /// Checks every file, in parallel when there are several. Files in folders that are of no kind that can be
    /// checked are left out.
    fn read(&self, found: &[Found]) -> Result<Vec<(Input, Report)>, Failure> {
        let configuration = match &self.config {
            Some(path) => Configuration::File(path.clone()),
            None if self.isolated => Configuration::Isolated,
            None => Configuration::Nearest,
        };
        let check = |found: &Found| match host::read_project_as(&found.path, &self.stdin_filename, &configuration) {
            Err(Unreadable::File(_)) if !found.named && check::kind_by_name(&found.path).is_none() => Ok(None),
            Err(unreadable) => Err(Failure::usage(unreadable.message())),
            Ok(project) if (!found.named || self.force_exclude) && project.input.settings.excludes() => Ok(None),
            Ok(project) => {
                let report = check::check(&project.input);
                let text = project.input.file.text();
                let is_broken = report.diagnostics.iter().any(|finding| finding.rule.area() == "yaml");
                match report.kind {
                    Some(_) if !found.named && is_broken && check::is_filled_in_later(text) => Ok(None),
                    Some(_) => Ok(Some((project.input, report))),
                    None if !found.named || self.skip_unknown => Ok(None),
                    None => Err(Failure::usage(format!(
                        "{} is neither a document (`tidegate: 1`) or module (`tidegate-module: 1`), nor a CloudFormation template (`Resources`), a buildspec (`phases`) or a pipeline definition (`pipeline`)",
                        project.input.file.path()
                    ))),
                }
            }
        };
        let reports: Vec<Result<_, Failure>> = match found {
            [one] => vec![check(one)],
            _ => found.par_iter().map(check).collect(),
        };
        reports.into_iter().filter_map(Result::transpose).collect()
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Which lints are reported.
struct Chosen {
    /// By name; what is not in it is no lint, and always reported.
    lints: BTreeMap<&'static str, bool>,
}

impl Chosen {
    fn new(select: &[String], ignore: &[String]) -> Result<Self, Failure> {
        let fits = |pattern: &str, rule: &str| {
            let area = rule.split('/').next().unwrap_or(rule);
            pattern == rule || pattern.strip_suffix("/*").unwrap_or(pattern) == area
        };
        for pattern in select.iter().chain(ignore) {
            if lints::all().any(|lint| fits(pattern, lint.rule.name)) {
                continue;
            }
            let message = match compile::rules().find(|rule| fits(pattern, rule.name)) {
                Some(_) => format!("`{pattern}` is a check: what follows it would be wrong, so it cannot be chosen"),
                None => {
                    let areas = lints::all().map(|lint| lint.rule.area());
                    let names = lints::all().map(|lint| lint.rule.name).chain(areas);
                    let near = nearest(pattern, names).map(|near| format!("; did you mean {}?", list([near])));
                    format!("there is no lint `{pattern}`{}", near.unwrap_or_default())
                }
            };
            return Err(Failure::usage(message));
        }
        let any = |patterns: &[String], rule: &str| patterns.iter().any(|pattern| fits(pattern, rule));
        let lints = lints::all().map(|lint| lint.rule.name);
        let chosen = |rule| (select.is_empty() || any(select, rule)) && !any(ignore, rule);
        Ok(Self { lints: lints.map(|rule| (rule, chosen(rule))).collect() })
    }

    fn includes(&self, rule: &str) -> bool {
        self.lints.get(rule).copied().unwrap_or(true)
    }
}
