use proptest::prelude::*;

use super::*;
use crate::source::memory::Memory;

const TEMPLATE: &str = "AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Job: {Type: AWS::KinesisAnalyticsV2::Application, Properties: {RuntimeEnvironment: FLINK-1_20}}
";

fn code(files: &[(&str, &str)]) -> Code {
    let lifted = crate::template::lift(&SourceFile::new("app/template.yaml", TEMPLATE));
    let desired = crate::desired::Desired { stacks: vec![lifted.stack], ..crate::desired::Desired::default() };
    let files = Memory::of(files);
    System::new(&desired, None, &files).code().clone()
}

fn dependency(artifact: &str, version: &str) -> String {
    format!("<dependency><groupId>org.apache.flink</groupId><artifactId>{artifact}</artifactId>{version}</dependency>")
}

fn pom(inside: &str) -> String {
    let flink = dependency("flink-streaming-java", "<version>1.20.1</version>");
    format!("<project><dependencies>{flink}</dependencies>{inside}</project>")
}

fn plugin(configuration: &str) -> String {
    format!(
        "<plugins><plugin><artifactId>maven-compiler-plugin</artifactId><configuration>{configuration}</configuration></plugin></plugins>"
    )
}

#[test]
fn maven_tells_the_java_in_several_ways() {
    let properties = |text: &str| format!("<properties>{text}</properties>");
    let build = |text: &str| format!("<build>{}</build>", plugin(text));
    for (inside, expected) in [
        (properties("<maven.compiler.release> 17 </maven.compiler.release>"), Some(17)),
        (properties("<maven.compiler.target>1.8</maven.compiler.target>"), Some(8)),
        (properties("<j>17</j><maven.compiler.target>${j}</maven.compiler.target>"), Some(17)),
        (properties("<maven.compiler.target>${j}</maven.compiler.target>"), None),
        (properties("<maven.compiler.target>${maven.compiler.target}</maven.compiler.target>"), None),
        (properties("<java.version>17</java.version>"), None),
        (
            properties("<java.version>17</java.version>")
                + "<parent><artifactId>spring-boot-starter-parent</artifactId></parent>",
            Some(17),
        ),
        (build("<release>21</release><target>11</target>"), Some(21)),
        (properties("<j>11</j>") + &build("<source>8</source><target>${j}</target>"), Some(11)),
        (format!("<build><pluginManagement>{}</pluginManagement></build>", plugin("<release>17</release>")), Some(17)),
        (format!("<profiles><profile>{}</profile></profiles>", build("<release>17</release>")), None),
        (String::new(), None),
    ] {
        let found = code(&[("pom.xml", &pom(&inside))]);
        assert_eq!(found.build.unwrap().java.map(|java| java.value), expected, "{inside}");
    }
}

#[test]
fn a_version_is_found_where_it_is_written() {
    let inside = "<properties><flink.version>1.19.1</flink.version></properties><dependencyManagement><dependencies>"
        .to_owned()
        + &dependency("flink-clients", "<version>${flink.version}</version>")
        + "</dependencies></dependencyManagement>";
    let text = format!("<project>{inside}<dependencies>{}</dependencies></project>", dependency("flink-clients", ""));
    let build = code(&[("pom.xml", &text)]).build.unwrap();
    let [found] = build.dependencies.as_slice() else { panic!("{build:?}") };
    assert_eq!(found.value, Dependency { artifact: "flink-clients".to_owned(), version: "1.19.1".to_owned() });
    assert_eq!((found.span.path(), found.span.text()), ("app/pom.xml", "1.19.1"));
}

#[test]
fn a_module_has_what_its_parent_says() {
    let root = "<project><packaging>pom</packaging><modules><module>job</module><module>lib</module></modules>
        <properties><maven.compiler.release>17</maven.compiler.release></properties></project>";
    let files = [("pom.xml", root), ("job/pom.xml", &pom("")), ("lib/pom.xml", "<project/>")];
    assert_eq!(code(&files).build.unwrap().java.map(|java| java.value), Some(17));
    let two = [("pom.xml", root), ("job/pom.xml", &pom("")), ("lib/pom.xml", &pom(""))];
    assert!(code(&two).build.is_none());
}

#[test]
fn what_is_no_pom_is_passed_over() {
    let deep = "<a>".repeat(100_000);
    for text in ["", "<project", "<html/>", "<!DOCTYPE a [<!ENTITY b \"c\">]><project/>", &deep] {
        assert!(code(&[("pom.xml", text)]).build.is_none());
    }
}

#[test]
fn gradle_tells_the_java_in_several_ways() {
    let flink = "dependencies { implementation 'org.apache.flink:flink-streaming-java:1.20.1' }\n";
    for (text, expected) in [
        ("sourceCompatibility = '17'", Some(17)),
        ("sourceCompatibility = JavaVersion.VERSION_1_8", Some(8)),
        (
            "java { targetCompatibility = JavaVersion.VERSION_11\n sourceCompatibility = JavaVersion.VERSION_17 }",
            Some(11),
        ),
        ("targetCompatibility 1.8", Some(8)),
        ("java { toolchain { languageVersion = JavaLanguageVersion.of(17) } }", Some(17)),
        (
            "java { toolchain { languageVersion.set(JavaLanguageVersion.of(17)) } }\ntasks.withType(JavaCompile) { options.release.set(11) }",
            Some(11),
        ),
        ("compileJava { options.release = 11 }", Some(11)),
        ("// sourceCompatibility = '17'", None),
        ("sourceCompatibility = javaVersion", None),
    ] {
        let found = code(&[("build.gradle", &format!("{flink}{text}\n"))]);
        assert_eq!(found.build.unwrap().java.map(|java| java.value), expected, "{text}");
    }
    let kotlin = "val flinkVersion = \"1.19.1\"\ndependencies {\n    compileOnly(\"org.apache.flink:flink-clients:$flinkVersion\")\n    testImplementation(\"org.apache.flink:flink-test-utils:1.18.0\")\n}\n";
    let build = code(&[("build.gradle.kts", kotlin)]).build.unwrap();
    let versions: Vec<_> = build.dependencies.iter().map(|it| it.version.as_str()).collect();
    assert_eq!(versions, ["1.19.1"]);
}

