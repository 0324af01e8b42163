//! The resources of a network that is made.

use serde_json::{Value as Json, json};

use super::shapes::{Cidr, SUBNETS};
use super::{Nat, Network, Service};
use crate::desired::{Origin, Value};
use crate::kinds::{cluster, warehouse};
use crate::model::{Entry, Home, Lowering, logical_id, pascal};
use crate::source::Located;
use crate::spec::Matching;

const TO_ANYWHERE: &str = "0.0.0.0/0";
const HTTPS: u16 = 443;

/// The logical id of a private subnet; zones count from one.
pub(super) fn private_subnet(this: &Entry, zone: usize) -> String {
    id(this, &format!("Private{zone}"))
}

/// The logical id of a subnet that is reached from the internet; zones count from one.
pub(super) fn public_subnet(this: &Entry, zone: usize) -> String {
    id(this, &format!("Public{zone}"))
}

fn id(this: &Entry, suffix: &str) -> String {
    logical_id(this.section, &this.name.value, suffix)
}

pub(super) fn lower(network: &Network, cidr: &Located<Matching<Cidr>>, this: &Entry, lowering: &mut Lowering<'_>) {
    let tags = cluster::network_tags(lowering.model, &this.path());
    let mut make = Make { this, cidr, tags, lowering };
    let names = this.derived("endpoints of services are found by their usual names");
    let named =
        Value::map(&names).with("Key", Value::text("Name", &names)).with("Value", make.lowering.physical_name(this));
    let mut tags = vec![named];
    tags.extend(make.tags.iter().cloned());
    let vpc = Value::map(&Origin::authored(&this.name.span))
        .with("CidrBlock", Value::text(&*cidr.text, &Origin::authored(&cidr.span)))
        .with("EnableDnsHostnames", Value::from_json(json!(true), &names))
        .with("EnableDnsSupport", Value::from_json(json!(true), &names))
        .with("Tags", Value::list(tags, &names));
    make.lowering.add(Home::Application, this, "", "AWS::EC2::VPC", vpc);
    let origin = match &network.zones {
        Some(zones) => Origin::derived(&zones.span, "each zone has a private subnet"),
        None => this.derived("each zone has a private subnet"),
    };
    for zone in 1..=network.zones() {
        make.subnet("Private", zone, zone - 1, &origin);
    }
    make.way_out(network);
    let services = network.endpoints.as_ref().map_or(&[][..], |endpoints| &endpoints.value);
    if services.iter().any(|service| !service.by_gateway()) {
        make.endpoint_group();
    }
    for service in services {
        make.endpoint(network, service);
    }
}

/// A network being made.
struct Make<'a, 'l, 'm> {
    this: &'a Entry,
    cidr: &'a Located<Matching<Cidr>>,
    /// What users of the network demand of its VPC and subnets.
    tags: Vec<Value>,
    lowering: &'l mut Lowering<'m>,
}

