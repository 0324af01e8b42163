//! Locks, as parameters of Systems Manager.

use aws_config::SdkConfig;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;

use super::failure::failed;
use crate::cloud::{CloudError, Lock};

pub(super) async fn lock(config: &SdkConfig, stack: &str) -> Result<Option<Lock>, CloudError> {
    match Client::new(config).get_parameter().name(Lock::parameter(stack)).send().await {
        Ok(answer) => {
            Ok(answer.parameter().and_then(|parameter| parameter.value()).map(|text| Lock::read(stack, text)))
        }
        Err(error) => {
            let error = failed("read the lock of", stack, error);
            if error.has_code("ParameterNotFound") { Ok(None) } else { Err(error) }
        }
    }
}

pub(super) async fn take(config: &SdkConfig, lock: &Lock) -> Result<bool, CloudError> {
    let call = Client::new(config).put_parameter().name(Lock::parameter(&lock.stack)).value(lock.text());
    let call = call.r#type(ParameterType::String).overwrite(false).description("who applies something to the stack");
    match call.send().await {
        Ok(_) => Ok(true),
        Err(error) => {
            let error = failed("take the lock of", &lock.stack, error);
            if error.has_code("ParameterAlreadyExists") { Ok(false) } else { Err(error) }
        }
    }
}

pub(super) async fn release(config: &SdkConfig, stack: &str) -> Result<(), CloudError> {
    match Client::new(config).delete_parameter().name(Lock::parameter(stack)).send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = failed("release the lock of", stack, error);
            if error.has_code("ParameterNotFound") { Ok(()) } else { Err(error) }
        }
    }
}
