//! Who gets the messages of topics.

use std::borrow::Cow;

use crate::analysis::value::{Look, items, look, target, text};
use crate::analysis::{Site, System};
use crate::desired::{Resource, Value};

/// A subscription, in its own resource or within its topic.
pub(super) struct Subscription<'a> {
    pub site: Site<'a>,
    /// Where its properties stand.
    pub holder: &'a Value,
    pub protocol: &'a Value,
    /// The topic, where this file has it.
    pub topic: Option<&'a Resource>,
}

impl<'a> Subscription<'a> {
    fn new(site: Site<'a>, holder: &'a Value, topic: Option<&'a Resource>) -> Option<Self> {
        Some(Self { site, holder, protocol: look(holder, "/Protocol").found()?, topic })
    }

    pub fn protocol_name(&self) -> Option<Cow<'a, str>> {
        text(self.protocol)
    }

    pub fn endpoint(&self) -> Look<'a> {
        look(self.holder, "/Endpoint")
    }

    /// The resource that the endpoint is, where this file has it.
    pub fn receiver(&self) -> Option<(&'a str, &'a Resource)> {
        let name = self.endpoint().found().and_then(target)?;
        Some((name, self.site.stack.resources.get(name)?))
    }
}

/// The subscriptions of all stacks.
pub(super) fn subscriptions<'a>(system: &System<'a>) -> Vec<Subscription<'a>> {
    let of = |site: Site<'a>| {
        let properties = &site.resource.properties;
        match site.resource.resource_type.as_str() {
            "AWS::SNS::Subscription" => {
                let topic = look(properties, "/TopicArn").found().and_then(target);
                let topic = topic.and_then(|name| site.stack.resources.get(name));
                let topic = topic.filter(|topic| topic.resource_type == "AWS::SNS::Topic");
                Subscription::new(site, properties, topic).into_iter().collect()
            }
            "AWS::SNS::Topic" => {
                let list = look(properties, "/Subscription").found().map(items).unwrap_or_default();
                list.into_iter().filter_map(|item| Subscription::new(site, item, Some(site.resource))).collect()
            }
            _ => Vec::new(),
        }
    };
    system.sites().flat_map(of).collect()
}
