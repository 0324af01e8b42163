//! Which subnets of a file lead to the internet by a gateway that serves public addresses only.

use super::value::{boolean, look, target, text_at};
use super::{Site, System};
use crate::source::Span;

/// A subnet whose way out is an internet gateway.
pub struct PublicSubnet<'a> {
    pub id: &'a str,
    /// What makes it public.
    pub span: &'a Span,
}

impl<'a> System<'a> {
    /// The subnets that are surely public: by their own setting, or by the default route of their route table.
    pub fn public_subnets(&self) -> Vec<PublicSubnet<'a>> {
        let by_setting = self.of_type("AWS::EC2::Subnet").filter_map(|site| {
            let setting = look(&site.resource.properties, "/MapPublicIpOnLaunch").found()?;
            boolean(setting)?.then_some(PublicSubnet { id: site.id, span: setting.key_span() })
        });
        let by_route = self.of_type("AWS::EC2::SubnetRouteTableAssociation").filter_map(|site| {
            let subnet = look(&site.resource.properties, "/SubnetId").found().and_then(target)?;
            let table = look(&site.resource.properties, "/RouteTableId").found().and_then(target)?;
            let route = self.of_type("AWS::EC2::Route").find(|route| leads_to_gateway(self, *route, table))?;
            Some(PublicSubnet { id: subnet, span: &route.resource.origin.span })
        });
        by_setting.chain(by_route).collect()
    }
}

/// Whether a route of the table sends all that is not local to an internet gateway of the file.
fn leads_to_gateway(system: &System<'_>, route: Site<'_>, table: &str) -> bool {
    let properties = &route.resource.properties;
    let gateway = look(properties, "/GatewayId").found().and_then(target);
    look(properties, "/RouteTableId").found().and_then(target) == Some(table)
        && text_at(properties, "/DestinationCidrBlock").as_deref() == Some("0.0.0.0/0")
        && route.resource.condition.is_none()
        && gateway.is_some_and(|id| system.of_type("AWS::EC2::InternetGateway").any(|site| site.id == id))
}
