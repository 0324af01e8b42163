//! Any operation of any service by its name, with JSON on both sides.
//!
//! Calls go through the SDK's own runtime: credentials, signatures, retries, timeouts and addresses are those of the
//! SDK's clients. Only what a client's generated code would add, the form of requests and answers, is made here.

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_sdk_cloudformation::error::{BoxError, ErrorMetadata};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use aws_types::service_config::ServiceConfigKey;
use serde_json::Value as Json;

use super::failure::failed;
use super::protocol::{self, Place, Request};
use super::services::{self, Protocol, Service};
use crate::cloud::CloudError;

pub(super) use super::protocol::encode;

/// An operation and its input.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// As botocore and the AWS CLI call it: `kinesisanalyticsv2`.
    service: &'static str,
    operation: &'static str,
    place: Option<Place>,
    input: Json,
}

impl Call {
    /// Of a service that is called with JSON or a form.
    pub(super) fn new(service: &'static str, operation: &'static str, input: Json) -> Self {
        Self { service, operation, place: None, input }
    }

    /// A read of a service whose operations have paths; `path` has its variable parts [encoded](encode) and brings its
    /// query string along.
    pub(super) fn get(service: &'static str, operation: &'static str, path: String) -> Self {
        Self { service, operation, place: Some(Place { method: "GET", path }), input: Json::Null }
    }

    /// The same with a body.
    pub(super) fn post(service: &'static str, operation: &'static str, path: String, input: Json) -> Self {
        Self { service, operation, place: Some(Place { method: "POST", path }), input }
    }
}

/// Calls an operation and gives its answer.
///
/// # Errors
/// What the service answered, or why there was no answer.
pub(super) async fn call(
    config: &SdkConfig,
    attempted: &'static str,
    subject: &str,
    call: &Call,
) -> Result<Json, CloudError> {
    let Some(service) = services::get(call.service) else {
        return Err(CloudError::refused(attempted, subject, format!("the service `{}` is not known", call.service)));
    };
    let request = protocol::request(service, call.operation, call.place.as_ref(), &call.input);
    let answer = operation(config, service, call.operation).invoke(request).await;
    let answer = answer.map_err(|error| failed(attempted, subject, error))?;
    protocol::answer(service, call.operation, &answer)
        .map_err(|message| CloudError::refused(attempted, subject, message))
}

type Bytes = Vec<u8>;

/// The operation as the SDK's runtime carries it out.
fn operation(
    config: &SdkConfig,
    service: &'static Service,
    operation: &'static str,
) -> Operation<Request, Bytes, ErrorMetadata> {
    let mut builder = Operation::builder()
        .service_name(service.id.as_str())
        .operation_name(operation)
        .endpoint_url(&address(config, service))
        .with_connection_poisoning();
    if let Some(version) = config.behavior_version() {
        builder = builder.behavior_version(version);
    }
    if let Some(client) = config.http_client() {
        builder = builder.http_client(client);
    }
    if let Some(retry) = config.retry_config() {
        builder = builder.standard_retry(retry);
    }
    if let Some(timeouts) = config.timeout_config() {
        builder = builder.timeout_config(timeouts.clone());
    }
    if let Some(sleep) = config.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        builder = builder.time_source(time);
    }
    builder
        .runtime_plugin(signed(config, service))
        .serializer(serialize)
        .deserializer(move |answer: &HttpResponse| deserialize(service, answer))
        .build()
}

/// What makes a call one of AWS's: identity, signature, and the headers by which AWS knows retries.
fn signed(config: &SdkConfig, service: &'static Service) -> StaticRuntimePlugin {
    let mut layer = Layer::new("call");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigningName::from(service.signing.clone()));
    if let Some(region) = config.region() {
        let region = Region::new(service.region(region.as_ref()).to_owned());
        layer.store_put(SigningRegion::from(region));
    }
    layer.store_put(SigV4OperationSigningConfig { signing_options: signing(service), ..Default::default() });
    layer.store_put(ApiMetadata::new(&service.signing, env!("CARGO_PKG_VERSION")));

    let mut components = RuntimeComponentsBuilder::new("call")
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_identity_cache(config.identity_cache())
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new())
        .with_interceptor(SharedInterceptor::new(ServiceClockSkewInterceptor::new()))
        .with_interceptor(SharedInterceptor::new(RequestInfoInterceptor::new()))
        .with_interceptor(SharedInterceptor::new(UserAgentInterceptor::new()))
        .with_interceptor(SharedInterceptor::new(InvocationIdInterceptor::new()));
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    }
    StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
}

/// S3 alone signs paths as they are, and wants the digest of the body in a header.
fn signing(service: &Service) -> SigningOptions {
    let mut options = SigningOptions::default();
    let s3 = service.protocol == Protocol::RestXml && service.signing == "s3";
    options.double_uri_encode = !s3;
    options.normalize_uri_path = !s3;
    options.content_sha256_header = s3;
    options
}

/// Where the service is: what the environment or the profile says of the service, then of all services, then AWS's own
/// address.
fn address(config: &SdkConfig, service: &Service) -> String {
    let key =
        ServiceConfigKey::builder().service_id(&service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = key.ok().and_then(|key| config.service_config()?.load_config(key));
    let region = config.region().map(Region::as_ref).unwrap_or_default();
    own.or_else(|| config.endpoint_url().map(str::to_owned)).unwrap_or_else(|| {
        let fips = config.use_fips().unwrap_or_default();
        service.endpoint(region, fips, config.use_dual_stack().unwrap_or_default())
    })
}

fn serialize(request: Request) -> Result<HttpRequest, BoxError> {
    let mut http = HttpRequest::new(SdkBody::from(request.body));
    http.set_method(request.method)?;
    http.set_uri(request.path)?;
    for (name, value) in request.headers {
        http.headers_mut().try_insert(name, value)?;
    }
    Ok(http)
}

fn deserialize(service: &Service, answer: &HttpResponse) -> Result<Bytes, OrchestratorError<ErrorMetadata>> {
    let body = answer.body().bytes().unwrap_or_default();
    if answer.status().is_success() {
        return Ok(body.to_vec());
    }
    let kind = answer.headers().get("x-amzn-errortype");
    Err(OrchestratorError::operation(protocol::refusal(service, answer.status().as_u16(), kind, body)))
}

#[cfg(test)]
mod tests;