impl Make<'_, '_, '_> {
    fn add(&mut self, suffix: &str, resource_type: &str, properties: Json, origin: &Origin) {
        self.add_after(&[], suffix, resource_type, properties, origin);
    }

    /// Adds a resource that has to wait for others, which it does not name.
    fn add_after(&mut self, after: &[&str], suffix: &str, resource_type: &str, properties: Json, origin: &Origin) {
        let after = after.iter().map(|suffix| self.id(suffix)).collect();
        let properties = Value::from_json(properties, origin);
        let resource = self.lowering.add(Home::Application, self.this, suffix, resource_type, properties);
        resource.depends_on = after;
    }

    fn id(&self, suffix: &str) -> String {
        id(self.this, suffix)
    }

    /// A subnet with a route table of its own, at a fixed place among the addresses.
    fn subnet(&mut self, kind: &str, zone: usize, block: usize, origin: &Origin) {
        let vpc = json!({ "Ref": self.id("") });
        let blocks = json!({ "Fn::Cidr": [self.cidr.text, SUBNETS, Cidr::subnet_bits(&self.cidr.text)] });
        let (subnet, routes) = (format!("{kind}{zone}"), format!("{kind}{zone}Routes"));
        let properties = json!({
            "VpcId": vpc,
            "CidrBlock": { "Fn::Select": [block, blocks] },
            "AvailabilityZone": { "Fn::Select": [zone - 1, { "Fn::GetAZs": { "Ref": "AWS::Region" } }] },
        });
        let mut properties = Value::from_json(properties, origin);
        if !self.tags.is_empty() {
            properties.set("Tags", Value::list(self.tags.clone(), origin));
        }
        self.lowering.add(Home::Application, self.this, &subnet, "AWS::EC2::Subnet", properties);
        self.add(&routes, "AWS::EC2::RouteTable", json!({ "VpcId": vpc }), origin);
        let association = json!({
            "SubnetId": { "Ref": self.id(&subnet) },
            "RouteTableId": { "Ref": self.id(&routes) },
        });
        self.add(&format!("{subnet}Routing"), "AWS::EC2::SubnetRouteTableAssociation", association, origin);
    }

    /// Public subnets, NAT gateways in them, and the routes to both.
    fn way_out(&mut self, network: &Network) {
        let gateways = match network.nat() {
            Nat::None => 0,
            Nat::One => 1,
            Nat::Each => network.zones(),
        };
        let visited = warehouse::public_in(self.lowering.model, &self.this.path());
        let public = if visited.is_some() { network.zones() } else { gateways };
        if public == 0 {
            return;
        }
        let origin = match (&network.nat, visited) {
            (Some(nat), _) if gateways > 0 => Origin::derived(&nat.span, "private subnets reach the internet by NAT"),
            (_, Some(span)) => Origin::derived(span, "what is public stands in subnets that the internet reaches"),
            _ => self.this.derived("private subnets reach the internet by NAT"),
        };
        self.add("Internet", "AWS::EC2::InternetGateway", json!({}), &origin);
        let attachment =
            json!({ "VpcId": { "Ref": self.id("") }, "InternetGatewayId": { "Ref": self.id("Internet") } });
        self.add("InternetAttachment", "AWS::EC2::VPCGatewayAttachment", attachment, &origin);
        for zone in 1..=public {
            self.subnet("Public", zone, SUBNETS / 2 + zone - 1, &origin);
            let target = json!({ "GatewayId": { "Ref": self.id("Internet") } });
            self.route(&format!("Public{zone}"), target, &["InternetAttachment"], &origin);
        }
        for zone in 1..=gateways {
            let address = format!("Nat{zone}Address");
            self.add_after(&["InternetAttachment"], &address, "AWS::EC2::EIP", json!({ "Domain": "vpc" }), &origin);
            let nat = format!("Nat{zone}");
            let properties = json!({
                "SubnetId": { "Ref": self.id(&format!("Public{zone}")) },
                "AllocationId": { "Fn::GetAtt": [self.id(&address), "AllocationId"] },
            });
            let after = [format!("Public{zone}Default"), format!("Public{zone}Routing")];
            self.add_after(&after.each_ref().map(String::as_str), &nat, "AWS::EC2::NatGateway", properties, &origin);
        }
        for zone in 1..=if gateways > 0 { network.zones() } else { 0 } {
            let target = json!({ "NatGatewayId": { "Ref": self.id(&format!("Nat{}", zone.min(gateways))) } });
            self.route(&format!("Private{zone}"), target, &[], &origin);
        }
    }

    /// The way of all that is not local.
    fn route(&mut self, subnet: &str, target: Json, after: &[&str], origin: &Origin) {
        let mut properties = json!({
            "RouteTableId": { "Ref": self.id(&format!("{subnet}Routes")) },
            "DestinationCidrBlock": TO_ANYWHERE,
        });
        if let (Json::Object(properties), Json::Object(target)) = (&mut properties, target) {
            properties.extend(target);
        }
        let suffix = format!("{subnet}Default");
        self.add_after(after, &suffix, "AWS::EC2::Route", properties, origin);
    }

    fn endpoint(&mut self, network: &Network, service: &Located<Service>) {
        let origin = Origin::authored(&service.span);
        let zones = 1..=network.zones();
        let name = json!({ "Fn::Sub": format!("com.amazonaws.${{AWS::Region}}.{}", service.word()) });
        let mut properties = json!({ "VpcId": { "Ref": self.id("") }, "ServiceName": name });
        if service.by_gateway() {
            let tables: Vec<_> = zones.map(|zone| json!({ "Ref": self.id(&format!("Private{zone}Routes")) })).collect();
            properties["VpcEndpointType"] = json!("Gateway");
            properties["RouteTableIds"] = json!(tables);
        } else {
            let subnets: Vec<_> = zones.map(|zone| json!({ "Ref": private_subnet(self.this, zone) })).collect();
            properties["VpcEndpointType"] = json!("Interface");
            properties["PrivateDnsEnabled"] = json!(true);
            properties["SubnetIds"] = json!(subnets);
            properties["SecurityGroupIds"] = json!([{ "Fn::GetAtt": [self.id("EndpointSecurityGroup"), "GroupId"] }]);
        }
        let suffix = format!("{}Endpoint", pascal(service.word()));
        self.add(&suffix, "AWS::EC2::VPCEndpoint", properties, &origin);
    }

    /// What stands in the network may connect to all endpoints.
    fn endpoint_group(&mut self) {
        let origin = self.this.derived("endpoints are reached from within the network");
        let properties = json!({
            "GroupDescription": format!("endpoints of {}", self.this.path()),
            "VpcId": { "Ref": self.id("") },
            "SecurityGroupIngress": [{
                "IpProtocol": "tcp", "FromPort": HTTPS, "ToPort": HTTPS, "CidrIp": self.cidr.text,
                "Description": "HTTPS from within the network",
            }],
        });
        self.add("EndpointSecurityGroup", "AWS::EC2::SecurityGroup", properties, &origin);
    }
}
