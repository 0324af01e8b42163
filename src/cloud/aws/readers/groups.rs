//! Security groups and their rules, which may be written in the group or as resources of their own.

use serde_json::{Map, Value as Json, json};

use super::rows::{Call, Pages};
use super::table::{Service, ask};
use super::translate::{Translation, list};
use super::{Observation, Reading, Wanted};
use crate::cloud::CloudError;

const GROUP: &str = "AWS::EC2::SecurityGroup";
const INGRESS: &str = "AWS::EC2::SecurityGroupIngress";
const EGRESS: &str = "AWS::EC2::SecurityGroupEgress";

/// How many values a filter takes. Amazon EC2 API reference, `Using filtering`, read 2026-11-21.
pub(super) const MOST: usize = 200;

pub(super) fn reads(resource_type: &str) -> bool {
    [GROUP, INGRESS, EGRESS].contains(&resource_type)
}

/// The calls by which a type is read.
#[cfg(test)]
pub(super) fn calls(resource_type: &str) -> Vec<&'static Call> {
    match resource_type {
        GROUP => vec![calls::rules(), calls::groups()],
        INGRESS | EGRESS => vec![calls::rules()],
        _ => Vec::new(),
    }
}

/// The group that a resource is or belongs to, as far as that is known.
pub(super) fn group(wanted: &Wanted) -> Option<&str> {
    if wanted.resource_type == GROUP {
        return Some(&wanted.physical_id);
    }
    wanted.properties["GroupId"].as_str()
}

/// Reads all groups and rules at once, in the same order. A rule that is a resource of its own is no undeclared rule
/// of its group.
///
/// # Errors
/// When a call fails.
pub(super) async fn read(service: &impl Service, wanted: &[&Wanted]) -> Result<Vec<Observation>, CloudError> {
    let mut ids: Vec<&str> = wanted.iter().filter_map(|wanted| group(wanted)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut rules = Vec::new();
    let mut groups = Vec::new();
    for ids in ids.chunks(MOST) {
        let filter = json!([{ "Name": "group-id", "Value": ids }]);
        let send = json!({ "Filter": filter, "MaxResults": 1000 });
        rules.extend(all(service, calls::rules(), ids, send.clone(), "/securityGroupRuleSet").await?);
        let has_groups = wanted.iter().any(|wanted| wanted.resource_type == GROUP);
        if has_groups {
            groups.extend(all(service, calls::groups(), ids, send, "/securityGroupInfo").await?);
        }
    }
    let rules: Vec<Rule> = rules.iter().map(Rule::of).collect();
    let owners: Vec<Option<usize>> = rules.iter().map(|rule| owner(rule, wanted)).collect();
    let observation = |(index, wanted): (usize, &&Wanted)| {
        if wanted.resource_type == GROUP {
            let answer = groups.iter().find(|answer| answer["groupId"] == wanted.physical_id.as_str());
            let own = rules.iter().zip(&owners).filter(|(_, owner)| owner.is_none()).map(|(rule, _)| rule);
            return answer.map_or(Observation::Missing, |answer| group_of(wanted, answer, own));
        }
        if group(wanted).is_none() {
            return Observation::Unread("only CloudFormation knows which group the rule belongs to".to_owned());
        }
        let rule = rules.iter().zip(&owners).find(|(_, owner)| **owner == Some(index));
        rule.map_or(Observation::Missing, |(rule, _)| rule_of(rule))
    };
    Ok(wanted.iter().enumerate().map(observation).collect())
}

async fn all(
    service: &impl Service,
    call: &'static Call,
    ids: &[&str],
    send: Json,
    at: &str,
) -> Result<Vec<Json>, CloudError> {
    let pages = Pages { next: "nextToken".to_owned(), send: "NextToken".to_owned(), at: at.to_owned() };
    let subject = match ids {
        [first, _, ..] => format!("{first}` and {} more `{GROUP}", ids.len() - 1),
        _ => ids.concat(),
    };
    let answer = ask(service, call, &subject, send, Some(&pages)).await?;
    Ok(answer.pointer(at).map(list).unwrap_or_default())
}

mod calls {
    use std::sync::LazyLock;

    use super::Call;

    static RULES: LazyLock<Call> = LazyLock::new(|| Call::named("ec2:DescribeSecurityGroupRules"));
    static GROUPS: LazyLock<Call> = LazyLock::new(|| Call::named("ec2:DescribeSecurityGroups"));

    pub(super) fn rules() -> &'static Call {
        &RULES
    }

    pub(super) fn groups() -> &'static Call {
        &GROUPS
    }
}

/// One rule as the service has it, in the words of a template.
struct Rule {
    id: String,
    group: String,
    egress: bool,
    properties: Map<String, Json>,
}

