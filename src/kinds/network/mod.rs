//! `networks`: VPCs, made or found.
//!
//! Other kinds stand in a network by `network: networks.x`. They ask [`place()`] where, and what is connected to asks
//! [`let_users_in`] to open its ports to those who use it.

mod lower;
mod place;
mod rules;
mod shapes;

use crate::diagnostic::Diagnostic;
use crate::model::{Entry, Home, Kind, Lowering, Model, Thing, section};
use crate::source::{Located, Span};
use crate::spec::{Count, Matching, Target, Valued};
use crate::{choice, record};

pub(in crate::kinds) use place::{Place, Staying, let_users_in, place};
use shapes::{Cidr, SecurityGroupId, SubnetId, VpcId};

pub const KIND: Kind = Kind {
    section: section::<Network>("networks", "VPCs, made or found."),
    home: Home::Application,
    attributes: &[],
    longest_name: 255,
    idle: Some("nothing stands in it"),
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A VPC with its subnets: one that is there already, by `vpc`, or one that is made, by `cidr`.
    pub struct Network {
        /// The id of a VPC that is there already.
        optional vpc: Valued<Matching<VpcId>> = "vpc",
        /// The ids of private subnets of that VPC, each in another Availability Zone.
        optional subnets: Vec<Located<Valued<Matching<SubnetId>>>> = "subnets",
        /// Security groups that all that stands in the network gets besides its own, at most four.
        optional security_groups: Vec<Located<Valued<Matching<SecurityGroupId>>>> = "security-groups",
        /// The addresses of a VPC that is made: a block from `/16` to `/24`, of which each subnet gets a sixteenth.
        optional cidr: Matching<Cidr> = "cidr",
        /// The number of Availability Zones of a made network, each with a private subnet; 2 unless told otherwise.
        optional zones: Count<1, 3> = "zones",
        /// How private subnets reach the internet; `none` unless told otherwise.
        optional nat: Nat = "nat",
        /// The AWS services that are reached without the internet. `s3` and `dynamodb` cost nothing, the others are paid by the hour and zone.
        optional endpoints: Vec<Located<Service>> = "endpoints",
    }
    one_of ["vpc", "cidr"];
}

choice! {
    /// How private subnets reach the internet.
    pub enum Nat {
        /// By one NAT gateway: when its zone fails, none has a way out.
        One = "one",
        /// By a NAT gateway in each zone.
        Each = "each",
        /// Not at all: only the services of `endpoints` are reached.
        None = "none",
    }
}

choice! {
    /// An AWS service, by the last part of the name of its endpoint service.
    pub enum Service {
        /// Athena.
        Athena = "athena",
        /// CloudFormation.
        Cloudformation = "cloudformation",
        /// CodePipeline.
        Codepipeline = "codepipeline",
        /// DynamoDB, by a gateway.
        Dynamodb = "dynamodb",
        /// The API of ECR.
        EcrApi = "ecr.api",
        /// The images of ECR; it needs `ecr.api` and `s3` besides.
        EcrDkr = "ecr.dkr",
        /// EventBridge.
        Events = "events",
        /// Glue.
        Glue = "glue",
        /// Firehose.
        KinesisFirehose = "kinesis-firehose",
        /// Kinesis data streams.
        KinesisStreams = "kinesis-streams",
        /// KMS.
        Kms = "kms",
        /// Lambda.
        Lambda = "lambda",
        /// CloudWatch Logs.
        Logs = "logs",
        /// CloudWatch metrics.
        Monitoring = "monitoring",
        /// S3, by a gateway.
        S3 = "s3",
        /// Secrets Manager.
        Secretsmanager = "secretsmanager",
        /// SNS.
        Sns = "sns",
        /// SQS.
        Sqs = "sqs",
        /// Systems Manager.
        Ssm = "ssm",
        /// Step Functions.
        States = "states",
        /// STS.
        Sts = "sts",
    }
}

impl Service {
    /// Whether it is reached by an entry of the route tables, and not by addresses in the subnets.
    fn by_gateway(self) -> bool {
        matches!(self, Self::S3 | Self::Dynamodb)
    }
}

/// What may be named as a network.
#[derive(Debug)]
pub struct Networks;

