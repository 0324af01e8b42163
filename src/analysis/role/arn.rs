//! Which resource of the template the ARN in a policy may be.
//!
//! Both sides become plain texts, so that `!GetAtt Trips.Arn`, `!Sub "…:stream/${Trips}"` and a literal ARN are compared
//! in the same way. A name that AWS makes up at deployment is written `⟨Trips⟩`, what nobody knows is `UNKNOWN`.

use super::Allowed;
use crate::analysis::value::{look, text};
use crate::desired::{Intrinsic, Stack, Value, ValueKind};

/// Stands for a text that is decided at deployment.
const UNKNOWN: char = '\u{fffd}';

/// How a type's resources are named: what stands before the name in the ARN, the property that sets the name, and
/// whether `Ref` gives the ARN. In the ARN, partition, Region and account are `*`.
///
/// Source: Service Authorization Reference, resource types; CloudFormation Template Reference, return values (2026-04).
const NAMED: &[(&str, &str, &str, bool)] = &[
    ("AWS::CodeBuild::Project", "arn:*:codebuild:*:*:project/", "/Name", false),
    ("AWS::CodePipeline::Pipeline", "arn:*:codepipeline:*:*:", "/Name", false),
    ("AWS::DynamoDB::Table", "arn:*:dynamodb:*:*:table/", "/TableName", false),
    ("AWS::Events::EventBus", "arn:*:events:*:*:event-bus/", "/Name", false),
    ("AWS::IAM::Role", "arn:*:iam::*:role/", "/RoleName", false),
    ("AWS::KMS::Key", "arn:*:kms:*:*:key/", "", false),
    ("AWS::Kinesis::Stream", "arn:*:kinesis:*:*:stream/", "/Name", false),
    ("AWS::KinesisAnalyticsV2::Application", "arn:*:kinesisanalytics:*:*:application/", "/ApplicationName", false),
    ("AWS::KinesisFirehose::DeliveryStream", "arn:*:firehose:*:*:deliverystream/", "/DeliveryStreamName", false),
    ("AWS::Lambda::Function", "arn:*:lambda:*:*:function:", "/FunctionName", false),
    ("AWS::Logs::LogGroup", "arn:*:logs:*:*:log-group:", "/LogGroupName", false),
    ("AWS::S3::Bucket", "arn:*:s3:::", "/BucketName", false),
    ("AWS::SNS::Topic", "arn:*:sns:*:*:", "/TopicName", true),
    ("AWS::SQS::Queue", "arn:*:sqs:*:*:", "/QueueName", false),
    ("AWS::Serverless::Function", "arn:*:lambda:*:*:function:", "/FunctionName", false),
    ("AWS::StepFunctions::StateMachine", "arn:*:states:*:*:stateMachine:", "/StateMachineName", true),
];

/// The text of the ARN of a resource, or `None` when its type is not in the table. Its `*` stand for what the stack's
/// own partition, Region and account are.
pub fn of_resource(stack: &Stack, id: &str) -> Option<String> {
    let resource = stack.resources.get(id)?;
    let (_, prefix, property, _) = NAMED.iter().find(|(name, ..)| *name == resource.resource_type)?;
    let name = match look(&resource.properties, property).found() {
        Some(name) if !property.is_empty() => text_of(stack, name),
        _ => made_up(id),
    };
    // A role may have a path, which stands before the name.
    let path = look(&resource.properties, "/Path").found().filter(|_| resource.resource_type == "AWS::IAM::Role");
    let path = path.map(|path| text_of(stack, path)).unwrap_or_default();
    Some(format!("{prefix}{}{name}", path.strip_prefix('/').unwrap_or(&path)))
}

