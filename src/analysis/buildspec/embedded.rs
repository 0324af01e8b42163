//! The buildspec that a project holds as text.

use super::{Buildspec, Fault};
use crate::analysis::project::Project;
use crate::analysis::value::Look;
use crate::desired::{Intrinsic, ValueKind};
use crate::syntax::{Parsed, parse_embedded};

/// Reads the text; `None` when it is not there, not known, or says where the buildspec is.
pub(super) fn read<'a>(project: Project<'a>) -> Option<Buildspec<'a>> {
    let Look::Found(value) = project.look("/Source/BuildSpec") else { return None };
    let (text, is_substituted) = match &value.kind {
        ValueKind::Text(text) => (text, false),
        ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => (text, true),
        _ => return None,
    };
    if !is_inline(text) {
        return None;
    }
    let Parsed { root, diagnostics, .. } = parse_embedded(&value.origin.span, text);
    let mut buildspec = Buildspec::new(root, Some(project), is_substituted);
    let faults = diagnostics.into_iter();
    buildspec.faults = faults.map(|fault| Fault { span: fault.primary.span, message: fault.message }).collect();
    Some(buildspec)
}

/// A path or an ARN is one line without a mapping.
fn is_inline(text: &str) -> bool {
    let text = text.trim();
    text.contains('\n') || text.starts_with('{') || text.contains(": ")
}
