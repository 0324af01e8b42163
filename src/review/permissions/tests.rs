use serde_json::json;

use super::*;

fn policy(statement: Json) -> Json {
    json!({ "PolicyDocument": { "Version": "2012-10-17", "Statement": statement } })
}

fn allow(action: Json, resource: Json) -> Json {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn texts(before: &Json, after: &Json) -> Vec<String> {
    widened("AWS::IAM::Policy", before, after).into_iter().map(|effect| effect.text).collect()
}

#[test]
fn less_or_the_same_is_not_wider() {
    let wide = policy(json!([allow(json!(["s3:*", "sqs:SendMessage"]), json!("*"))]));
    for narrow in [
        wide.clone(),
        policy(allow(json!("s3:GetObject"), json!("arn:aws:s3:::b/*"))),
        policy(json!([allow(json!("SQS:sendmessage"), json!(["arn:aws:sqs:eu-west-1:111122223333:q"]))])),
        policy(json!([])),
        json!({}),
        policy(json!([{ "Effect": "Deny", "Action": "*", "Resource": "*" }])),
        policy(json!({ "Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
            "Condition": { "StringEquals": { "aws:SourceAccount": "111122223333" } } })),
    ] {
        assert_eq!(texts(&wide, &narrow), Vec::<String>::new(), "{narrow}");
    }
}

#[test]
fn a_new_action_a_wider_resource_and_a_lost_condition_are_told() {
    let before = policy(json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
        "Condition": { "StringEquals": { "aws:SourceAccount": ["1", "2"] } } }));
    let of = |statement: Json| texts(&before, &policy(statement));
    let conditions = json!({ "StringEquals": { "aws:SourceAccount": "1" } });
    let mut same = allow(json!("s3:GetObject"), json!("arn:aws:s3:::b/x"));
    same["Condition"] = conditions.clone();
    assert!(of(same.clone()).is_empty());
    assert_eq!(
        of(allow(json!("s3:GetObject"), json!("arn:aws:s3:::b/x"))),
        ["`s3:GetObject` on arn:aws:s3:::b/x is allowed under fewer conditions"]
    );
    same["Condition"] = json!({ "StringEquals": { "aws:SourceAccount": ["1", "3"] } });
    assert!(of(same.clone())[0].contains("fewer conditions"));
    same["Action"] = json!("s3:PutObject");
    assert_eq!(of(same.clone()), ["`s3:PutObject` on arn:aws:s3:::b/x is allowed: a new action"]);
    same["Action"] = json!("s3:GetObject");
    same["Resource"] = json!("arn:aws:s3:::*");
    assert_eq!(of(same), ["`s3:GetObject` on arn:aws:s3:::* is allowed: a wider resource"]);
    assert!(of(allow(json!("s3:*"), json!("arn:aws:s3:::b/*")))[0].contains("a new action"));
    assert!(of(json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }))[0].contains("all but iam:*"));
}

#[test]
fn a_new_principal_is_told_by_name() {
    let trust = |principal: Json| {
        json!({ "AssumeRolePolicyDocument": { "Statement": [
            { "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }] } })
    };
    let before = trust(json!({ "Service": "lambda.amazonaws.com" }));
    assert!(texts(&before, &before).is_empty());
    let two = trust(json!({ "Service": ["lambda.amazonaws.com", "glue.amazonaws.com"] }));
    assert_eq!(texts(&before, &two), ["glue.amazonaws.com: `sts:AssumeRole` is allowed: somebody new"]);
    assert_eq!(texts(&before, &trust(json!("*"))), ["everybody: `sts:AssumeRole` is allowed: somebody new"]);
    assert!(texts(&trust(json!("*")), &before).is_empty());
}

#[test]
fn a_denial_that_goes_is_told() {
    let deny = json!({ "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*" });
    let before = policy(json!([allow(json!("s3:*"), json!("*")), deny]));
    let after = policy(json!([allow(json!("s3:*"), json!("*"))]));
    assert_eq!(texts(&before, &after), ["`s3:DeleteObject` on everything is denied no more"]);
    assert!(texts(&after, &before).is_empty());
}

#[test]
fn attached_policies_and_boundaries_count() {
    let before = json!({ "ManagedPolicyArns": ["a"], "PermissionsBoundary": "b" });
    let after = json!({ "ManagedPolicyArns": ["a", "arn:aws:iam::aws:policy/AdministratorAccess"] });
    assert_eq!(
        texts(&before, &after),
        ["the policy arn:aws:iam::aws:policy/AdministratorAccess is attached", "its permissions boundary goes"]
    );
}

#[test]
fn ways_into_a_security_group_are_told() {
    let group = |rules: Json| json!({ "SecurityGroupIngress": rules });
    let rule = json!({ "IpProtocol": "tcp", "FromPort": 9098, "ToPort": 9098, "CidrIp": "10.0.0.0/16" });
    let before = group(json!([rule]));
    let mut worded = rule.clone();
    worded["Description"] = json!("ブローカー");
    let texts = |after: &Json| -> Vec<String> {
        widened("AWS::EC2::SecurityGroup", &before, after).into_iter().map(|effect| effect.text).collect()
    };
    assert!(texts(&group(json!([worded]))).is_empty());
    assert!(texts(&group(json!([]))).is_empty());
    let everybody = json!({ "IpProtocol": "-1", "CidrIp": "0.0.0.0/0" });
    assert_eq!(texts(&group(json!([rule, everybody]))), ["every port is opened to everybody on the internet"]);
    let others = json!({ "IpProtocol": "tcp", "FromPort": 1, "ToPort": 5, "SourceSecurityGroupId": "sg-1" });
    assert_eq!(texts(&group(json!([rule, others]))), ["the ports 1 to 5 is opened to sg-1"]);
}

#[test]
fn a_pattern_takes_in_patterns() {
    for (wide, narrow, fits) in [
        ("*", "s3:*", true),
        ("s3:*", "s3:Get*", true),
        ("s3:Get*", "s3:*", false),
        ("a?c", "abc", true),
        ("a?c", "a*c", false),
        ("a*b*c", "a-b-b-c", true),
        ("", "", true),
        ("", "a", false),
        ("花*", "花子", true),
    ] {
        assert_eq!(matches(wide, narrow), fits, "{wide} {narrow}");
    }
}

#[test]
fn many_are_not_told_one_by_one() {
    let actions: Vec<String> = (0..20).map(|number| format!("s3:Action{number}")).collect();
    let told = texts(&json!({}), &policy(allow(json!(actions), json!("*"))));
    assert_eq!(told.len(), TOLD + 1);
    assert_eq!(told[TOLD], "and 14 more");
}