/// The text that a value becomes at deployment, as far as it is known.
pub fn text_of(stack: &Stack, value: &Value) -> String {
    match &value.kind {
        ValueKind::Intrinsic(Intrinsic::Ref(name)) => reference(stack, name),
        ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => attribute_of(stack, id, attribute),
        ValueKind::Intrinsic(Intrinsic::Sub(template, names)) => substituted(stack, template, names),
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::Join" => joined(stack, argument),
        _ => text(value).map_or_else(|| UNKNOWN.to_string(), std::borrow::Cow::into_owned),
    }
}

/// Whether some of a text is decided at deployment.
pub fn is_partly_unknown(text: &str) -> bool {
    text.contains([UNKNOWN, '⟨'])
}

/// Whether nobody knows what some of a text is.
pub fn has_unknown(text: &str) -> bool {
    text.contains(UNKNOWN)
}

/// An ARN with a key or name behind it that is decided when it is used.
pub fn below(arn: &str, between: &str) -> String {
    format!("{arn}{between}{}", made_up("name"))
}

fn made_up(id: &str) -> String {
    format!("⟨{id}⟩")
}

fn reference(stack: &Stack, name: &str) -> String {
    let Some(resource) = stack.resources.get(name) else {
        return match name {
            "AWS::Partition" | "AWS::Region" | "AWS::AccountId" => "*".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            _ => UNKNOWN.to_string(),
        };
    };
    match NAMED.iter().find(|(name, ..)| *name == resource.resource_type) {
        Some((.., true)) => of_resource(stack, name).unwrap_or_else(|| made_up(name)),
        // `Ref` of a queue is its URL.
        Some(_) if resource.resource_type == "AWS::SQS::Queue" => UNKNOWN.to_string(),
        Some((_, prefix, ..)) => {
            let arn = of_resource(stack, name).unwrap_or_default();
            let name = arn.strip_prefix(prefix).unwrap_or(&arn);
            name.rsplit('/').next().filter(|_| resource.resource_type == "AWS::IAM::Role").unwrap_or(name).to_owned()
        }
        None => opaque(&resource.resource_type, name),
    }
}

fn attribute_of(stack: &Stack, id: &str, attribute: &str) -> String {
    let Some(resource) = stack.resources.get(id) else { return UNKNOWN.to_string() };
    let arn = || of_resource(stack, id);
    match attribute {
        "Arn" | "TopicArn" => match (arn(), resource.resource_type.as_str()) {
            // The attribute of a log group is its ARN with `:*`.
            (Some(arn), "AWS::Logs::LogGroup") => format!("{arn}:*"),
            (Some(arn), _) => arn,
            (None, _) => opaque(&resource.resource_type, id),
        },
        "StreamArn" if resource.resource_type == "AWS::DynamoDB::Table" => {
            arn().map_or_else(|| UNKNOWN.to_string(), |arn| format!("{arn}/stream/⟨{id}⟩"))
        }
        "QueueName" | "TopicName" | "Name" => arn()
            .and_then(|arn| arn.rsplit([':', '/']).next().map(str::to_owned))
            .unwrap_or_else(|| UNKNOWN.to_string()),
        _ if arn().is_some() => UNKNOWN.to_string(),
        _ => opaque(&resource.resource_type, id),
    }
}

/// What a resource without known names is called. Outputs of nested stacks and of custom resources may be anything, and
/// an ARN of a service in the table may be below one of its resources, as that of a consumer of a stream.
fn opaque(resource_type: &str, id: &str) -> String {
    let service = |name: &str| name.split("::").nth(1).map(str::to_owned);
    let related = NAMED.iter().any(|(name, ..)| service(name) == service(resource_type));
    match resource_type.starts_with("AWS::") && !resource_type.starts_with("AWS::CloudFormation::") && !related {
        true => made_up(id),
        false => UNKNOWN.to_string(),
    }
}

