//! The one connection that all calls go through, whichever client makes them: it counts them and keeps their rate.
//!
//! The SDK's standard retries make refused calls again. Its adaptive mode is not used: each client would learn the
//! rate of a service for itself, while here all clients of an account learn it together.
#![expect(clippy::disallowed_methods, reason = "how fast calls may follow each other is a matter of the clock")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_sdk_cloudformation::config::{ConfigBag, RuntimeComponents};
use aws_sdk_cloudformation::error::BoxError;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder, ConnectorBuilder, tls};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_types::body::SdkBody;
use tokio::sync::Semaphore;

use super::protocol;
use super::rate::Rate;

/// How many calls each service got, and how many it takes.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    services: Arc<Mutex<BTreeMap<String, Service>>>,
    /// Calls that may be under way.
    at_once: Arc<Semaphore>,
}

/// How many calls may be under way, unless somebody says otherwise.
pub(super) const AT_ONCE: usize = 32;

#[derive(Debug, Default)]
struct Service {
    calls: usize,
    rate: Rate,
}

impl Meter {
    /// `at_once`: how many calls may be under way.
    pub(super) fn new(at_once: usize) -> Self {
        Self { services: Arc::default(), at_once: Arc::new(Semaphore::new(at_once.max(1))) }
    }

    /// The connection, with the SDK's own defaults.
    pub(super) fn connection(&self) -> SharedHttpClient {
        let https = Builder::new().build_with_connector_fn(|settings, components| {
            let crypto = tls::rustls_provider::CryptoMode::AwsLc;
            let mut connector = ConnectorBuilder::default().tls_provider(tls::Provider::Rustls(crypto));
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.set_proxy_config(Some(ProxyConfig::from_env()));
            connector.build()
        });
        self.of(https)
    }

    /// Another connection, metered.
    pub(super) fn of(&self, inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Metered { inner, meter: self.clone() })
    }

    /// The calls so far by the service that they were signed for, repetitions included.
    pub(super) fn calls(&self) -> BTreeMap<String, usize> {
        self.services().iter().map(|(name, service)| (name.clone(), service.calls)).collect()
    }

    fn services(&self) -> MutexGuard<'_, BTreeMap<String, Service>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, service: &str) -> Duration {
        let mut services = self.services();
        let service = services.entry(service.to_owned()).or_default();
        service.calls += 1;
        service.rate.admit(Instant::now())
    }

    fn answered(&self, service: &str, sent: Instant, refused: bool) {
        if let Some(service) = self.services().get_mut(service) {
            match refused {
                true => service.rate.refused(sent, Instant::now()),
                false => service.rate.taken(),
            }
        }
    }
}

#[derive(Debug)]
struct Metered {
    inner: SharedHttpClient,
    meter: Meter,
}

impl HttpClient for Metered {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(MeteredConnector { inner, meter: self.meter.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        settings: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, settings)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, settings: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, settings)
    }
}

#[derive(Debug)]
struct MeteredConnector {
    inner: SharedHttpConnector,
    meter: Meter,
}

impl HttpConnector for MeteredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, meter) = (self.inner.clone(), self.meter.clone());
        HttpConnectorFuture::new(async move {
            let service = service(&request);
            // Only a closed semaphore refuses, and nothing closes it.
            let _permit = meter.at_once.acquire().await.ok();
            let wait = meter.admit(&service);
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            let sent = Instant::now();
            let answer = inner.call(request).await?;
            let (answer, refused) = refused(answer).await;
            meter.answered(&service, sent, refused);
            Ok(answer)
        })
    }
}

/// The service that a call is signed for; of unsigned ones, which are those for credentials, the host.
fn service(request: &HttpRequest) -> String {
    let signature = request.headers().get("authorization").unwrap_or_default();
    // `Credential=AKIA…/20261121/eu-west-1/kinesis/aws4_request, …`
    let scope = signature.split_once("Credential=").map(|(_, scope)| scope.split(',').next().unwrap_or_default());
    let signed = scope.and_then(|scope| scope.rsplit('/').nth(1));
    let host = || request.uri().split("://").last().and_then(|rest| rest.split(['/', ':']).next());
    signed.or_else(host).unwrap_or_default().to_owned()
}

/// Whether there were too many calls; for that a refusal has to be read, and put back.
async fn refused(mut answer: HttpResponse) -> (HttpResponse, bool) {
    let status = answer.status();
    if status.is_success() || status.as_u16() < 400 {
        return (answer, false);
    }
    let body = std::mem::replace(answer.body_mut(), SdkBody::empty());
    let Ok(body) = ByteStream::new(body).collect().await else { return (answer, status.as_u16() == 429) };
    let body = body.into_bytes();
    let code = protocol::code(answer.headers().get("x-amzn-errortype"), &body);
    *answer.body_mut() = SdkBody::from(body);
    let throttled = code.is_some_and(|code| THROTTLING_ERRORS.contains(&code.as_str()));
    (answer, throttled || status.as_u16() == 429)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cloud::aws::call::{Call, call};
    use crate::cloud::aws::recorded::Recorded;

    #[test]
    fn every_attempt_is_counted_for_its_service() {
        let throttled = (400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#);
        let missing = "<E><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></E>";
        let recorded = Recorded::new(&[throttled, (200, "{}"), (404, missing)]);
        let meter = Meter::new(AT_ONCE);
        let config = recorded.config();
        let connection = meter.of(config.http_client().unwrap());
        let config = config.into_builder().http_client(connection).build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let made =
            |service, operation| runtime.block_on(call(&config, "x", "", &Call::new(service, operation, json!({}))));
        made("glue", "GetJob").unwrap();
        // What was read of a refusal is there for others to read.
        assert_eq!(made("iam", "GetRole").unwrap_err().message, "none");
        let calls = meter.calls();
        assert_eq!(calls.into_iter().collect::<Vec<_>>(), [("glue".to_owned(), 2), ("iam".to_owned(), 1)]);
    }

    #[test]
    fn calls_without_a_signature_count_for_their_host() {
        let mut request = HttpRequest::get("http://169.254.169.254/latest/api/token").unwrap();
        assert_eq!(service(&request), "169.254.169.254");
        let header = "AWS4-HMAC-SHA256 Credential=A/20261121/eu-west-1/states/aws4_request, SignedHeaders=host";
        request.headers_mut().insert("authorization", header);
        assert_eq!(service(&request), "states");
    }
}
