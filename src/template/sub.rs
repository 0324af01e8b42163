//! The places of an `Fn::Sub`.

use std::ops::Range;

/// A `${…}` of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placeholder<'a> {
    /// What stands between the braces, without spaces around it.
    pub(super) name: &'a str,
    /// The bytes of the whole placeholder in the text.
    pub(super) range: Range<usize>,
}

/// What CloudFormation replaces; not `${!…}`, which it only unwraps.
pub(super) fn placeholders(text: &str) -> Vec<Placeholder<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${").map(|start| at + start) {
        let Some(end) = text[start..].find('}').map(|end| start + end + 1) else { break };
        let name = text[start + 2..end - 1].trim();
        if !name.is_empty() && !name.starts_with('!') {
            found.push(Placeholder { name, range: start..end });
        }
        at = end;
    }
    found
}