fn substituted(stack: &Stack, template: &str, names: &[(String, Value)]) -> String {
    let mut written = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        written.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            written.push_str("${");
            rest = after;
            continue;
        };
        let name = name.trim();
        if let Some(literal) = name.strip_prefix('!') {
            written.push_str(&format!("${{{literal}}}"));
        } else if let Some((_, value)) = names.iter().find(|(given, _)| given == name) {
            written.push_str(&text_of(stack, value));
        } else if let Some((id, attribute)) = name.split_once('.') {
            written.push_str(&attribute_of(stack, id, attribute));
        } else {
            written.push_str(&reference(stack, name));
        }
        rest = after;
    }
    written + rest
}

fn joined(stack: &Stack, argument: &Value) -> String {
    let ValueKind::List(parts) = &argument.kind else { return UNKNOWN.to_string() };
    let [delimiter, parts] = parts.as_slice() else { return UNKNOWN.to_string() };
    match (text(delimiter), &parts.kind) {
        (Some(delimiter), ValueKind::List(parts)) => {
            parts.iter().map(|part| text_of(stack, part)).collect::<Vec<_>>().join(&delimiter)
        }
        _ => UNKNOWN.to_string(),
    }
}

/// Whether the ARN pattern of a policy matches the ARN of a resource of the same stack.
pub fn matches(pattern: &str, arn: &str) -> Allowed {
    if glob(pattern, arn) {
        return Allowed::Yes;
    }
    let of_another = made_up_names(pattern).any(|name| !arn.contains(name)) && !arn.contains(UNKNOWN);
    // A name that both sides have stands for the same text.
    let mut sides = (pattern.to_owned(), arn.to_owned());
    for name in made_up_names(pattern).filter(|name| arn.contains(name)) {
        let plain = name.trim_matches(['⟨', '⟩']);
        sides = (sides.0.replace(name, plain), sides.1.replace(name, plain));
    }
    match !of_another && may_overlap(&sides.0, &sides.1) {
        true => Allowed::Unknown,
        false => Allowed::No,
    }
}

/// Whether no ARN of this form (`*` is any text, `~` a name without `/`) can be what a policy says.
pub fn never_matches(pattern: &str, form: &str) -> bool {
    // A resource whose ARN this program cannot spell.
    if pattern.contains(UNKNOWN) || pattern.starts_with('⟨') {
        return false;
    }
    let plain = pattern.replace(['⟨', '⟩'], "");
    let resource = |arn: &str| arn.splitn(6, ':').nth(5).map(str::to_owned);
    let slashes = |arn: &str| resource(arn).map_or(0, |resource| resource.matches('/').count());
    let nested = form.contains('~') && slashes(&plain) > slashes(form);
    nested || !may_overlap(&plain, &form.replace('~', "*"))
}

