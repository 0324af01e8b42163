//! Recorded answers in the place of the network, for tests: whole calls through the SDK's runtime.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

/// What was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) authorization: String,
    pub(super) target: String,
    pub(super) body: String,
}

/// A network that gives recorded answers in their order, and keeps what was sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Recorded {
    pub(super) fn new(answers: &[(u16, &str)]) -> Self {
        let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        Self { answers: Arc::new(Mutex::new(answers)), sent: Arc::default() }
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// Settings that lead here.
    pub(super) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("111122223333", "secret", None, None, "recorded");
        let connector = self.clone();
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .timeout_config(aws_config::timeout::TimeoutConfig::builder().build())
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(connector.clone())))
            .build()
    }
}

impl HttpConnector for Recorded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
        self.sent.lock().unwrap().push(Sent {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            authorization: header("authorization"),
            target: header("x-amz-target"),
            body: String::from_utf8(request.body().bytes().unwrap_or_default().to_vec()).unwrap(),
        });
        let (status, body) = self.answers.lock().unwrap().pop_front().expect("one more recorded answer");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))))
    }
}
