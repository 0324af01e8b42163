//! The buildspec of each build as a file: the text that its project carries, for reviews and for tools that read it.

use crate::artifact::{Artifact, Mapping};
use crate::desired::Desired;

pub fn artifacts(desired: &Desired, header: &str) -> Vec<Artifact> {
    let resources = desired.stacks.iter().flat_map(|stack| stack.resources.values());
    resources
        .filter(|resource| resource.resource_type == "AWS::CodeBuild::Project")
        .filter_map(|resource| {
            let name = resource.properties.get("Name")?.as_text()?;
            let spec = resource.properties.at("/Source/BuildSpec")?;
            // A text of one line is the path of a buildspec in the repository.
            let text = spec.as_text().filter(|text| text.contains('\n'))?;
            let text = format!("# {header}\n{text}");
            let mappings = vec![Mapping { pointer: String::new(), line: 1, origin: spec.origin.clone() }];
            Some(Artifact { path: format!("buildspecs/{name}.yaml"), text, mappings })
        })
        .collect()
}
