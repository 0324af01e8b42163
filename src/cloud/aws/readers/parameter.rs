//! `AWS::SSM::Parameter`

use aws_config::SdkConfig;
use aws_sdk_ssm::types::{ParameterStringFilter, ResourceTypeForTagging};
use serde_json::{Map, Value as Json};

use super::{Observation, Reading, Wanted};
use crate::cloud::CloudError;
use crate::cloud::aws::failure::failed;
use crate::cloud::aws::wire::{Body, pick};

const COVERS: [&str; 4] = ["DataType", "Name", "Type", "Value"];
const METADATA: [&str; 3] = ["AllowedPattern", "Description", "Tier"];

pub(super) async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    let client = aws_sdk_ssm::Client::new(config);
    let name = wanted.physical_id.as_str();
    let body = Body::default();
    let call = client.get_parameter().name(name).customize().interceptor(body.clone());
    let answer = body.json("get the parameter", name, call.send().await)?;
    let mut reading = Reading::new(pick(&answer["Parameter"], &COVERS), &COVERS);

    match metadata(&client, name).await {
        Ok(metadata) => METADATA.iter().for_each(|key| reading.set(key, metadata.get(*key).cloned())),
        Err(error) => METADATA.iter().for_each(|key| reading.unread(format!("/{key}"), error.with_hint())),
    }
    reading.set_or_unread("Tags", tags(&client, name).await);
    Ok(reading.done())
}

/// What `GetParameter` leaves out.
async fn metadata(client: &aws_sdk_ssm::Client, name: &str) -> Result<Json, CloudError> {
    let attempted = "describe the parameter";
    let filter = ParameterStringFilter::builder().key("Name").option("Equals").values(name).build();
    let filter = filter.map_err(|error| CloudError::refused(attempted, name, error.to_string()))?;
    let body = Body::default();
    let call = client.describe_parameters().parameter_filters(filter).customize().interceptor(body.clone());
    let mut answer = body.json(attempted, name, call.send().await)?;
    Ok(answer["Parameters"].get_mut(0).map(Json::take).unwrap_or_default())
}

/// The tags of this type are a map.
async fn tags(client: &aws_sdk_ssm::Client, name: &str) -> Result<Option<Json>, CloudError> {
    let call = client.list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter).resource_id(name);
    let answer = call.send().await.map_err(|error| failed("list the tags of the parameter", name, error))?;
    let tags = answer.tag_list().iter().map(|tag| (tag.key().to_owned(), tag.value().into()));
    Ok(Some(tags.collect::<Map<_, _>>().into()))
}
