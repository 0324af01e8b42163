//! What the application code beside the checked file asks for: a Java, a Flink, connectors, property groups.
//!
//! The code is looked for in the folder of the file and in the folders that its builds change to. It is read as text:
//! no build tool is run, and what only a build tool could tell is unknown.

mod gradle;
mod groups;
mod pom;
mod tokens;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::pom::Pom;
use super::value::look;
use super::wiring::APPLICATION;
use super::{Site, System};
use crate::desired::Value;
use crate::facts::flink::{Kind, Runtime};
use crate::source::{Files, Located, SourceFile};

/// The most bytes of a file that are read, and the most files and folders of programs.
const MAX_BYTES: usize = 256 * 1024;
const MAX_FILES: usize = 400;
const MAX_FOLDERS: usize = 200;

/// What a build tool is told.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// The version of the class files, 8 or greater.
    pub java: Option<Located<u64>>,
    /// The parts of Flink that it compiles against or puts into the JAR, with known versions.
    pub dependencies: Vec<Located<Dependency>>,
}

/// A part of Flink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// `flink-streaming-java`
    pub artifact: String,
    /// `1.20.1`, or `5.0.0-1.20` for a connector.
    pub version: String,
}

/// What was found beside the file.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// The one build of a Flink application; `None` also when there are several.
    pub build: Option<Build>,
    /// The `apache-flink` of a `requirements.txt`, `1.20.1`.
    pub python: Option<Located<String>>,
    /// The property groups that the program cannot do without.
    pub groups: Vec<Located<String>>,
}

/// An application with the runtime that it has.
pub struct Running<'a> {
    pub site: Site<'a>,
    pub runtime: Runtime,
    pub value: &'a Value,
}

impl<'a> System<'a> {
    /// The code beside the file; nothing for a file without applications.
    pub fn code(&self) -> &Code {
        self.code.get_or_init(|| match self.of_type(APPLICATION).next() {
            Some(site) => Reader { files: self.files, beside: folder_of(site.resource.origin.span.path()) }.read(self),
            None => Code::default(),
        })
    }

    /// The application that the code beside the file surely belongs to: the only one, or one of several with the same
    /// runtime.
    pub fn running(&self) -> Option<Running<'a>> {
        let mut found: Option<Running<'a>> = None;
        for site in self.of_type(APPLICATION) {
            let value = look(&site.resource.properties, "/RuntimeEnvironment").found()?;
            let runtime = Runtime::get(&super::value::text(value)?).filter(|runtime| runtime.kind() == Kind::Flink)?;
            match &found {
                Some(first) if first.runtime.environment != runtime.environment => return None,
                Some(_) => {}
                None => found = Some(Running { site, runtime, value }),
            }
        }
        found
    }
}

/// A version of Java as build files write it: `1.8`, `11`.
fn java_level(text: &str) -> Option<u64> {
    text.strip_prefix("1.").unwrap_or(text).parse().ok()
}

/// The folder of a path, with `/` at its end, as users see it.
fn folder_of(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..=at])
}

struct Reader<'f> {
    files: &'f dyn Files,
    /// How users see the folder of the checked file.
    beside: &'f str,
}

