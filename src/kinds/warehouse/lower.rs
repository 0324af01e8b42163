//! The resources of a warehouse: role, namespace and workgroup, or subnet group and cluster.

use serde_json::json;

use super::{PORT, Warehouse, WarehouseCapacity, WarehouseNodes};
use crate::desired::{Origin, Value, ValueKind};
use crate::facts::firehose::address_block;
use crate::kinds::delivery_stream;
use crate::kinds::network::{Place, Staying, let_addresses_in, let_users_in, place, public_subnets};
use crate::model::{Alarm, Entry, Home, Lowering, Role, Thing, logical_id, pascal};

/// The administrator's name; it is not a secret.
const ADMINISTRATOR: &str = "administrator";
const SNAPSHOT_DAYS: i64 = 7;

/// The guides of Redshift leave the number to the user; the rest is room for what queries sort.
const NEARLY_FULL_PERCENT: f64 = 85.0;

pub(super) fn lower(warehouse: &Warehouse, this: &Entry, lowering: &mut Lowering<'_>) {
    let role = add_role(warehouse, this, lowering);
    let place = standing(warehouse, this, lowering);
    if let Some(capacity) = &warehouse.serverless {
        add_serverless(warehouse, capacity, (role, place), this, lowering);
    } else if let Some(nodes) = &warehouse.cluster {
        add_cluster(warehouse, nodes, (role, place), this, lowering);
    }
}

/// Where it stands, with those let in that use it.
fn standing(warehouse: &Warehouse, this: &Entry, lowering: &mut Lowering<'_>) -> Option<Place> {
    let network = warehouse.network.as_ref()?;
    let mut place = place(network, this, Staying::Removed, lowering)?;
    let_users_in(this, &[PORT], lowering);
    if warehouse.is_public() {
        place.subnets = public_subnets(network, lowering);
        if delivery_stream::loads(lowering.model, &this.path()) {
            let_firehose_in(this, lowering);
        }
    }
    Some(place)
}

/// Firehose comes from addresses that AWS publishes for each Region.
fn let_firehose_in(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("Firehose loads it from these addresses");
    let mut regions: Vec<&str> =
        lowering.model.environments.iter().map(|(_, environment)| environment.region.text.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    for region in &regions {
        let Some(block) = address_block(region) else { continue };
        let mut suffix = "FromFirehose".to_owned();
        let mut condition = None;
        if regions.len() > 1 {
            suffix.push_str(&pascal(region));
            let name = format!("In{}", pascal(region));
            let here = json!({ "Fn::Equals": [{ "Ref": "AWS::Region" }, region] });
            lowering.add_condition(Home::Application, &name, Value::from_json(here, &origin));
            condition = Some(name);
        }
        let_addresses_in(this, (&suffix, block), PORT, condition, &origin, lowering);
    }
}

fn is_public(warehouse: &Warehouse, this: &Entry) -> Value {
    let origin = match &warehouse.public {
        Some(public) => Origin::authored(&public.span),
        None => this.derived("a warehouse is reached from its VPC only unless told otherwise"),
    };
    Value::from_json(json!(warehouse.is_public()), &origin)
}

/// The role that `COPY` and `UNLOAD` run under.
fn add_role(warehouse: &Warehouse, this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let (statements, _) = lowering.wire(&warehouse.links());
    let origin = this.derived("a warehouse loads from buckets under a role of its own");
    let mut role = Role::new("redshift.amazonaws.com", statements).to_value(&origin);
    if warehouse.serverless.is_some() {
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": ["redshift-serverless.amazonaws.com", "redshift.amazonaws.com"] },
                "Action": "sts:AssumeRole",
            }],
        });
        role.set("AssumeRolePolicyDocument", Value::from_json(trust, &origin));
    }
    lowering.add(Home::Application, this, "Role", "AWS::IAM::Role", role);
    Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", &origin)
}

fn database(warehouse: &Warehouse, this: &Entry) -> Value {
    let origin = match &warehouse.database {
        Some(database) => Origin::authored(&database.span),
        None => this.derived("a database is named after its warehouse unless told otherwise"),
    };
    Value::text(warehouse.database(this), &origin)
}

fn add_serverless(
    warehouse: &Warehouse,
    capacity: &WarehouseCapacity,
    (role, place): (Value, Option<Place>),
    this: &Entry,
    lowering: &mut Lowering<'_>,
) {
    let origin = Origin::authored(&this.name.span);
    let password = this.derived("Redshift keeps the password in Secrets Manager and changes it");
    let logs = this.derived("who connects and what they change is logged");
    let roles = Value::list(vec![role.clone()], &role.origin);
    let namespace = Value::map(&origin)
        .with("NamespaceName", lowering.physical_name(this))
        .with("DbName", database(warehouse, this))
        .with("AdminUsername", Value::text(ADMINISTRATOR, &password))
        .with("ManageAdminPassword", Value::from_json(json!(true), &password))
        .with("DefaultIamRoleArn", role)
        .with("IamRoles", roles)
        .with("LogExports", Value::from_json(json!(["connectionlog", "userlog"]), &logs));
    let resource = lowering.add(Home::Application, this, "", "AWS::RedshiftServerless::Namespace", namespace);
    resource.retain();

    let private = this.derived("a warehouse moves data by its VPC only");
    let network = warehouse.network.as_ref().map_or_else(|| private.clone(), |it| Origin::authored(&it.span));
    let capacity_origin = Origin::authored(&capacity.capacity.span);
    let limit =
        capacity.limit.as_ref().map(|limit| Value::new(ValueKind::Integer(limit.0), &Origin::authored(&limit.span)));
    let namespace_name = Value::reference(logical_id(this.section, &this.name.value, ""), &origin);
    let workgroup = Value::map(&this.derived("the processors of a serverless warehouse are a workgroup"))
        .with("WorkgroupName", lowering.physical_name(this))
        .with("NamespaceName", namespace_name)
        .with("BaseCapacity", Value::new(ValueKind::Integer(capacity.capacity.0), &capacity_origin))
        .with_some("MaxCapacity", limit)
        .with("EnhancedVpcRouting", Value::from_json(json!(true), &private))
        .with("PubliclyAccessible", is_public(warehouse, this))
        .with("ConfigParameters", require_tls(this))
        .with_some("SubnetIds", place.as_ref().map(|place| place.subnet_list(&network)))
        .with_some("SecurityGroupIds", place.as_ref().map(|place| place.group_list(&network)));
    lowering.add(Home::Application, this, "Workgroup", "AWS::RedshiftServerless::Workgroup", workgroup);
}

