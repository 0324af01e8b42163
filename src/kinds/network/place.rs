//! Where things stand in a network, and who may connect to them.

use serde_json::{Value as Json, json};

use super::{Network, Networks, Service, rules};
use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::diagnostic::{Diagnostic, list};
use crate::model::{Entry, Home, Lowering, Model, Thing, Verb, logical_id};
use crate::source::{Located, Span};
use crate::spec::{Reference, Valued};

/// Where a thing stands in a network.
#[derive(Clone)]
pub struct Place {
    pub vpc: Value,
    /// Its private subnets, each in a zone of its own.
    pub subnets: Vec<Value>,
    /// The thing's own security group, and those that the network gives to all.
    pub security_groups: Vec<Value>,
    /// The zone of the first subnet, where it is known.
    pub zone: Option<Value>,
}

impl Place {
    pub fn subnet_list(&self, origin: &Origin) -> Value {
        Value::list(self.subnets.clone(), origin)
    }

    pub fn group_list(&self, origin: &Origin) -> Value {
        Value::list(self.security_groups.clone(), origin)
    }
}

/// What becomes of a security group when its thing leaves the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Staying {
    /// The thing is retained, and its security group with it.
    Retained,
    Removed,
}

/// The ports that a security group lets in.
#[derive(Clone, Copy)]
pub enum Ports {
    One(u16),
    All,
}

impl Ports {
    fn to_json(self) -> Json {
        let (from, to) = match self {
            Self::One(port) => (port, port),
            Self::All => (0, u16::MAX),
        };
        json!({ "IpProtocol": "tcp", "FromPort": from, "ToPort": to })
    }
}

/// The logical id of the security group that is a thing's own.
fn own_group(entry: &Entry) -> String {
    logical_id(entry.section, &entry.name.value, "SecurityGroup")
}

/// Gives `user` a security group of its own in a network, and tells where it stands. It may connect to all that lets
/// it in; nothing may connect to it before [`let_users_in`].
pub fn place(
    network: &Located<Reference<Networks>>,
    user: &Entry,
    staying: Staying,
    lowering: &mut Lowering<'_>,
) -> Option<Place> {
    place_in(Home::Application, network, user, staying, lowering)
}

/// [`place`] for a thing of another stack, whose network must be one that is there already.
pub fn place_in(
    home: Home,
    network: &Located<Reference<Networks>>,
    user: &Entry,
    staying: Staying,
    lowering: &mut Lowering<'_>,
) -> Option<Place> {
    let (entry, found) = lowering.model.thing::<Network>(&network.path())?;
    let origin = Origin::derived(&network.span, "what stands in a network has a security group of its own");
    let properties = Value::map(&origin)
        .with("GroupDescription", Value::text(format!("{} in {}", user.path(), entry.path()), &origin))
        .with("VpcId", found.vpc_id(entry, lowering, &origin));
    let group = lowering.add(home, user, "SecurityGroup", "AWS::EC2::SecurityGroup", properties);
    if staying == Staying::Retained {
        group.retain();
    }
    standing(network, user, lowering)
}

/// Where `user` stands that has been placed in a network.
pub fn standing(network: &Located<Reference<Networks>>, user: &Entry, lowering: &Lowering<'_>) -> Option<Place> {
    let (entry, found) = lowering.model.thing::<Network>(&network.path())?;
    let origin = Origin::authored(&network.span);
    let mut security_groups = vec![Value::get_att(own_group(user), "GroupId", &origin)];
    for given in found.security_groups.iter().flat_map(|groups| groups.iter()) {
        security_groups.push(lowering.valued(given, &given.span, |id, origin| Value::text(&*id.text, origin)));
    }
    let vpc = found.vpc_id(entry, lowering, &origin);
    let first = || Value::get_att(super::lower::private_subnet(entry, 1), "AvailabilityZone", &origin);
    let zone = found.cidr.is_some().then(first);
    Some(Place { vpc, subnets: found.subnet_ids(entry, lowering, &origin), security_groups, zone })
}

