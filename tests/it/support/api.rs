//! The account behind the local server, through the real SDK.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use aws_sdk_codepipeline::types::{
    ActionExecutionStatus, ApprovalResult, ApprovalStatus, PipelineExecutionStatus, StageTransitionType,
};
use aws_sdk_kinesisanalyticsv2::types as flink;
use aws_sdk_s3::primitives::ByteStream;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use super::python;
use super::server::Server;

pub struct Api {
    runtime: Runtime,
    pub account: String,
    pub cloudformation: aws_sdk_cloudformation::Client,
    pub codepipeline: aws_sdk_codepipeline::Client,
    pub flink: aws_sdk_kinesisanalyticsv2::Client,
    pub kinesis: aws_sdk_kinesis::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub s3: aws_sdk_s3::Client,
    pub ssm: aws_sdk_ssm::Client,
    url: String,
}

/// Long enough for a slow machine; nothing waits so long when all is well.
const PATIENCE: Duration = Duration::from_secs(90);

impl Api {
    pub fn new(server: &Server, account: &str) -> Self {
        Self::at(server, account, "us-east-1")
    }

    /// An account in a Region.
    pub fn at(server: &Server, account: &str, region: &'static str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let credentials = aws_sdk_s3::config::Credentials::new(account, "test", None, None, "test");
        let config = runtime.block_on(
            aws_config::defaults(aws_config::BehaviorVersion::latest())
                .region(region)
                .endpoint_url(&server.url)
                .credentials_provider(credentials)
                .load(),
        );
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        Self {
            account: account.to_owned(),
            cloudformation: aws_sdk_cloudformation::Client::new(&config),
            codepipeline: aws_sdk_codepipeline::Client::new(&config),
            flink: aws_sdk_kinesisanalyticsv2::Client::new(&config),
            kinesis: aws_sdk_kinesis::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            ssm: aws_sdk_ssm::Client::new(&config),
            url: server.url.clone(),
            runtime,
        }
    }

    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Looks again and again until `look` sees something.
    #[track_caller]
    pub fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn upload(&self, bucket: &str, key: &str, bytes: Vec<u8>, metadata: &[(&str, &str)]) {
        let exists = self.wait(self.s3.head_bucket().bucket(bucket).send()).is_ok();
        if !exists {
            self.wait(self.s3.create_bucket().bucket(bucket).send()).expect("a bucket");
        }
        let mut request = self.s3.put_object().bucket(bucket).key(key).body(ByteStream::from(bytes));
        for (name, value) in metadata {
            request = request.metadata(*name, *value);
        }
        self.wait(request.send()).expect("an upload");
    }

    /// Puts a folder where the server's connections find the branch `main` of a repository.
    pub fn push(&self, repository: &str, folder: &Path, paths: &[&str]) {
        let archive = tempfile::NamedTempFile::with_suffix(".zip").expect("a file");
        let done = Command::new(python::program("python"))
            .args(["-m", "zipfile", "-c"])
            .arg(archive.path())
            .args(paths)
            .current_dir(folder)
            .status()
            .expect("Python starts");
        assert!(done.success());
        let bytes = std::fs::read(archive.path()).expect("the archive");
        self.upload(&format!("tidegate-test-sources-{}", self.account), &format!("{repository}/main.zip"), bytes, &[]);
    }

    /// Deletes a stack and waits until it is gone.
    pub fn delete_stack(&self, stack: &str) {
        self.wait(self.cloudformation.delete_stack().stack_name(stack).send()).expect("a deletion");
        self.until("the deletion of a stack", || {
            let described = self.wait(self.cloudformation.describe_stacks().stack_name(stack).send());
            let stacks = described.map(|answer| answer.stacks().to_vec()).unwrap_or_default();
            stacks
                .iter()
                .all(|stack| stack.stack_status().map(|it| it.as_str()) == Some("DELETE_COMPLETE"))
                .then_some(())
        });
    }

    /// A layer with so many versions, all of them empty.
    pub fn publish_layer(&self, name: &str, versions: usize) {
        let content = aws_sdk_lambda::types::LayerVersionContentInput::builder()
            .zip_file(aws_sdk_lambda::primitives::Blob::new(empty_zip()))
            .build();
        for _ in 0..versions {
            let request = self.lambda.publish_layer_version().layer_name(name).content(content.clone());
            self.wait(request.send()).expect("a version of the layer");
        }
    }

    /// Does what the build of `project` would do with this result: publishes it, and exports its key and digest.
    pub fn build(
        &self,
        project: &str,
        build: &str,
        extension: &str,
        published: &str,
        content: &[u8],
    ) -> (String, String) {
        let sha256: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("builds/{build}/{sha256}/{build}.{extension}");
        self.upload(published, &key, content.to_vec(), &[("sha256", &sha256)]);
        let variables = serde_json::json!({ "KEY": key, "SHA256": sha256 }).to_string();
        let bucket = format!("tidegate-test-builds-{}", self.account);
        self.upload(&bucket, &format!("{project}/variables.json"), variables.into_bytes(), &[]);
        self.upload(&bucket, &format!("{project}/artifact.zip"), empty_zip(), &[]);
        (key, sha256)
    }

    /// A person completes the handshake of a connection in the console.
    pub fn shake_hands(&self, connection: &str) {
        self.control("POST", "connections/available", &serde_json::json!({ "arn": connection }));
    }

