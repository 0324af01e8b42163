//! Aliases: what they stand for, and when they cannot be written out.

use super::load::Loader;
use super::tree::{Raw, RawNode};
use super::{MAX_DEPTH, MAX_VALUES, rules};
use crate::diagnostic::{Diagnostic, nearest};

impl Loader<'_> {
    pub(super) fn alias(&mut self, start: usize, end: usize) {
        let name = self.text[start..end].trim_start_matches('*');
        let failed = match self.anchors.get(name) {
            // An alias as key is refused whatever it stands for.
            _ if self.expects_key() => Some(None),
            None => Some(self.unknown_alias(name, start, end)),
            Some(target) => self.unusable_alias(name, &self.tree.nodes[*target], start, end),
        };
        let id = match (failed, self.anchors.get(name)) {
            (None, Some(target)) => {
                let RawNode { size, height, .. } = self.tree.nodes[*target];
                let id = self.tree.add(start, end, None, Raw::Alias(*target));
                self.tree.nodes[id].size = size;
                self.tree.nodes[id].height = height;
                self.values += size;
                id
            }
            (failed, _) => {
                let failed = failed.flatten();
                self.is_full |= failed.as_ref().is_some_and(|told| told.rule.name == rules::TOO_LARGE.name);
                self.diagnostics.extend(failed);
                self.unread.push((start, end));
                self.values += 1;
                self.tree.add(start, end, None, Raw::Broken)
            }
        };
        self.attach(id);
    }

    fn unknown_alias(&self, name: &str, start: usize, end: usize) -> Option<Diagnostic> {
        // The anchor may stand in what was skipped after a fault.
        if self.faults > 0 && self.text[..start].contains(&format!("&{name}")) {
            return None;
        }
        let names: Vec<&str> = self.anchors.keys().map(String::as_str).collect();
        let help = match nearest(name, names) {
            Some(near) => format!("write `*{near}`, or quote the text if no alias is meant: `\"*{name}\"`"),
            None => format!(
                "write `&{name}` before the value it stands for, or quote the text if no alias is meant: `\"*{name}\"`"
            ),
        };
        Some(
            Diagnostic::new(
                &rules::UNKNOWN_ALIAS,
                &self.span(start, end),
                format!("the alias `*{name}` stands for no value: there is no anchor `&{name}` above it"),
            )
            .label("no such anchor above")
            .help(help),
        )
    }

    /// Why an alias cannot be expanded here; the inner `None` is when that was said before.
    fn unusable_alias(&self, name: &str, target: &RawNode, start: usize, end: usize) -> Option<Option<Diagnostic>> {
        let span = self.span(start, end);
        if matches!(target.value, Raw::Open) {
            return Some(Some(
                Diagnostic::new(
                    &rules::RECURSIVE_ALIAS,
                    &span,
                    format!("the alias `*{name}` stands inside the value of its own anchor, which would never end"),
                )
                .label("repeats the value around it")
                .related(&self.span(target.start, target.start), format!("the value of `&{name}` begins here"))
                .help("write the value out"),
            ));
        }
        if self.is_full {
            return Some(None);
        }
        let message = if self.values.saturating_add(target.size) > MAX_VALUES {
            format!("with the alias `*{name}` written out, this file holds more than {MAX_VALUES} values")
        } else if self.frames.len() + target.height > MAX_DEPTH {
            format!(
                "with the alias `*{name}` written out, lists and mappings stand more than {MAX_DEPTH} deep inside each other"
            )
        } else {
            return None;
        };
        let label = format!("{} values, {} levels", target.size, target.height);
        Some(Some(
            Diagnostic::new(&rules::TOO_LARGE, &span, message)
                .label(label)
                .help(format!("stay within {MAX_VALUES} values and {MAX_DEPTH} levels, aliases written out")),
        ))
    }
}