impl Rule {
    fn of(answer: &Json) -> Self {
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let egress = text("isEgress") == "true";
        let other = if egress { "Destination" } else { "Source" };
        let everything = text("ipProtocol") == "-1";
        let port = |key: &str| {
            let port: Option<i64> = answer[key].as_str().and_then(|port| port.parse().ok());
            port.filter(|_| !everything).map(Json::from)
        };
        let entries = [
            ("IpProtocol".to_owned(), answer.get("ipProtocol").cloned()),
            ("FromPort".to_owned(), port("fromPort")),
            ("ToPort".to_owned(), port("toPort")),
            ("CidrIp".to_owned(), answer.get("cidrIpv4").cloned()),
            ("CidrIpv6".to_owned(), answer.get("cidrIpv6").cloned()),
            (format!("{other}PrefixListId"), answer.get("prefixListId").cloned()),
            (format!("{other}SecurityGroupId"), answer["referencedGroupInfo"].get("groupId").cloned()),
            ("Description".to_owned(), answer.get("description").cloned()),
        ];
        let present = |value: &Json| value.as_str() != Some("");
        let properties =
            entries.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| present(value))?)));
        Self { id: text("securityGroupRuleId"), group: text("groupId"), egress, properties: properties.collect() }
    }

    /// Whether a resource says the same, whatever it calls it.
    fn is_said_by(&self, wanted: &Wanted) -> bool {
        let part = |key: &str, from: Option<&Json>| {
            let value = from.filter(|value| !value.is_null());
            let text = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            text.filter(|text| !(key.ends_with("Port") && text == "-1"))
        };
        let kind = if self.egress { EGRESS } else { INGRESS };
        let told = ["IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6"];
        let others = ["PrefixListId", "SecurityGroupId"].map(|name| {
            let other = if self.egress { "Destination" } else { "Source" };
            format!("{other}{name}")
        });
        let mut keys = told.into_iter().chain(others.iter().map(String::as_str));
        wanted.resource_type == kind
            && group(wanted) == Some(&self.group)
            && keys.all(|key| part(key, self.properties.get(key)) == part(key, wanted.properties.get(key)))
    }
}

/// The resource that the rule is: the one of its id, else one that says the same.
fn owner(rule: &Rule, wanted: &[&Wanted]) -> Option<usize> {
    let by_id = wanted.iter().position(|wanted| wanted.resource_type != GROUP && wanted.physical_id == rule.id);
    by_id.or_else(|| wanted.iter().position(|wanted| rule.is_said_by(wanted)))
}

fn group_of<'r>(wanted: &Wanted, answer: &Json, rules: impl Iterator<Item = &'r Rule>) -> Observation {
    let renames = [("GroupDescription", "groupDescription"), ("Tags", "tagSet")];
    let renames = renames.map(|(from, to)| (from.to_owned(), to.to_owned()));
    let mut properties = Translation::new(GROUP, &renames).properties(answer);
    let mut reading = Reading::new(json!({}), &[]);
    for name in ["GroupDescription", "GroupName", "Tags", "VpcId"] {
        reading.set(name, properties.shift_remove(name));
    }
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    for rule in rules.filter(|rule| rule.group == wanted.physical_id) {
        let side = if rule.egress { &mut egress } else { &mut ingress };
        side.push(Json::from(rule.properties.clone()));
    }
    reading.set("SecurityGroupIngress", Some(ingress.into()));
    reading.set("SecurityGroupEgress", Some(egress.into()));
    reading.done()
}

fn rule_of(rule: &Rule) -> Observation {
    let (kind, other) = if rule.egress { (EGRESS, "Destination") } else { (INGRESS, "Source") };
    assert!(reads(kind));
    let mut reading = Reading::new(json!({ "GroupId": rule.group }), &["GroupId"]);
    let others = [format!("{other}PrefixListId"), format!("{other}SecurityGroupId")];
    let told = ["CidrIp", "CidrIpv6", "Description", "FromPort", "IpProtocol", "ToPort"];
    for name in told.into_iter().chain(others.iter().map(String::as_str)) {
        reading.set(name, rule.properties.get(name).cloned());
    }
    reading.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(kind: &str, id: &str, properties: Json) -> Wanted {
        let (resource_type, physical_id) = (kind.to_owned(), id.to_owned());
        Wanted { logical_id: id.to_owned(), resource_type, physical_id, properties }
    }

    fn answer(id: &str, egress: bool, cidr: &str) -> Json {
        json!({
            "securityGroupRuleId": id, "groupId": "sg-1", "isEgress": egress.to_string(), "ipProtocol": "tcp",
            "fromPort": "22", "toPort": "22", "cidrIpv4": cidr, "description": "",
        })
    }

    #[test]
    fn a_rule_of_its_own_belongs_to_its_resource() {
        let by_id = resource(INGRESS, "sgr-1", json!({ "GroupId": "sg-1" }));
        let by_words = json!({ "GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 22, "ToPort": "22", "CidrIp": "b" });
        let by_words = resource(INGRESS, "other", by_words);
        let wanted = [&by_id, &by_words];
        assert_eq!(owner(&Rule::of(&answer("sgr-1", false, "a")), &wanted), Some(0));
        assert_eq!(owner(&Rule::of(&answer("sgr-2", false, "b")), &wanted), Some(1));
        assert_eq!(owner(&Rule::of(&answer("sgr-3", false, "c")), &wanted), None);
        assert_eq!(owner(&Rule::of(&answer("sgr-4", true, "b")), &wanted), None);
    }

    #[test]
    fn rules_are_told_in_cloudformations_words() {
        let rule = json!({
            "securityGroupRuleId": "sgr-1", "groupId": "sg-1", "isEgress": "true", "ipProtocol": "-1",
            "fromPort": "-1", "toPort": "-1", "referencedGroupInfo": { "groupId": "sg-2" },
        });
        let rule = Rule::of(&rule);
        let expected = json!({ "IpProtocol": "-1", "DestinationSecurityGroupId": "sg-2" });
        assert_eq!(Json::from(rule.properties.clone()), expected);
        let group = resource(GROUP, "sg-1", json!({}));
        let described = json!({ "groupId": "sg-1", "groupDescription": "d", "groupName": "g", "vpcId": "vpc-1" });
        let Observation::Live(live) = group_of(&group, &described, [&rule].into_iter()) else { panic!("no group") };
        assert_eq!(
            live.properties,
            json!({
                "GroupDescription": "d", "GroupName": "g", "VpcId": "vpc-1", "SecurityGroupIngress": [],
                "SecurityGroupEgress": [expected],
            })
        );
    }
}
