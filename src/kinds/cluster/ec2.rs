//! The resources of a cluster on EC2: key, security configuration, roles, instance profile, cluster, alarm.

use serde_json::json;

use super::service_role;
use super::{EmrCluster, EmrInstances, steps};
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::network::{Staying, place};
use crate::model::{Alarm, Entry, Home, Lowering, Role, Statement, logical_id};
use crate::source::Located;
use crate::spec::Matching;

pub(super) fn lower(cluster: &EmrCluster, instances: &EmrInstances, this: &Entry, lowering: &mut Lowering<'_>) {
    let id = |suffix| logical_id(this.section, &this.name.value, suffix);
    let Some(place) = place(&instances.network, this, Staying::Removed, lowering) else { return };
    let Some(subnet) = place.subnets.first().cloned() else { return };
    let tagged = this.derived("EMR gives instances only what carries this tag");
    if let Some(group) = lowering.added(Home::Application, this, "SecurityGroup") {
        group.properties.set("Tags", Value::list(vec![service_role::tag(&tagged)], &tagged));
    }
    add_encryption(this, lowering);
    add_roles(cluster, &subnet, this, lowering);
    let safe = this.derived("disks are encrypted, and only version 2 of the instance metadata service is served");
    let runs = this.derived("a cluster waits for jobs");
    let roles = this.derived("a cluster and its jobs run under roles of their own");
    let network = Origin::authored(&instances.network.span);
    let core_count =
        Value::new(ValueKind::Integer(instances.core.count.0), &Origin::authored(&instances.core.count.span));
    let one = Value::new(ValueKind::Integer(1), &Origin::authored(&instances.primary.span));
    let machines = Value::map(&runs)
        .with("Ec2SubnetId", subnet)
        .with("AdditionalMasterSecurityGroups", place.group_list(&network))
        .with("AdditionalSlaveSecurityGroups", place.group_list(&network))
        .with("KeepJobFlowAliveWhenNoSteps", Value::from_json(json!(true), &runs))
        .with("MasterInstanceGroup", group(&instances.primary.instance, one))
        .with("CoreInstanceGroup", group(&instances.core.instance, core_count));
    let applications = instances.applications.0.iter().map(|application| {
        let origin = Origin::authored(&application.span);
        Value::map(&origin).with("Name", Value::text(application.value.word(), &origin))
    });
    let idle = instances.idle.as_ref().map(|idle| {
        let origin = Origin::authored(&idle.span);
        Value::map(&origin).with("IdleTimeout", Value::new(ValueKind::Integer(idle.0 as i64), &origin))
    });
    let logs = instances.logs.as_ref().map(|logs| {
        let bucket = logical_id(&logs.section, &logs.name, "");
        Value::sub(format!("s3://${{{bucket}}}/{}/", this.name.value), &Origin::authored(&logs.span))
    });
    let tags = this.derived("the service role may touch what carries this tag");
    let properties = Value::map(&Origin::authored(&this.name.span))
        .with("Name", lowering.physical_name(this))
        .with("ReleaseLabel", Value::text(&*instances.release.text, &Origin::authored(&instances.release.span)))
        .with("Applications", Value::list(applications.collect(), &Origin::authored(&instances.applications.span)))
        .with("Instances", machines)
        .with("ServiceRole", Value::reference(id("ServiceRole"), &roles))
        .with("JobFlowRole", Value::reference(id("Profile"), &roles))
        .with("SecurityConfiguration", Value::reference(id("Security"), &safe))
        .with_some("AutoTerminationPolicy", idle)
        .with_some("LogUri", logs)
        .with_some("StepConcurrencyLevel", steps::concurrency(cluster))
        .with_some("Configurations", settings(instances, lowering))
        .with("Tags", Value::list(vec![service_role::tag(&tags)], &tags));
    lowering.add(Home::Application, this, "", "AWS::EMR::Cluster", properties);
    add_alarm(this, lowering);
}

fn group(instance: &Located<Matching<super::InstanceType>>, count: Value) -> Value {
    let origin = Origin::authored(&instance.span);
    Value::map(&origin)
        .with("InstanceType", Value::text(&*instance.text, &origin))
        .with("InstanceCount", count)
        .with("Market", Value::text("ON_DEMAND", &origin))
}