fn require_tls(this: &Entry) -> Value {
    Value::from_json(
        json!([{ "ParameterKey": "require_ssl", "ParameterValue": "true" }]),
        &this.derived("a warehouse is reached by TLS only"),
    )
}

fn add_cluster(
    warehouse: &Warehouse,
    nodes: &WarehouseNodes,
    (role, place): (Value, Option<Place>),
    this: &Entry,
    lowering: &mut Lowering<'_>,
) {
    let id = |suffix| logical_id(this.section, &this.name.value, suffix);
    let origin = Origin::authored(&this.name.span);
    let network = this.derived("a cluster names its subnets by a group");
    let group = Value::map(&network)
        .with("Description", Value::text(format!("Subnets of {}", this.path()), &network))
        .with_some("SubnetIds", place.as_ref().map(|place| place.subnet_list(&network)));
    lowering.add(Home::Application, this, "Subnets", "AWS::Redshift::ClusterSubnetGroup", group);
    let tls = this.derived("a warehouse is reached by TLS only");
    let parameters = Value::map(&tls)
        .with("Description", Value::text(format!("Settings of {}", this.path()), &tls))
        .with("ParameterGroupFamily", Value::text("redshift-2.0", &tls))
        .with(
            "Parameters",
            Value::from_json(json!([{ "ParameterName": "require_ssl", "ParameterValue": "true" }]), &tls),
        );
    lowering.add(Home::Application, this, "Parameters", "AWS::Redshift::ClusterParameterGroup", parameters);

    let password = this.derived("Redshift keeps the password in Secrets Manager and changes it");
    let private = this.derived("a warehouse is encrypted and moves data by its VPC only");
    let count = Origin::authored(&nodes.nodes.span);
    let kind = Origin::authored(&nodes.kind.span);
    let several = nodes.nodes.0 > 1;
    let shape = if several { "multi-node" } else { "single-node" };
    let cluster = Value::map(&origin)
        .with("ClusterIdentifier", lowering.physical_name(this))
        .with("ClusterType", Value::text(shape, &count))
        .with("NodeType", Value::text(nodes.kind.word(), &kind))
        .with_some("NumberOfNodes", several.then(|| Value::new(ValueKind::Integer(nodes.nodes.0), &count)))
        .with("DBName", database(warehouse, this))
        .with("MasterUsername", Value::text(ADMINISTRATOR, &password))
        .with("ManageMasterPassword", Value::from_json(json!(true), &password))
        .with("Encrypted", Value::from_json(json!(true), &private))
        .with("PubliclyAccessible", is_public(warehouse, this))
        .with("EnhancedVpcRouting", Value::from_json(json!(true), &private))
        .with(
            "AutomatedSnapshotRetentionPeriod",
            Value::new(ValueKind::Integer(SNAPSHOT_DAYS), &this.derived("snapshots of a week are kept")),
        )
        .with("ClusterSubnetGroupName", Value::reference(id("Subnets"), &network))
        .with("ClusterParameterGroupName", Value::reference(id("Parameters"), &tls))
        .with_some("VpcSecurityGroupIds", place.as_ref().map(|place| place.group_list(&network)))
        .with("IamRoles", Value::list(vec![role.clone()], &role.origin));
    let resource = lowering.add(Home::Application, this, "", "AWS::Redshift::Cluster", cluster);
    resource.deletion_policy = Some("Snapshot");
    resource.update_replace_policy = Some("Snapshot");

    let health = this.derived("a cluster that does not answer loads nothing");
    let name = Value::reference(id(""), &health);
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Unhealthy",
            description: format!("{} does not answer queries", this.path()),
            namespace: "AWS/Redshift",
            metric: "HealthStatus",
            dimensions: vec![("ClusterIdentifier", name)],
            statistic: "Minimum",
            period: 300,
            periods: 3,
            comparison: "LessThanThreshold",
            threshold: 1.0,
            origin: health,
        },
    );
    let full = this.derived("a cluster without room takes no rows");
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Full",
            description: format!("The disks of {} are nearly full", this.path()),
            namespace: "AWS/Redshift",
            metric: "PercentageDiskSpaceUsed",
            dimensions: vec![("ClusterIdentifier", Value::reference(id(""), &full))],
            statistic: "Maximum",
            period: 300,
            periods: 3,
            comparison: "GreaterThanThreshold",
            threshold: NEARLY_FULL_PERCENT,
            origin: full,
        },
    );
}
