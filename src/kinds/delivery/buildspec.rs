//! What a build runs.

use serde_json::json;

use super::builds::{self, Build, JavaTool, Python};
use crate::artifact::yaml;
use crate::desired::{Origin, Value};
use crate::model::Entry;

/// The folder, beside the sources, that the pipeline takes the result from.
const PUBLISHED: &str = "tidegate-published";

/// The buildspec of a build, as text.
pub(super) fn print(build: &Build, this: &Entry) -> String {
    let origin = Origin::authored(&this.name.span);
    let mut commands: Vec<String> = build.used().map(|used| expose(&used.name)).collect();
    if let Some(directory) = &build.directory {
        commands.push(format!("cd {}", quote(&directory.value.0)));
    }
    match (&build.commands, &build.java, &build.python) {
        (Some(authored), ..) => commands.extend(authored.value.iter().map(|command| command.value.0.clone())),
        (None, Some(java), _) => commands.push(match java.tool.as_ref().map_or(JavaTool::Maven, |tool| tool.value) {
            JavaTool::Maven => "mvn --batch-mode --no-transfer-progress clean package".to_owned(),
            JavaTool::Gradle => "./gradlew --no-daemon clean build".to_owned(),
        }),
        (None, None, Some(python)) => {
            let output = build.output.as_ref().map_or("application.zip", |output| &output.value.0);
            commands.extend(package(python, output));
        }
        (None, None, None) => {}
    }
    let runtime = match (&build.java, &build.python) {
        (Some(java), _) => Some(json!({ "java": format!("corretto{}", java.jdk.0) })),
        (None, Some(python)) => Some(json!({ "python": python.version.text })),
        (None, None) => None,
    };
    let jdk = build.java.as_ref().map(|java| java.jdk.0);
    let publishing = build.output.as_ref().map(|output| publish(&output.value.0, &this.name.value, jdk));
    if let Some(publishing) = &publishing {
        commands.push(publishing.clone());
    }
    let artifacts = build.output.as_ref().map(|_| {
        let directory =
            build.directory.as_ref().map(|directory| format!("{}/", directory.value.0.trim_end_matches('/')));
        json!({ "base-directory": format!("{}{PUBLISHED}", directory.unwrap_or_default()), "files": ["**/*"] })
    });
    let published = publishing.iter().flat_map(|_| ["KEY", "SHA256"]);
    let own = build.exports.iter().flat_map(|exports| &exports.value.0).map(|name| name.text.as_str());
    let exported: Vec<&str> = published.chain(own).collect();
    let reports: serde_json::Map<_, _> = build
        .reports
        .iter()
        .flat_map(|reports| &reports.entries)
        .map(|(name, files)| {
            let folder = build.directory.as_ref().map(|directory| json!({ "base-directory": directory.value.0 }));
            let mut report = folder.unwrap_or_else(|| json!({}));
            report["files"] = json!([files.value.0]);
            report["file-format"] = json!("JUNITXML");
            (name.value.clone(), report)
        })
        .collect();
    let cached = build.cache.as_ref().map(|cache| {
        let paths: Vec<&str> = cache.value.0.iter().map(|path| path.value.0.as_str()).collect();
        json!({ "paths": paths })
    });
    // Publishing is the last command of the phase `build`: in `post_build` it would run after a failed build as well.
    let document = json!({
        "version": "0.2",
        "env": {
            "shell": "bash",
            "exported-variables": (!exported.is_empty()).then_some(exported),
        },
        "phases": {
            "install": runtime.map(|runtime| json!({ "runtime-versions": runtime })),
            "build": { "commands": commands },
        },
        "reports": (!reports.is_empty()).then_some(reports),
        "artifacts": artifacts,
        "cache": cached,
    });
    yaml::print(&Value::from_json(document, &origin), None).text
}

/// CodeBuild says by the artifact's name where another build's result lies; the shell gets to know it by the build's.
fn expose(build: &str) -> String {
    let variable = build.replace('-', "_").to_uppercase();
    format!("export BUILD_{variable}=\"$CODEBUILD_SRC_DIR_{}\"", builds::artifact(build))
}

/// Finds the one file, and uploads it under a key that contains its digest, with what it was made from and for.
fn publish(pattern: &str, name: &str, jdk: Option<i64>) -> String {
    let java = jdk.map_or_else(String::new, |jdk| format!(",java={jdk}"));
    let extension =
        pattern.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("", |(_, extension)| extension);
    let suffix = if extension.is_empty() { String::new() } else { format!(".{extension}") };
    format!(
        r#"files=()
for file in {pattern}; do
  case "${{file##*/}}" in
    original-* | *-sources.jar | *-javadoc.jar) ;;
    *) if [ -f "$file" ]; then files+=("$file"); fi ;;
  esac
done
if [ "${{#files[@]}}" -ne 1 ]; then
  echo "one file must match {pattern}, but these do: ${{files[*]:-none}}" >&2
  exit 1
fi
SHA256=$(sha256sum "${{files[0]}}" | cut -d " " -f 1) || exit 1
KEY="builds/{name}/$SHA256/{name}{suffix}"
aws s3 cp --no-progress --metadata "sha256=$SHA256,commit=${{CODEBUILD_RESOLVED_SOURCE_VERSION:-unknown}}{java}" "${{files[0]}}" "s3://$PUBLISHED_BUCKET/$KEY" || exit 1
mkdir -p {PUBLISHED} && cp "${{files[0]}}" "{PUBLISHED}/{name}{suffix}" || exit 1
export KEY SHA256
"#
    )
}

/// Packages a Python application so that equal inputs give equal bytes.
fn package(python: &Python, output: &str) -> Vec<String> {
    let requirements = python.requirements.as_ref().map_or("requirements.txt", |path| &path.value.0);
    let mut commands = vec![format!(
        "if [ -s {file} ]; then pip install --quiet --requirement {file} --target dependencies; fi",
        file = quote(requirements),
    )];
    if let Some(connector) = &python.connector {
        let coordinates = &connector.text;
        commands.push(format!(
            "mvn --batch-mode --no-transfer-progress org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact={coordinates} -DoutputDirectory=lib"
        ));
    }
    commands.push("mkdir -p dependencies lib && find . -name __pycache__ -prune -exec rm -rf {} +".to_owned());
    commands
        .push("find . -path ./.git -prune -o -exec touch --no-dereference --date 1980-01-01T00:00:00Z {} +".to_owned());
    commands.push(format!(
        "find . \\( -path ./.git -o -path {output} \\) -prune -o -type f -print | LC_ALL=C sort | TZ=UTC zip --quiet --no-extra -@ {archive}",
        output = quote(&format!("./{output}")),
        archive = quote(output),
    ));
    commands
}

/// A word for the shell.
fn quote(word: &str) -> String {
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./=:@%+,".contains(&byte));
    if plain && !word.is_empty() { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
