//! Which account a role belongs to, as far as its ARN says so.

use crate::analysis::Site;
use crate::analysis::value::text;
use crate::desired::{Intrinsic, Value, ValueKind};

/// The twelve digits in the ARN of a role that are written out, also within an `Fn::Sub` or `Fn::Join`.
pub fn of_role(arn: &Value) -> Option<String> {
    match &arn.kind {
        ValueKind::Text(_) => digits(&text(arn)?),
        ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => digits(text),
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::Join" => {
            let mut found = None;
            argument.each(&mut |part| {
                if let ValueKind::Text(text) = &part.kind {
                    found = found.take().or_else(|| digits(text));
                }
            });
            found
        }
        _ => None,
    }
}

fn digits(text: &str) -> Option<String> {
    let account = text.split_once(":iam::").map_or(text.strip_prefix("iam::"), |(_, rest)| Some(rest))?;
    let account: String = account.chars().take_while(char::is_ascii_digit).collect();
    (account.len() == 12).then_some(account)
}

/// Where a stack is deployed when that is written in the same file and only one place: account and Region.
pub fn home(site: Site<'_>) -> Option<(&str, &str)> {
    match site.stack.deployments.as_slice() {
        [only] => Some((&only.account, &only.region)),
        _ => None,
    }
}
