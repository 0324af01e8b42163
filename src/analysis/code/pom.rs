//! A `pom.xml` of Maven: the Java that it compiles for, and the parts of Flink that it names.
//!
//! Profiles, and parents that are not in the same folder, are not read: what they may set is unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use roxmltree::{Document, Node, ParsingOptions};

use super::{Build, Dependency, java_level};
use crate::source::{Located, SourceFile, Span};

/// How many levels of elements and how many elements are read.
const MAX_DEPTH: usize = 64;
const MAX_NODES: u32 = 20_000;

/// How often a property is looked up that leads to another.
const MAX_STEPS: usize = 8;

const FLINK: &str = "org.apache.flink";
const COMPILER: &str = "maven-compiler-plugin";

/// What a file says, before its properties are written out.
#[derive(Clone, Debug, Default)]
pub(super) struct Pom {
    pub modules: Vec<String>,
    properties: BTreeMap<String, Located<String>>,
    /// Artifact and version of what is managed for all modules.
    managed: Vec<(String, Located<String>)>,
    dependencies: Vec<(String, Option<Located<String>>)>,
    /// Of the compiler's plugin.
    release: Option<Located<String>>,
    target: Option<Located<String>>,
    has_spring_parent: bool,
}

impl Pom {
    pub fn read(file: &Arc<SourceFile>) -> Option<Self> {
        if !is_shallow(file.text()) {
            return None;
        }
        let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(file.text(), options).ok()?;
        let project = document.root_element();
        if project.tag_name().name() != "project" {
            return None;
        }
        let mut pom = Self::default();
        for property in children(project, "properties").flat_map(elements) {
            if let Some(value) = located(property, file) {
                pom.properties.insert(property.tag_name().name().to_owned(), value);
            }
        }
        let modules = children(project, "modules").flat_map(|it| children(it, "module"));
        pom.modules = modules.filter_map(|module| module.text()).map(|text| text.trim().to_owned()).collect();
        let parent = children(project, "parent").find_map(|it| text_of(it, "artifactId"));
        pom.has_spring_parent = parent == Some("spring-boot-starter-parent");
        for (artifact, version) in dependencies(project, file) {
            pom.dependencies.push((artifact, version));
        }
        for managed in children(project, "dependencyManagement") {
            let named = dependencies(managed, file);
            pom.managed.extend(named.filter_map(|(artifact, version)| Some((artifact, version?))));
        }
        for build in children(project, "build") {
            let direct = children(build, "plugins");
            let managed = children(build, "pluginManagement").flat_map(|it| children(it, "plugins"));
            let plugins = managed.chain(direct).flat_map(|it| children(it, "plugin"));
            for plugin in plugins.filter(|plugin| text_of(*plugin, "artifactId") == Some(COMPILER)) {
                for configuration in children(plugin, "configuration") {
                    let setting = |name| children(configuration, name).find_map(|node| located(node, file));
                    pom.release = setting("release").or(pom.release);
                    pom.target = setting("target").or(pom.target);
                }
            }
        }
        Some(pom)
    }

    /// This file with what it inherits from its parent.
    pub fn under(mut self, parent: &Pom) -> Self {
        for (name, value) in &parent.properties {
            self.properties.entry(name.clone()).or_insert_with(|| value.clone());
        }
        self.managed.extend(parent.managed.iter().cloned());
        self.dependencies.extend(parent.dependencies.iter().cloned());
        self.release = self.release.or_else(|| parent.release.clone());
        self.target = self.target.or_else(|| parent.target.clone());
        self.has_spring_parent |= parent.has_spring_parent;
        self
    }

    pub fn build(&self) -> Build {
        let named = self.dependencies.iter().filter_map(|(artifact, version)| {
            let managed = self.managed.iter().find(|(it, _)| it == artifact).map(|(_, version)| version);
            let version = self.resolve(version.as_ref().or(managed)?)?;
            Some(Located::new(Dependency { artifact: artifact.clone(), version: version.value }, version.span))
        });
        Build { java: self.java(), dependencies: named.collect() }
    }

    /// The level of the class files. Maven passes `release` to the compiler, and `target` where there is none.
    fn java(&self) -> Option<Located<u64>> {
        let property = |name: &str| self.properties.get(name);
        let spring = property("java.version").filter(|_| self.has_spring_parent);
        let release = self.release.as_ref().or_else(|| property("maven.compiler.release"));
        let target = self.target.as_ref().or_else(|| property("maven.compiler.target"));
        let level = self.resolve(release.or(target).or(spring)?)?;
        Some(Located::new(java_level(&level.value)?, level.span))
    }

    /// A text with its properties written out, and the place where the text is that decides.
    fn resolve(&self, text: &Located<String>) -> Option<Located<String>> {
        let mut text = text.clone();
        for _ in 0..MAX_STEPS {
            let Some((before, rest)) = text.value.split_once("${") else { return Some(text) };
            let (name, after) = rest.split_once('}')?;
            let value = self.properties.get(name)?;
            let is_whole = before.is_empty() && after.is_empty();
            let span = if is_whole { value.span.clone() } else { text.span.clone() };
            text = Located::new(format!("{before}{}{after}", value.value), span);
        }
        None
    }
}

fn elements<'d, 'i>(node: Node<'d, 'i>) -> impl Iterator<Item = Node<'d, 'i>> {
    node.children().filter(Node::is_element)
}

fn children<'d, 'i>(node: Node<'d, 'i>, name: &'static str) -> impl Iterator<Item = Node<'d, 'i>> {
    elements(node).filter(move |child| child.tag_name().name() == name)
}

fn text_of<'d>(node: Node<'d, '_>, name: &'static str) -> Option<&'d str> {
    children(node, name).find_map(|child| child.text()).map(str::trim)
}

/// The text of an element and where it is.
fn located(node: Node<'_, '_>, file: &Arc<SourceFile>) -> Option<Located<String>> {
    let inside = node.children().find(Node::is_text)?;
    let text = inside.text()?;
    let start = inside.range().start + text.len() - text.trim_start().len();
    let text = text.trim();
    let span = Span::new(file, start, start + text.len());
    // A text with character references is longer in the file.
    let span = if span.text() == text { span } else { Span::new(file, inside.range().start, inside.range().end) };
    (!text.is_empty()).then(|| Located::new(text.to_owned(), span))
}

/// Artifact and version of each part of Flink.
fn dependencies<'d>(
    node: Node<'d, '_>,
    file: &Arc<SourceFile>,
) -> impl Iterator<Item = (String, Option<Located<String>>)> {
    let all = children(node, "dependencies").flat_map(|it| children(it, "dependency"));
    let flink = all.filter(|it| text_of(*it, "groupId") == Some(FLINK) && text_of(*it, "scope") != Some("test"));
    flink.filter_map(|it| {
        let version = children(it, "version").find_map(|version| located(version, file));
        Some((text_of(it, "artifactId")?.to_owned(), version))
    })
}

/// Whether the parser can read this without exhausting the stack.
fn is_shallow(text: &str) -> bool {
    let mut depth = 0_usize;
    for part in text.split('<').skip(1) {
        match part.as_bytes().first() {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') => {}
            _ if part.split('>').next().is_some_and(|tag| tag.ends_with('/')) => {}
            _ => depth += 1,
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}
