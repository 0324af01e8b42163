//! Where in a VPC a thing runs: ids of subnets and security groups.

use crate::desired::{Origin, Value};
use crate::source::Located;
use crate::spec::{Matching, OneOrMany, Pattern};

/// The id of a subnet.
#[derive(Clone, Copy, Debug)]
pub struct SubnetId;

impl Pattern for SubnetId {
    const REGEX: &'static str = "^subnet-([0-9a-f]{8}|[0-9a-f]{17})$";
    const EXPECTED: &'static str = "the id of a subnet: `subnet-` and 8 or 17 hexadecimal digits";
    const EXAMPLE: &'static str = "subnet-1a2b3c4d";

    fn matches(text: &str) -> bool {
        is_id(text, "subnet-")
    }
}

/// The id of a security group.
#[derive(Clone, Copy, Debug)]
pub struct SecurityGroupId;

impl Pattern for SecurityGroupId {
    const REGEX: &'static str = "^sg-([0-9a-f]{8}|[0-9a-f]{17})$";
    const EXPECTED: &'static str = "the id of a security group: `sg-` and 8 or 17 hexadecimal digits";
    const EXAMPLE: &'static str = "sg-1a2b3c4d";

    fn matches(text: &str) -> bool {
        is_id(text, "sg-")
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| {
        [8, 17].contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

/// The ids as a list of a template.
pub fn ids<P: Pattern>(given: &Option<Located<OneOrMany<Matching<P>>>>) -> Option<Value> {
    let given = given.as_ref()?;
    let ids = given.0.iter().map(|id| Value::text(&*id.text, &Origin::authored(&id.span))).collect();
    Some(Value::list(ids, &Origin::authored(&given.span)))
}
