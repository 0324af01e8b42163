//! One JSON object per line and finding, with the fields of [`super::json`]; for tools that read as it comes.

use serde_json::{Value, json};

use super::{Style, json as whole};
use crate::diagnostic::Diagnostic;

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    let line = |diagnostic: &&Diagnostic| {
        let mut event = json!({ "version": whole::VERSION, "type": "finding" });
        if let Value::Object(fields) = &mut event {
            fields.extend(whole::finding(diagnostic));
        }
        format!("{event}\n")
    };
    diagnostics.iter().map(line).collect()
}