impl Reader<'_> {
    fn read(&self, system: &System<'_>) -> Code {
        let mut code = Code::default();
        let mut builds = Vec::new();
        let mut programs = Vec::new();
        for folder in folders(system) {
            builds.extend(self.builds(&folder));
            programs.extend(self.python_programs(&folder));
            code.python = code.python.or_else(|| self.requirement(&folder));
        }
        builds.retain(|(_, build)| !build.dependencies.is_empty());
        if let [(folder, build)] = builds.as_slice() {
            code.build = Some(build.clone());
            programs.push(self.java_groups(folder));
        }
        programs.retain(|groups| !groups.is_empty());
        // Of several programs it is not known which one runs.
        if let [groups] = programs.as_slice() {
            code.groups.clone_from(groups);
        }
        code
    }

    /// A file below the folder of the checked file.
    fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
        let text = self.files.read(path).filter(|text| text.len() <= MAX_BYTES)?;
        Some(SourceFile::new(format!("{}{path}", self.beside), text))
    }

    /// The builds of a folder and, for Maven, of its modules, with their folders.
    fn builds(&self, folder: &str) -> Vec<(String, Build)> {
        let mut gradle = ["build.gradle", "build.gradle.kts"].iter();
        let gradle = gradle.find_map(|name| self.file(&join(folder, name))).map(|file| gradle::read(&file));
        let Some(pom) = self.pom(folder) else {
            return gradle.into_iter().map(|build| (folder.to_owned(), build)).collect();
        };
        if pom.modules.is_empty() {
            return vec![(folder.to_owned(), pom.build())];
        }
        let modules = pom.modules.iter().take(MAX_FOLDERS).filter_map(|module| {
            let folder = join(folder, module);
            let module = self.pom(&folder)?.under(&pom);
            Some((folder, module.build()))
        });
        modules.collect()
    }

    fn pom(&self, folder: &str) -> Option<Pom> {
        Pom::read(&self.file(&join(folder, "pom.xml"))?)
    }

    /// The groups of the Java program in a folder; none when there are several with a `main`.
    fn java_groups(&self, folder: &str) -> Vec<Located<String>> {
        let mut folders = vec![join(folder, "src/main/java")];
        let (mut programs, mut groups) = (0, Vec::new());
        let (mut files_read, mut at) = (0, 0);
        while let Some(folder) = folders.get(at).cloned().filter(|_| at < MAX_FOLDERS) {
            at += 1;
            for name in self.files.list(&folder).unwrap_or_default().iter().filter(|name| name.ends_with(".java")) {
                files_read += 1;
                if files_read > MAX_FILES {
                    return Vec::new();
                }
                let Some(file) = self.file(&join(&folder, name)) else { continue };
                programs += usize::from(file.text().contains("void main("));
                groups.extend(groups::of_java(&file));
            }
            folders.extend(self.files.folders(&folder).iter().map(|name| join(&folder, name)));
        }
        if programs > 1 { Vec::new() } else { groups }
    }

    /// The groups of each Python program of a folder.
    fn python_programs(&self, folder: &str) -> Vec<Vec<Located<String>>> {
        let names = self.files.list(if folder.is_empty() { "." } else { folder }).unwrap_or_default();
        let programs = names.iter().filter(|name| name.ends_with(".py")).take(MAX_FILES);
        programs.filter_map(|name| Some(groups::of_python(&self.file(&join(folder, name))?))).collect()
    }

    /// `apache-flink==1.20.1`
    fn requirement(&self, folder: &str) -> Option<Located<String>> {
        let file = self.file(&join(folder, "requirements.txt"))?;
        let mut start = 0;
        for line in file.text().split_inclusive('\n') {
            let stated = line.split(['#', ';']).next().unwrap_or_default();
            let version = stated.strip_prefix("apache-flink").and_then(|rest| {
                let rest = rest.trim_start();
                rest.strip_prefix("==").or_else(|| rest.strip_prefix("~="))
            });
            if let Some(version) = version.map(str::trim) {
                let at = start + line.find(version).unwrap_or_default();
                let span = crate::source::Span::new(&file, at, at + version.len());
                return Some(Located::new(version.to_owned(), span));
            }
            start += line.len();
        }
        None
    }
}

/// The folder of the file, and those below it that a build changes to.
fn folders(system: &System<'_>) -> BTreeSet<String> {
    let commands = system.buildspecs().iter().flat_map(|buildspec| &buildspec.commands);
    let calls = commands.filter_map(|command| command.script.as_ref()).flat_map(|script| &script.calls);
    let changes = calls.filter(|call| call.is("cd")).filter_map(|call| call.words().next());
    let below = changes.map(|folder| folder.trim_start_matches("./").trim_end_matches('/'));
    let safe = below.filter(|folder| !folder.starts_with('/') && !folder.split('/').any(|part| part == ".."));
    safe.map(str::to_owned).chain([String::new()]).collect()
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}
