//! Where things stand in a network, and who may connect to them.

use serde_json::json;

use super::{Network, Networks};
use crate::desired::{Origin, Value};
use crate::model::{Entry, Home, Lowering, logical_id};
use crate::source::Located;
use crate::spec::Reference;

/// Where a thing stands in a network.
pub struct Place {
    /// Its private subnets, each in a zone of its own.
    pub subnets: Vec<Value>,
    /// The thing's own security group, and those that the network gives to all.
    pub security_groups: Vec<Value>,
}

/// What becomes of a security group when its thing leaves the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Staying {
    /// The thing is retained, and its security group with it.
    Retained,
    Removed,
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
    let (entry, found) = lowering.model.thing::<Network>(&network.path())?;
    let origin = Origin::derived(&network.span, "what stands in a network has a security group of its own");
    let properties = Value::map(&origin)
        .with("GroupDescription", Value::text(format!("{} in {}", user.path(), entry.path()), &origin))
        .with("VpcId", found.vpc_id(entry, lowering, &origin));
    let group = lowering.add(Home::Application, user, "SecurityGroup", "AWS::EC2::SecurityGroup", properties);
    if staying == Staying::Retained {
        group.deletion_policy = Some("Retain");
        group.update_replace_policy = Some("Retain");
    }
    let origin = Origin::authored(&network.span);
    let mut security_groups = vec![Value::get_att(own_group(user), "GroupId", &origin)];
    for given in found.security_groups.iter().flat_map(|groups| groups.iter()) {
        security_groups.push(lowering.valued(given, &given.span, |id, origin| Value::text(&*id.text, origin)));
    }
    Some(Place { subnets: found.subnet_ids(entry, lowering, &origin), security_groups })
}

/// Opens a port of `server` to itself, for services that poll it from its own place, and to all things in a network
/// that use it.
pub fn let_users_in(server: &Entry, port: u16, lowering: &mut Lowering<'_>) {
    let (model, path) = (lowering.model, server.path());
    let itself = server.derived("event sources poll from within its own security group");
    add_rule(server, "FromItself", own_group(server), port, &itself, lowering);
    for user in &model.entries {
        let Some(thing) = user.thing.as_ref().filter(|thing| thing.network().is_some()) else { continue };
        let Some(link) = thing.links().into_iter().find(|link| link.target == path) else { continue };
        let suffix = format!("From{}", logical_id(user.section, &user.name.value, ""));
        let origin = Origin::derived(&link.span, "who uses it may connect to it");
        add_rule(server, &suffix, own_group(user), port, &origin, lowering);
    }
}

fn add_rule(server: &Entry, suffix: &str, source: String, port: u16, origin: &Origin, lowering: &mut Lowering<'_>) {
    let properties = Value::from_json(json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port }), origin)
        .with("GroupId", Value::get_att(own_group(server), "GroupId", origin))
        .with("SourceSecurityGroupId", Value::get_att(source, "GroupId", origin));
    lowering.add(Home::Application, server, suffix, "AWS::EC2::SecurityGroupIngress", properties);
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