#[test]
fn python_states_its_flink() {
    let python = |text: &str| code(&[("requirements.txt", text)]).python.map(|it| it.span.text().to_owned());
    assert_eq!(python("boto3\napache-flink==1.19.1  # pinned\n").as_deref(), Some("1.19.1"));
    assert_eq!(python("apache-flink ~= 1.20.0\n").as_deref(), Some("1.20.0"));
    assert_eq!(python("apache-flink>=1.19\napache-flink-libraries==1.19.1\n"), None);
}

fn java(body: &str) -> Vec<String> {
    let class = format!("class Job {{ public static void main(String[] args) {{ {body} }} }}");
    let found = code(&[("pom.xml", &pom("")), ("src/main/java/com/acme/Job.java", &class)]);
    found.groups.into_iter().map(|group| group.value).collect()
}

#[test]
fn a_java_program_asks_for_groups() {
    let all = "Map<String, Properties> all = KinesisAnalyticsRuntime.getApplicationProperties();";
    for (body, expected) in [
        ("Properties p = all.get(\"input\");", &["input"] as &[_]),
        ("final String IN = \"input\"; open(all.get(IN));", &["input"]),
        ("Properties p = all.get(\"input\"); if (p == null) { throw new RuntimeException(\"no group\"); }", &["input"]),
        ("Properties p = all.get(\"input\"); if (p == null) p = new Properties();", &[]),
        ("Properties p = all.get(\"input\"); if (p != null) use(p);", &[]),
        ("Properties p = all.getOrDefault(\"input\", none);", &[]),
        ("if (all.containsKey(\"input\")) use(all.get(\"input\"));", &[]),
        ("Optional.ofNullable(all.get(\"input\"));", &[]),
        ("if (all.isEmpty()) all = mine(); use(all.get(\"input\"));", &[]),
        ("all.put(\"input\", none); use(all.get(\"input\"));", &[]),
        ("// all.get(\"input\");", &[]),
        ("use(all.get(args[0])); use(all.get(name)); use(\"all.get(input)\");", &[]),
        ("String s = other.get(\"input\");", &[]),
    ] {
        assert_eq!(java(&format!("{all} {body}")), expected, "{body}");
    }
    assert_eq!(java("use(KinesisAnalyticsRuntime.getApplicationProperties().get(\"input\"));"), ["input"]);
    assert!(java("Map<String, Properties> all = load(); all.get(\"input\");").is_empty());
}

#[test]
fn of_several_programs_nobody_knows_which_one_runs() {
    let class = "void main() { KinesisAnalyticsRuntime.getApplicationProperties().get(\"input\"); }";
    let one = [("pom.xml", &*pom("")), ("src/main/java/A.java", class)];
    assert_eq!(code(&one).groups.len(), 1);
    assert!(code(&[one[0], one[1], ("src/main/java/b/B.java", class)]).groups.is_empty());
}

#[test]
fn a_python_program_asks_for_groups() {
    let finder = "def property_map(props, group):\n    for prop in props:\n        if prop[\"PropertyGroupId\"] == group:\n            return prop[\"PropertyMap\"]\n";
    let groups = |text: &str| {
        let found = code(&[("main.py", &format!("{finder}{text}"))]);
        found.groups.into_iter().map(|group| group.value).collect::<Vec<_>>()
    };
    assert_eq!(groups("a = property_map(props, \"input\")\n"), ["input"]);
    assert_eq!(groups("KEY = \"input\"\na = property_map(props, KEY)\n"), ["input"]);
    let typed = finder.replace("(props, group)", "(props: dict, group: str) -> dict");
    let found = code(&[("main.py", &(typed + "a = property_map(props, 'input')\n"))]);
    assert_eq!(found.groups.len(), 1);
    assert!(groups("a = property_map(props, keys[0])\nb = get(props, \"input\")\n").is_empty());
}

/// Pieces of which programs and builds are made, and of which they are made badly.
const PIECES: &[&str] = &[
    "<project>",
    "</project>",
    "<properties>",
    "<a>",
    "${a}",
    "${",
    "}",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "/*",
    "*/",
    "//",
    "#",
    "é",
    "\n",
    " ",
    "getApplicationProperties",
    "Map<String, Properties> all",
    ".get(",
    ")",
    "=",
    "def f(a, b)",
    "[\"PropertyGroupId\"] == b",
    ":",
    "f(a, ",
    "options.release",
    "targetCompatibility",
    "JavaVersion.VERSION_",
    "1",
    "org.apache.flink:a:",
    "$",
    "apache-flink==",
];

proptest! {
    #[test]
    fn nothing_beside_a_file_is_too_odd(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let text = pieces.concat();
        for name in ["pom.xml", "build.gradle", "requirements.txt", "main.py"] {
            let found = code(&[(name, &text)]);
            let spans = found.groups.iter().map(|it| &it.span).chain(found.python.iter().map(|it| &it.span));
            for span in spans {
                prop_assert!(text.get(span.start..span.end).is_some());
            }
        }
        let class = format!("getApplicationProperties {text}");
        code(&[("pom.xml", &pom("")), ("src/main/java/A.java", &class)]);
    }
}
