//! The SDK's errors in words for the user.

use std::error::Error;

use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};

use super::CloudError;

/// What the SDK's error means for what was `attempted` on `subject`.
pub(super) fn failed<E, R>(attempted: &'static str, subject: &str, error: SdkError<E, R>) -> CloudError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let (code, message) = match &error {
        SdkError::ServiceError(service) => {
            let service = service.err();
            let code = service.code().map(str::to_owned);
            (code, service.message().map_or_else(|| chain(service), str::to_owned))
        }
        other => (None, readable(&chain(other))),
    };
    let hint = match &code {
        Some(code) => hint_of_code(code, &message),
        None => hint_of_connection(&message),
    };
    let unanswered = match &error {
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        _ => false,
    };
    CloudError { attempted, subject: subject.to_owned(), code, message, hint, unanswered }
}

/// The error and its causes, in one line, without repetitions.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

/// The SDK says what kind of failure it is in words of its own, and lists every place where it found no credentials.
fn readable(message: &str) -> String {
    let (message, attempts) = message.split_once(" Attempted:").unwrap_or((message, ""));
    let profile = attempts.lines().find_map(|line| line.split_once("profile `").map(|(_, rest)| rest));
    let mut message = message;
    for prefix in ["dispatch failure: ", "other: ", "the credential provider was not enabled: "] {
        message = message.strip_prefix(prefix).unwrap_or(message);
    }
    match profile {
        Some(profile) => format!("{} (profile `{profile})", message.trim_end_matches('.')),
        None => message.trim_end_matches('.').to_owned(),
    }
}

fn hint_of_code(code: &str, message: &str) -> Option<String> {
    let hint = match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AccessDeniedFault" => {
            match denied_action(message) {
                Some(action) => format!("allow `{action}` for these credentials"),
                None => "allow this operation for these credentials".to_owned(),
            }
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "the credentials have expired: renew them, e.g. with `aws sso login`".to_owned()
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" | "AuthFailure" | "SignatureDoesNotMatch" => {
            "check the access key, and that the account has the region enabled".to_owned()
        }
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequestsException" => {
            "AWS limits the rate of calls: run the command again in a moment".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

/// The action that AWS named as not permitted: `… is not authorized to perform: kinesis:DescribeStreamSummary on …`.
pub(super) fn denied_action(message: &str) -> Option<&str> {
    let action = message.split_once("perform: ")?.1.split_whitespace().next()?;
    let action = action.trim_end_matches(['.', ',', ';']);
    action.contains(':').then_some(action)
}

fn hint_of_connection(message: &str) -> Option<String> {
    let text = message.to_lowercase();
    let has = |part: &str| text.contains(part);
    let hint = if has("sso") || has("token is expired") {
        "sign in with `aws sso login` (and `--profile NAME` if you use one)"
    } else if has("profile `") {
        "check the name of the profile: `aws configure list-profiles` shows them"
    } else if has("credential") || has("identity") {
        "there are no credentials: set `AWS_PROFILE` or pass `--profile NAME`; `aws configure list` shows what is found"
    } else if has("dns") || has("lookup address") {
        "check the network, and that the region's name is right"
    } else if has("connect") || has("timeout") || has("timed out") || has("io error") {
        "check the network and proxy; `AWS_ENDPOINT_URL` names another address when it is set"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_denied_action_is_named() {
        let message = "User: arn:aws:sts::111122223333:assumed-role/ci/x is not authorized to perform: \
                       kinesis:DescribeStreamSummary on resource: arn:aws:kinesis:eu-west-1:111122223333:stream/trips";
        assert_eq!(denied_action(message), Some("kinesis:DescribeStreamSummary"));
        assert_eq!(denied_action("not authorized to perform: s3:GetObject."), Some("s3:GetObject"));
        assert_eq!(denied_action("not authorized to perform: this"), None);
        assert_eq!(denied_action("Access Denied"), None);
        assert_eq!(denied_action("perform: "), None);
    }

    #[test]
    fn the_places_without_credentials_are_left_out() {
        let message = "dispatch failure: other: the credential provider was not enabled: no credentials found in \
                       chain. Attempted:\n  Environment: not set\n  Profile: not enabled: profile `x` was not defined";
        assert_eq!(readable(message), "no credentials found in chain (profile `x` was not defined)");
        assert_eq!(readable("dispatch failure: io error: refused"), "io error: refused");
    }

    #[test]
    fn hints_fit_what_happened() {
        let hint = |message| hint_of_connection(message).unwrap_or_default();
        assert!(hint("the SSO token is expired").contains("aws sso login"));
        assert!(hint("no providers in chain provided credentials").contains("--profile"));
        assert!(hint("dispatch failure: io error: dns error").contains("region"));
        assert!(hint("tcp connect error: connection refused").contains("AWS_ENDPOINT_URL"));
        assert_eq!(hint_of_connection("something else"), None);
        assert!(hint_of_code("ExpiredToken", "").unwrap().contains("aws sso login"));
        assert_eq!(hint_of_code("ValidationError", ""), None);
    }
}