/// The subnets of a network that have a way from the internet, for what is public there. Those of a VPC that is there
/// already are what the document says they are.
pub fn public_subnets(network: &Located<Reference<Networks>>, lowering: &Lowering<'_>) -> Vec<Value> {
    let Some((entry, found)) = lowering.model.thing::<Network>(&network.path()) else { return Vec::new() };
    let origin = Origin::authored(&network.span);
    if found.subnets.is_some() {
        return found.subnet_ids(entry, lowering, &origin);
    }
    (1..=found.zones()).map(|zone| Value::reference(super::lower::public_subnet(entry, zone), &origin)).collect()
}

/// Opens ports of `server` to all things of its VPC that use it.
pub fn let_users_in(server: &Entry, ports: &[u16], lowering: &mut Lowering<'_>) {
    let (model, path) = (lowering.model, server.path());
    let Some(place) = server.thing.as_ref().and_then(|thing| thing.network(model)) else { return };
    for user in &model.entries {
        let near = |thing: &dyn Thing| thing.network(model).is_some_and(|network| same_vpc(&network, &place, model));
        let Some(thing) = user.thing.as_deref().filter(|thing| near(*thing)) else { continue };
        let uses = |verb| verb == Verb::Reads || verb == Verb::Writes;
        let links = thing.links();
        let Some(link) = links.iter().find(|link| link.target == path && uses(link.verb)) else { continue };
        let from = logical_id(user.section, &user.name.value, "");
        let origin = Origin::derived(&link.span, "who uses it may connect to it");
        for (suffix, port) in numbered(ports) {
            let suffix = format!("From{from}{suffix}");
            add_rule(server, &suffix, own_group(user), Ports::One(port), &origin, lowering);
        }
    }
}

/// Ports with what tells their rules apart: nothing for the first.
fn numbered(ports: &[u16]) -> impl Iterator<Item = (String, u16)> {
    ports.iter().enumerate().map(|(at, port)| (if at == 0 { String::new() } else { format!("By{port}") }, *port))
}

/// Opens ports of a thing to what stands under its own security group.
pub fn let_itself_in(thing: &Entry, ports: &[u16], origin: &Origin, lowering: &mut Lowering<'_>) {
    for (suffix, port) in numbered(ports) {
        add_rule(thing, &format!("FromItself{suffix}"), own_group(thing), Ports::One(port), origin, lowering);
    }
}

/// Lets the parts of a thing reach each other at all ports.
pub fn let_parts_in(thing: &Entry, origin: &Origin, lowering: &mut Lowering<'_>) {
    add_rule(thing, "FromItself", own_group(thing), Ports::All, origin, lowering);
}

/// Opens a port of `server` to a block of addresses, under the condition that is named.
pub fn let_addresses_in(
    server: &Entry,
    (suffix, block): (&str, &str),
    port: u16,
    condition: Option<String>,
    origin: &Origin,
    lowering: &mut Lowering<'_>,
) {
    let properties = Value::from_json(Ports::One(port).to_json(), origin)
        .with("GroupId", Value::get_att(own_group(server), "GroupId", origin))
        .with("CidrIp", Value::text(block, origin));
    let rule = lowering.add(Home::Application, server, suffix, "AWS::EC2::SecurityGroupIngress", properties);
    rule.condition = condition;
}

fn add_rule(server: &Entry, suffix: &str, source: String, ports: Ports, origin: &Origin, lowering: &mut Lowering<'_>) {
    let properties = Value::from_json(ports.to_json(), origin)
        .with("GroupId", Value::get_att(own_group(server), "GroupId", origin))
        .with("SourceSecurityGroupId", Value::get_att(source, "GroupId", origin));
    lowering.add(Home::Application, server, suffix, "AWS::EC2::SecurityGroupIngress", properties);
}

/// The ARN of something of EC2 in this account, such as `subnet`, by its id.
pub fn ec2_arn(kind: &str, id: &Value, origin: &Origin) -> Value {
    let arn = |rest: String| format!("arn:${{AWS::Partition}}:ec2:${{AWS::Region}}:${{AWS::AccountId}}:{kind}/{rest}");
    match &id.kind {
        ValueKind::Text(id) => Value::sub(arn(id.clone()), origin),
        ValueKind::Intrinsic(Intrinsic::Ref(name)) => Value::sub(arn(format!("${{{name}}}")), origin),
        ValueKind::Intrinsic(Intrinsic::GetAtt(name, attribute)) => {
            Value::sub(arn(format!("${{{name}.{attribute}}}")), origin)
        }
        _ => {
            let names = vec![("Id".to_owned(), id.clone())];
            Value::new(ValueKind::Intrinsic(Intrinsic::Sub(arn("${Id}".to_owned()), names)), origin)
        }
    }
}

