//! How what is written for every resource fits the description of its type.
//!
//! Only what surely does not fit is a violation: a value that is decided at deployment fits everything that it may
//! become, and both branches of an `Fn::If` are looked at.

mod given;
mod scalar;
mod walk;

use std::borrow::Cow;

use super::{Site, System};
use crate::desired::Stack;
use crate::facts::schema::{self, Limits, Shape, Types};
use crate::source::Span;

/// One place that does not fit.
pub struct Violation<'a> {
    pub site: Site<'a>,
    pub span: &'a Span,
    /// The names of the properties on the way, without the places in lists, as `Stages.Actions.RunOrder`; empty for
    /// the resource itself.
    pub place: String,
    pub fault: Fault<'a>,
}

/// What is wrong at a place.
#[derive(Debug)]
pub enum Fault<'a> {
    /// CloudFormation has no such type.
    UnknownType,
    /// The place has no such property.
    UnknownProperty { name: &'a str, shape: &'static Shape },
    /// The place lacks a property that has to be there.
    MissingProperty { name: &'static str },
    /// AWS sets the property.
    ReadOnlyProperty,
    /// The value is of a type that cannot be read as the wanted one.
    WrongType { found: &'static str, wanted: Types },
    /// The value is not one of those that there are.
    UnknownValue { value: Cow<'a, str>, shape: &'static Shape },
    /// A number is too small or too big.
    OutOfRange { value: f64, range: Limits },
    /// A text, list or map is too short or too long.
    Length { count: usize, unit: Unit, limits: Limits },
    /// A text has no part that fits the pattern.
    Pattern { text: Cow<'a, str>, pattern: &'static str },
    /// A key has no part that fits any of the patterns for keys.
    Key { key: &'a str, pattern: &'static str },
    /// Two properties exclude each other.
    Excluded { name: &'a str, other: &'a str, of_other: &'a Span },
    /// None of several properties is given.
    NoneOf { groups: &'static [Vec<String>] },
    /// A property needs another one beside it.
    Needed { name: &'static str, missing: &'static str },
    /// An item stands in the list before.
    DuplicateItem { first: &'a Span },
}

/// What a length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Character,
    Item,
    Entry,
}

/// Everything in the system that does not fit.
pub(super) fn violations<'a>(system: &System<'a>) -> Vec<Violation<'a>> {
    let mut violations = Vec::new();
    for site in system.sites().filter(|site| !site.stack.has_own_macro()) {
        let resource_type = site.resource.resource_type.as_str();
        if let Some(schema) = schema::get(resource_type) {
            walk::Walk { site, schema, path: Vec::new(), violations: &mut violations }.resource();
        } else if !is_somebody_elses(resource_type, site.stack) && !schema::exists(resource_type) {
            let span = &site.resource.origin.span;
            violations.push(Violation { site, span, place: String::new(), fault: Fault::UnknownType });
        }
    }
    violations
}

/// Types that are not CloudFormation's own: custom resources, modules, types of a transform, and third parties'.
fn is_somebody_elses(resource_type: &str, stack: &Stack) -> bool {
    let serverless = stack.transforms.iter().any(|it| it.starts_with("AWS::Serverless"));
    let of_third_party = resource_type.split("::").count() == 3
        && ["AWS::", "Alexa::"].iter().all(|own| !resource_type.starts_with(own));
    of_third_party
        || resource_type.ends_with("::MODULE")
        || resource_type.starts_with("Custom::")
        || (serverless && resource_type.starts_with("AWS::Serverless::"))
}