/// A star does not cross the fields of an ARN where both sides have them all.
fn may_overlap(pattern: &str, arn: &str) -> bool {
    let (one, other): (Vec<_>, Vec<_>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    match one.len() == 6 && other.len() == 6 {
        true => one.iter().zip(other).all(|(one, other)| overlap(&wide(one), &wide(other))),
        false => overlap(&wide(pattern), &wide(arn)),
    }
}

fn made_up_names(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split_inclusive('⟩').filter_map(|part| part.find('⟨').map(|at| &part[at..]))
}

/// A pattern that matches everything the text may become.
fn wide(text: &str) -> Vec<char> {
    let mut wide = Vec::new();
    let mut within = false;
    for character in text.chars() {
        match character {
            '⟨' => within = true,
            '⟩' => {
                within = false;
                wide.push('*');
            }
            UNKNOWN => wide.push('*'),
            _ if within => {}
            other => wide.push(other),
        }
    }
    wide
}

/// Whether `*` (any text) and `?` (any character) of the pattern match the whole text.
pub fn glob(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Which beginnings of the text are matched so far.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        let mut any = false;
        for (at, before) in reached.iter().enumerate() {
            any |= before;
            if token == '*' {
                next[at] = any;
            } else if *before && text.get(at).is_some_and(|it| token == '?' || (*it == token && token != UNKNOWN)) {
                next[at + 1] = true;
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

/// Whether some text is matched by both patterns.
fn overlap(mut one: &[char], mut other: &[char]) -> bool {
    let may_be = |a: char, b: char| a == b || a == '?' || b == '?';
    // What stands before the first star of both and behind the last one has its place.
    while let ([a, rest @ ..], [b, of_other @ ..]) = (one, other)
        && *a != '*'
        && *b != '*'
    {
        if !may_be(*a, *b) {
            return false;
        }
        (one, other) = (rest, of_other);
    }
    while let ([rest @ .., a], [of_other @ .., b]) = (one, other)
        && *a != '*'
        && *b != '*'
    {
        if !may_be(*a, *b) {
            return false;
        }
        (one, other) = (rest, of_other);
    }
    if one == ['*'] || other == ['*'] {
        return true;
    }
    let mut row = vec![false; other.len() + 1];
    for i in 0..=one.len() {
        let mut next = vec![false; other.len() + 1];
        for j in 0..=other.len() {
            let above = i > 0 && row[j];
            let left = j > 0 && next[j - 1];
            next[j] = match (i.checked_sub(1).map(|i| one[i]), j.checked_sub(1).map(|j| other[j])) {
                (None, None) => true,
                (Some('*'), Some('*')) => above || left || row[j - 1],
                // A star takes nothing, or one more character of the other side.
                (Some('*'), _) => above || left,
                (_, Some('*')) => above || left,
                (Some(a), Some(b)) => row[j - 1] && may_be(a, b),
                _ => false,
            };
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_held_against_an_arn() {
        let generated = "arn:*:kinesis:*:*:stream/⟨Trips⟩";
        for (pattern, arn, expected) in [
            ("*", generated, Allowed::Yes),
            ("arn:aws:kinesis:*:*:stream/*", generated, Allowed::Unknown),
            ("arn:*:kinesis:*:*:stream/*", generated, Allowed::Yes),
            ("arn:*:kinesis:*:*:stream/⟨Trips⟩", generated, Allowed::Yes),
            ("arn:*:kinesis:*:*:stream/⟨Fares⟩", generated, Allowed::No),
            ("arn:*:kinesis:*:*:stream/⟨Trips⟩/*", generated, Allowed::No),
            ("arn:*:kinesis:*:*:stream/trips", generated, Allowed::Unknown),
            ("arn:aws:s3:::trips/*", generated, Allowed::No),
            ("\u{fffd}", generated, Allowed::Unknown),
            ("\u{fffd}/*", "arn:*:s3:::⟨Lake⟩/key", Allowed::Unknown),
            ("arn:*:s3:::⟨Lake⟩", "arn:*:s3:::⟨Lake⟩/key", Allowed::No),
            ("arn:*:s3:::⟨Lake⟩/*", "arn:*:s3:::⟨Lake⟩/key", Allowed::Yes),
            ("arn:*:s3:::lake/*", "arn:*:s3:::lake/key", Allowed::Yes),
            ("arn:*:s3:::other/*", "arn:*:s3:::lake/key", Allowed::No),
        ] {
            assert_eq!(matches(pattern, arn), expected, "{pattern} {arn}");
        }
    }

    #[test]
    fn two_patterns_overlap_where_one_text_is_matched_by_both() {
        for (one, other, expected) in [
            ("", "", true),
            ("", "*", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "?", true),
            ("ab", "a", false),
            ("a*", "*b", true),
            ("a*c", "abbc", true),
            ("a*c", "ab*d", false),
            ("a*", "a", true),
            ("*a*", "bab", true),
            ("*a*", "bbb", false),
            ("a*a", "a", false),
            ("ab*ba", "aba", false),
            ("?*", "", false),
            ("**", "", true),
        ] {
            let sides = [one, other].map(|side| side.chars().collect::<Vec<_>>());
            assert_eq!(overlap(&sides[0], &sides[1]), expected, "{one} {other}");
            assert_eq!(overlap(&sides[1], &sides[0]), expected, "{other} {one}");
        }
    }
}