/// Refuses what uses `server` and cannot connect to it, because it stands in no network or in another VPC.
pub fn check_users(
    server: &Entry,
    network: &Located<Reference<Networks>>,
    model: &Model,
    report: &mut Vec<Diagnostic>,
) {
    let (path, place) = (server.path(), network.path());
    for user in &model.entries {
        let Some(thing) = &user.thing else { continue };
        let links = thing.links();
        let uses = |verb| verb == Verb::Reads || verb == Verb::Writes;
        let Some(link) = links.iter().find(|link| link.target == path && uses(link.verb)) else { continue };
        let (message, help) = match thing.network(model) {
            Some(other) if same_vpc(&other, &place, model) => continue,
            Some(other) => (
                format!(
                    "`{}` stands in `{other}` and cannot connect to `{path}`, which stands in `{place}`",
                    user.path()
                ),
                format!("write `network: {place}` in `{}`", user.path()),
            ),
            None => (
                format!(
                    "`{}` stands in no network and cannot connect to `{path}`, which stands in `{place}`",
                    user.path()
                ),
                format!(
                    "write `network: {place}` in `{}`, or let something use `{path}` that can stand there",
                    user.path()
                ),
            ),
        };
        report.push(
            Diagnostic::new(&rules::OUT_OF_REACH, &link.span, message)
                .label("out of reach")
                .related(&network.span, "where it stands")
                .help(help),
        );
    }
}

/// What needs a service of AWS from within a network.
pub struct Traveller<'a> {
    /// The beginning of the message: "the job loads its script".
    pub name: &'a str,
    /// Where it is said that it stands or reads there.
    pub span: &'a Span,
}

/// Tells when a made network has no way to services that are needed there.
pub fn check_way(
    traveller: &Traveller<'_>,
    network: &Located<Reference<Networks>>,
    services: &[Service],
    model: &Model,
    report: &mut Vec<Diagnostic>,
) {
    let Some((entry, found)) = model.thing::<Network>(&network.path()) else { return };
    let missing: Vec<_> =
        services.iter().filter(|service| !found.reaches(**service)).map(|service| service.word()).collect();
    if missing.is_empty() {
        return;
    }
    let message = format!(
        "{} by `{}`, which has neither a way out nor {} for {}",
        traveller.name,
        entry.path(),
        if missing.len() == 1 { "an endpoint" } else { "endpoints" },
        list(missing.iter().copied())
    );
    report.push(
        Diagnostic::new(&rules::NO_WAY, traveller.span, message)
            .label("would wait in vain")
            .related(&entry.name.span, "this network")
            .help(format!("add `endpoints: [{}]` to the network, or `nat: one`", missing.join(", "))),
    );
}

/// Whether two networks are parts of one VPC.
fn same_vpc(one: &str, other: &str, model: &Model) -> bool {
    let vpc = |path: &str| {
        let (_, network) = model.thing::<Network>(path)?;
        Some(match &network.vpc.as_ref()?.value {
            Valued::Literal(id) => id.text.clone(),
            Valued::Expression(expression) => expression.path.clone(),
        })
    };
    one == other || vpc(one).is_some_and(|id| Some(id) == vpc(other))
}

impl Network {
    pub(super) fn vpc_id(&self, this: &Entry, lowering: &Lowering<'_>, origin: &Origin) -> Value {
        match &self.vpc {
            Some(vpc) => lowering.valued(vpc, &vpc.span, |id, origin| Value::text(&*id.text, origin)),
            None => Value::reference(logical_id(this.section, &this.name.value, ""), origin),
        }
    }

    fn subnet_ids(&self, this: &Entry, lowering: &Lowering<'_>, origin: &Origin) -> Vec<Value> {
        match &self.subnets {
            Some(subnets) => {
                let ids = subnets.iter();
                ids.map(|id| lowering.valued(id, &id.span, |id, origin| Value::text(&*id.text, origin))).collect()
            }
            None => {
                let zones = 1..=self.zones();
                zones.map(|zone| Value::reference(super::lower::private_subnet(this, zone), origin)).collect()
            }
        }
    }
}