    /// A call to the server's own controls.
    pub fn control(&self, method: &str, path: &str, body: &serde_json::Value) {
        let script = "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[2], sys.argv[3].encode(), {'Content-Type': 'application/json'}, method=sys.argv[1])).read()";
        let url = format!("{}/_tidegate/{path}", self.url);
        let done = Command::new(python::program("python"))
            .args(["-c", script, method, &url, &body.to_string()])
            .status()
            .expect("Python starts");
        assert!(done.success(), "{method} {url}");
    }

    /// Starts a pipeline and gives the execution's id.
    pub fn start(&self, pipeline: &str) -> String {
        let started = self.wait(self.codepipeline.start_pipeline_execution().name(pipeline).send()).expect("a start");
        started.pipeline_execution_id().expect("an id").to_owned()
    }

    /// Waits for the approval of an execution; gives what the approver reads and a way to answer.
    #[track_caller]
    pub fn approve(&self, pipeline: &str, execution: &str, stage: &str, action: &str, yes: bool) {
        let token = self.until("an approval", || {
            let state = self.wait(self.codepipeline.get_pipeline_state().name(pipeline).send()).expect("the state");
            let ended = self.status(pipeline, execution);
            assert!(ended == PipelineExecutionStatus::InProgress, "{}", self.failure(pipeline));
            let stage = state.stage_states().iter().find(|state| state.stage_name() == Some(stage))?;
            if stage.latest_execution()?.pipeline_execution_id() != execution {
                return None;
            }
            let state = stage.action_states().iter().find(|state| state.action_name() == Some(action))?;
            Some(state.latest_execution()?.token()?.to_owned())
        });
        let status = if yes { ApprovalStatus::Approved } else { ApprovalStatus::Rejected };
        let result = ApprovalResult::builder().status(status).summary("by a test").build().expect("an answer");
        let answer = self.codepipeline.put_approval_result().pipeline_name(pipeline).stage_name(stage);
        self.wait(answer.action_name(action).token(token).result(result).send()).expect("an answer");
    }

    /// Whether an execution has come to an approval; it has not ended before.
    #[track_caller]
    pub fn waits_for_approval(&self, pipeline: &str, execution: &str) -> bool {
        let ended = self.status(pipeline, execution) != PipelineExecutionStatus::InProgress;
        assert!(!ended, "{}", self.failure(pipeline));
        let state = self.wait(self.codepipeline.get_pipeline_state().name(pipeline).send()).expect("the state");
        state.stage_states().iter().any(|stage| {
            let is_there = stage.latest_execution().is_some_and(|it| it.pipeline_execution_id() == execution);
            let waits = |action: &aws_sdk_codepipeline::types::ActionState| {
                let latest = action.latest_execution();
                latest.is_some_and(|it| it.token().is_some() && it.status() == Some(&ActionExecutionStatus::InProgress))
            };
            is_there && stage.action_states().iter().any(waits)
        })
    }

    pub fn status(&self, pipeline: &str, execution: &str) -> PipelineExecutionStatus {
        let execution =
            self.codepipeline.get_pipeline_execution().pipeline_name(pipeline).pipeline_execution_id(execution);
        let answer = self.wait(execution.send()).expect("the execution");
        answer.pipeline_execution().and_then(|execution| execution.status().cloned()).expect("a status")
    }

    /// What the failed actions of a pipeline say.
    pub fn failure(&self, pipeline: &str) -> String {
        let state = self.wait(self.codepipeline.get_pipeline_state().name(pipeline).send()).expect("the state");
        let actions = state.stage_states().iter().flat_map(|stage| stage.action_states());
        let failed = actions.filter_map(|action| {
            let latest = action.latest_execution()?;
            (latest.status() == Some(&ActionExecutionStatus::Failed))
                .then(|| format!("{}: {:?}", action.action_name().unwrap_or_default(), latest.error_details()))
        });
        failed.collect::<Vec<_>>().join("\n")
    }

    /// Waits until an execution ends.
    #[track_caller]
    pub fn ended(&self, pipeline: &str, execution: &str) -> PipelineExecutionStatus {
        self.until("the end of an execution", || {
            let status = self.status(pipeline, execution);
            (status != PipelineExecutionStatus::InProgress).then_some(status)
        })
    }

    #[track_caller]
    pub fn succeeds(&self, pipeline: &str, execution: &str) {
        let status = self.ended(pipeline, execution);
        assert_eq!(status, PipelineExecutionStatus::Succeeded, "{}", self.failure(pipeline));
    }

    pub fn application(&self, name: &str) -> Option<flink::ApplicationDetail> {
        let answer = self.wait(self.flink.describe_application().application_name(name).send()).ok()?;
        answer.application_detail().cloned()
    }

    /// The key of the code that an application runs.
    pub fn code_key(&self, name: &str) -> Option<String> {
        let detail = self.application(name)?;
        let code = detail.application_configuration_description()?.application_code_configuration_description()?;
        let location = code.code_content_description()?.s3_application_code_location_description()?;
        Some(location.file_key().to_owned())
    }

    pub fn disable_transition(&self, pipeline: &str, stage: &str) {
        let request = self.codepipeline.disable_stage_transition().pipeline_name(pipeline).stage_name(stage);
        let request = request.transition_type(StageTransitionType::Inbound).reason("somebody paused it");
        self.wait(request.send()).expect("a disabled transition");
    }
}

/// The smallest ZIP file: one without entries.
pub fn empty_zip() -> Vec<u8> {
    let mut bytes = b"PK\x05\x06".to_vec();
    bytes.resize(22, 0);
    bytes
}