impl Target for Networks {
    const SECTIONS: &'static [&'static str] = &["networks"];
}

const DEFAULT_ZONES: i64 = 2;
/// EC2 quotas: five security groups for each network interface, one of which is its own. Read 2026-11-21.
const MOST_SECURITY_GROUPS: usize = 4;

impl Network {
    /// The number of private subnets, each in a zone of its own.
    pub fn zones(&self) -> usize {
        match &self.subnets {
            Some(subnets) => subnets.value.len(),
            None => self.zones.as_ref().map_or(DEFAULT_ZONES, |zones| zones.0) as usize,
        }
    }

    /// Whether what stands in it may reach a service; a network that is there already is taken to.
    pub fn reaches(&self, service: Service) -> bool {
        let endpoint = self.endpoints.iter().flat_map(|endpoints| endpoints.iter()).any(|given| given.value == service);
        self.cidr.is_none() || self.nat() != Nat::None || endpoint
    }

    fn nat(&self) -> Nat {
        self.nat.as_ref().map_or(Nat::None, |nat| nat.value)
    }
}

impl Thing for Network {
    fn check(&self, this: &Entry, _model: &Model, report: &mut Vec<Diagnostic>) {
        self.check_keys(this, report);
        if let Some(groups) = self.security_groups.as_ref().filter(|groups| groups.len() > MOST_SECURITY_GROUPS) {
            report.push(
                Diagnostic::new(
                    &rules::SECURITY_GROUPS,
                    &groups.span,
                    format!(
                        "a network interface takes 5 security groups: its own and 4 of the network, not {}",
                        groups.len()
                    ),
                )
                .label("too many")
                .help("join the rules of some groups into one"),
            );
        }
        for (index, service) in self.endpoints.iter().flat_map(|endpoints| endpoints.iter()).enumerate() {
            let earlier = self.endpoints.iter().flat_map(|endpoints| endpoints.iter().take(index));
            if let Some(first) = earlier.into_iter().find(|first| first.value == service.value) {
                report.push(
                    Diagnostic::new(
                        &rules::SAME_ENDPOINT,
                        &service.span,
                        format!("`{}` stands twice among the endpoints", service.word()),
                    )
                    .label("again")
                    .related(&first.span, "first here")
                    .help("remove one of them"),
                );
            }
        }
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        if let Some(cidr) = &self.cidr {
            lower::lower(self, cidr, this, lowering);
        }
    }
}

impl Network {
    /// A found network has subnets; a made one has zones, NAT gateways and endpoints.
    fn check_keys(&self, this: &Entry, report: &mut Vec<Diagnostic>) {
        let key = |key, span: Option<&Span>| span.map(|span| (key, span.clone()));
        let (surplus, whole, of) = match (&self.vpc, &self.cidr) {
            (Some(vpc), _) => {
                if self.subnets.is_none() {
                    report.push(
                        Diagnostic::new(
                            &rules::KEYS,
                            &vpc.span,
                            format!("`{}` is a VPC that is there already, but says none of its subnets", this.path()),
                        )
                        .label("needs `subnets`")
                        .help("add `subnets: [subnet-…]`, one for each Availability Zone"),
                    );
                }
                let made = [
                    key("zones", self.zones.as_ref().map(|zones| &zones.span)),
                    key("nat", self.nat.as_ref().map(|nat| &nat.span)),
                    key("endpoints", self.endpoints.as_ref().map(|endpoints| &endpoints.span)),
                ];
                (Vec::from(made), &vpc.span, "a VPC that is there already")
            }
            (None, Some(cidr)) => {
                let found = [
                    key("subnets", self.subnets.as_ref().map(|subnets| &subnets.span)),
                    key("security-groups", self.security_groups.as_ref().map(|groups| &groups.span)),
                ];
                (Vec::from(found), &cidr.span, "a VPC that is made")
            }
            (None, None) => return,
        };
        for (key, span) in surplus.into_iter().flatten() {
            report.push(
                Diagnostic::new(&rules::KEYS, &span, format!("`{key}` says nothing of {of}"))
                    .label("without effect here")
                    .related(whole, format!("`{}` is {of}", this.path()))
                    .help(format!("remove `{key}`")),
            );
        }
    }
}
