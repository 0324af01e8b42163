//! The calls that releases make, in the services' words.

use serde_json::{Value as Json, json};

use crate::cloud::{Cloud, CloudError, ServiceCall};

const FLINK: &str = "kinesisanalyticsv2";

/// An account in a Region, by the services that a release speaks to.
#[derive(Clone, Copy)]
pub struct Services<'a> {
    pub cloud: &'a dyn Cloud,
}

/// A snapshot of an application's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub name: String,
    /// `CREATING`, `READY`, `DELETING`, `FAILED`
    pub status: String,
    pub version: u64,
    /// Seconds since 1970, as the service gives them.
    pub made: f64,
    pub runtime: Option<String>,
}

/// A parameter of Systems Manager.
pub struct Parameter {
    pub value: String,
    /// Seconds since 1970.
    pub modified: f64,
}

/// An object of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub key: String,
    /// Seconds since 1970.
    pub modified: f64,
    pub size: u64,
}

impl Services<'_> {
    pub fn call(&self, service: &'static str, operation: &'static str, input: Json) -> Result<Json, CloudError> {
        self.cloud.call(&ServiceCall::new(service, operation, input))
    }

    /// An operation that has a path of its own.
    pub fn get(&self, service: &'static str, operation: &'static str, path: &str) -> Result<Json, CloudError> {
        let path = Some(path.to_owned());
        self.cloud.call(&ServiceCall { path, ..ServiceCall::new(service, operation, Json::Null) })
    }

    pub fn flink(&self, operation: &'static str, input: Json) -> Result<Json, CloudError> {
        self.call(FLINK, operation, input)
    }

    /// `None` when there is none.
    pub fn application(&self, name: &str) -> Result<Option<Json>, CloudError> {
        let answer = self.flink("DescribeApplication", json!({ "ApplicationName": name }));
        absent(answer, "ResourceNotFoundException")
            .map(|found| found.map(|mut found| found["ApplicationDetail"].take()))
    }

    pub fn operation(&self, application: &str, id: &str) -> Result<Json, CloudError> {
        let input = json!({ "ApplicationName": application, "OperationId": id });
        let answer = absent(self.flink("DescribeApplicationOperation", input), "ResourceNotFoundException")?;
        Ok(answer.map(|mut answer| answer["ApplicationOperationInfoDetails"].take()).unwrap_or_default())
    }

    /// The id of what was begun last.
    pub fn newest_operation(&self, application: &str) -> Result<Option<String>, CloudError> {
        let answer = self.flink("ListApplicationOperations", json!({ "ApplicationName": application, "Limit": 1 }))?;
        Ok(answer["ApplicationOperationInfoList"][0]["OperationId"].as_str().map(str::to_owned))
    }

    pub fn snapshot(&self, application: &str, name: &str) -> Result<Option<Snapshot>, CloudError> {
        let input = json!({ "ApplicationName": application, "SnapshotName": name });
        let answer = absent(self.flink("DescribeApplicationSnapshot", input), "ResourceNotFoundException")?;
        Ok(answer.map(|answer| Snapshot::read(&answer["SnapshotDetails"])))
    }

    /// The newest first.
    pub fn snapshots(&self, application: &str) -> Result<Vec<Snapshot>, CloudError> {
        let input = json!({ "ApplicationName": application, "Limit": 50 });
        let mut all: Vec<_> =
            self.pages("ListApplicationSnapshots", "SnapshotSummaries", input)?.iter().map(Snapshot::read).collect();
        all.sort_by(|one, other| other.made.total_cmp(&one.made));
        Ok(all)
    }

    /// All of an operation of Managed Flink whose answer has pages.
    pub fn pages(&self, operation: &'static str, member: &str, mut input: Json) -> Result<Vec<Json>, CloudError> {
        let mut all = Vec::new();
        loop {
            let mut answer = self.flink(operation, input.clone())?;
            if let Some(page) = answer[member].as_array_mut() {
                all.append(page);
            }
            match answer["NextToken"].as_str() {
                Some(token) if !token.is_empty() => input["NextToken"] = token.into(),
                _ => return Ok(all),
            }
        }
    }

    pub fn parameter(&self, name: &str) -> Result<Option<Parameter>, CloudError> {
        let answer = absent(self.call("ssm", "GetParameter", json!({ "Name": name })), "ParameterNotFound")?;
        Ok(answer.map(|answer| Parameter {
            value: answer["Parameter"]["Value"].as_str().unwrap_or_default().to_owned(),
            modified: answer["Parameter"]["LastModifiedDate"].as_f64().unwrap_or_default(),
        }))
    }

    pub fn write_parameter(&self, name: &str, value: &str) -> Result<(), CloudError> {
        let input = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
        self.call("ssm", "PutParameter", input).map(drop)
    }

    /// Whether it was made; false when there was one already.
    pub fn make_parameter(&self, name: &str, value: &str) -> Result<bool, CloudError> {
        let input = json!({ "Name": name, "Value": value, "Type": "String" });
        Ok(absent(self.call("ssm", "PutParameter", input), "ParameterAlreadyExists")?.is_some())
    }

    pub fn delete_parameter(&self, name: &str) -> Result<(), CloudError> {
        absent(self.call("ssm", "DeleteParameter", json!({ "Name": name })), "ParameterNotFound").map(drop)
    }

    /// What is kept beside an object; `None` without the object.
    pub fn metadata(&self, bucket: &str, key: &str) -> Result<Option<Json>, CloudError> {
        let answer = self.call("s3", "HeadObject", json!({ "Bucket": bucket, "Key": key }));
        match answer {
            Err(error) if ["404", "NotFound", "NoSuchKey"].iter().any(|code| error.has_code(code)) => Ok(None),
            answer => answer.map(|mut answer| Some(answer["Metadata"].take())),
        }
    }

    /// The objects below a prefix, the newest first.
    pub fn objects(&self, bucket: &str, prefix: &str) -> Result<Vec<Object>, CloudError> {
        let mut input = json!({ "Bucket": bucket, "Prefix": prefix });
        let mut all = Vec::new();
        loop {
            let answer = self.call("s3", "ListObjectsV2", input.clone())?;
            all.extend(answer["Contents"].as_array().into_iter().flatten().map(|object| Object {
                key: object["Key"].as_str().unwrap_or_default().to_owned(),
                modified: object["LastModified"].as_f64().unwrap_or_default(),
                size: object["Size"].as_u64().unwrap_or_default(),
            }));
            match answer["NextContinuationToken"].as_str() {
                Some(token) => input["ContinuationToken"] = token.into(),
                None => break,
            }
        }
        all.sort_by(|one, other| other.modified.total_cmp(&one.modified));
        Ok(all)
    }
}

impl Snapshot {
    fn read(json: &Json) -> Self {
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Self {
            name: text("SnapshotName"),
            status: text("SnapshotStatus"),
            version: json["ApplicationVersionId"].as_u64().unwrap_or_default(),
            made: json["SnapshotCreationTimestamp"].as_f64().unwrap_or_default(),
            runtime: json["RuntimeEnvironment"].as_str().map(str::to_owned),
        }
    }

    pub fn is_ready(&self) -> bool {
        self.status == "READY"
    }
}

/// An answer with this code says that there is nothing.
pub(super) fn absent(answer: Result<Json, CloudError>, code: &str) -> Result<Option<Json>, CloudError> {
    match answer {
        Err(error) if error.has_code(code) => Ok(None),
        answer => answer.map(Some),
    }
}