fn settings(instances: &EmrInstances, lowering: &Lowering<'_>) -> Option<Value> {
    use crate::model::Home::Application;

    let settings = instances.settings.as_ref()?;
    let files = settings.entries.iter().map(|(file, values)| {
        let origin = Origin::authored(&file.span);
        let properties = values.entries.iter().fold(Value::map(&origin), |properties, (name, value)| {
            properties.with(&*name.value, lowering.text(&value.value.0, &value.span, Application))
        });
        Value::map(&origin)
            .with("Classification", Value::text(&*file.value, &origin))
            .with("ConfigurationProperties", properties)
    });
    Some(Value::list(files.collect(), &Origin::authored(&settings.span)))
}

/// The key of the disks, and the security configuration that demands it.
fn add_encryption(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("disks are encrypted, and only version 2 of the instance metadata service is served");
    let key = json!({
        "Description": format!("Encrypts the disks of {}", this.path()),
        "EnableKeyRotation": true,
        "PendingWindowInDays": 7,
        "KeyPolicy": { "Version": "2012-10-17", "Statement": [{
            "Sid": "AccountDecidesByIam",
            "Effect": "Allow",
            "Principal": { "AWS": { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
            "Action": "kms:*",
            "Resource": "*",
        }] },
    });
    let resource = lowering.add(Home::Application, this, "Key", "AWS::KMS::Key", Value::from_json(key, &origin));
    // The disks go with the cluster, so there is nothing to read with the key afterwards.
    resource.deletion_policy = Some("Delete");
    resource.update_replace_policy = Some("Delete");
    let key = logical_id(this.section, &this.name.value, "Key");
    let security = json!({ "SecurityConfiguration": {
        "EncryptionConfiguration": {
            "EnableInTransitEncryption": false,
            "EnableAtRestEncryption": true,
            "AtRestEncryptionConfiguration": {
                "S3EncryptionConfiguration": { "EncryptionMode": "SSE-S3" },
                "LocalDiskEncryptionConfiguration": {
                    "EncryptionKeyProviderType": "AwsKms",
                    "AwsKmsKey": { "Fn::GetAtt": [key, "Arn"] },
                    "EnableEbsEncryption": true,
                },
            },
        },
        "InstanceMetadataServiceConfiguration": {
            "MinimumInstanceMetadataServiceVersion": 2,
            "HttpPutResponseHopLimit": 1,
        },
    } });
    let security = Value::from_json(security, &origin);
    lowering.add(Home::Application, this, "Security", "AWS::EMR::SecurityConfiguration", security);
}

fn add_roles(cluster: &EmrCluster, subnet: &Value, this: &Entry, lowering: &mut Lowering<'_>) {
    let id = |suffix| logical_id(this.section, &this.name.value, suffix);
    let encrypts = this.derived("disks are encrypted with the cluster's key");
    let key = Value::get_att(id("Key"), "Arn", &encrypts);
    let encryption = [
        Statement::new(
            &[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            vec![key.clone()],
            &encrypts,
        ),
        Statement::new(&["kms:CreateGrant"], vec![key], &encrypts)
            .when(Value::from_json(json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } }), &encrypts)),
    ];
    let mut statements = cluster.job_statements(lowering);
    statements.extend(steps::code_statements(cluster, lowering.model));
    statements.extend(encryption.clone());
    let jobs = this.derived("jobs run under the role of their instances");
    let role = lowering.add_role(Home::Application, this, &Role::new("ec2.amazonaws.com", statements), &jobs);
    let profile = Value::map(&jobs).with("Roles", Value::list(vec![Value::reference(id("Role"), &jobs)], &jobs));
    lowering.add(Home::Application, this, "Profile", "AWS::IAM::InstanceProfile", profile);

    let origin = this.derived("EMR starts and ends instances under a role of its own");
    let mut statements = service_role::statements(subnet, role, &origin);
    statements.extend(encryption);
    let service = Role::new("elasticmapreduce.amazonaws.com", statements);
    lowering.add(Home::Application, this, "ServiceRole", "AWS::IAM::Role", service.to_value(&origin));
}

fn add_alarm(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a full or broken node fails jobs");
    let cluster = Value::reference(logical_id(this.section, &this.name.value, ""), &origin);
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Unhealthy",
            description: format!(
                "YARN takes a node of {} for unhealthy: its disk is full or it is broken",
                this.path()
            ),
            namespace: "AWS/ElasticMapReduce",
            metric: "MRUnhealthyNodes",
            dimensions: vec![("JobFlowId", cluster)],
            statistic: "Maximum",
            period: 300,
            periods: 3,
            comparison: "GreaterThanThreshold",
            threshold: 0.0,
            origin: origin.clone(),
        },
    );
}
