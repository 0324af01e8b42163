//! `tidegate limits`

use clap::Args;

use super::{Arguments, DocumentArgument, Exit, Outcome, compile_or_fail, read_project};
use crate::backends::limits::{self, Figure};
use crate::host;

/// Show how much room is left in what is generated
///
/// Each limit of AWS is shown with what comes nearest to it. `tidegate check` warns from 80 % on.
#[derive(Args)]
pub(super) struct Limits {
    #[command(flatten)]
    document: DocumentArgument,
    /// Show everything that is measured.
    #[arg(long)]
    all: bool,
}

impl Arguments for Limits {
    fn run(self) -> Outcome {
        let project = read_project(&self.document.file)?;
        let build = compile_or_fail(&project)?;
        let figures = limits::figures(&build.desired);
        host::print(&table(if self.all { figures } else { nearest(figures) }));
        Ok(Exit::Clean)
    }
}

/// The figure of each limit that is nearest to it.
fn nearest(figures: Vec<Figure>) -> Vec<Figure> {
    let mut nearest: Vec<Figure> = Vec::new();
    for figure in figures {
        match nearest.iter_mut().find(|other| other.limit == figure.limit) {
            Some(other) if other.used < figure.used => *other = figure,
            Some(_) => {}
            None => nearest.push(figure),
        }
    }
    nearest
}

/// The fullest first.
fn table(mut figures: Vec<Figure>) -> String {
    figures.sort_by(|a, b| (b.percent(), &a.of, a.limit.what).cmp(&(a.percent(), &b.of, b.limit.what)));
    let row = |figure: &Figure| {
        let Figure { of, limit, used, .. } = figure;
        let note = if limit.passable && *used > limit.most { ": it goes through a bucket" } else { "" };
        format!("{:>4} %  {used:>9} of {:>9}  {}, {of}{note}\n", figure.percent(), limit.most, limit.what)
    };
    figures.iter().map(row).collect()
}
