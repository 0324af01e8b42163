//! The hooks, run by the real pre-commit in a repository of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{python, root};

/// A repository that uses the hooks of this one with the program of this build.
struct Repository {
    folder: tempfile::TempDir,
    path: std::ffi::OsString,
}

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program = PathBuf::from(env!("CARGO_BIN_EXE_tidegate"));
        let bin = program.parent().expect("the program is in a folder");
        let mut path = vec![bin.to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let repository = Self { folder, path: std::env::join_paths(path).expect("a search path") };
        // The hooks as pre-commit reads them, from a repository with a revision, as it wants them.
        let hooks = repository.folder.path().join("hooks");
        fs::create_dir(&hooks).expect("a folder");
        fs::copy(root().join(".pre-commit-hooks.yaml"), hooks.join(".pre-commit-hooks.yaml")).expect("the hooks");
        repository.git(&hooks, &["init", "--quiet"]);
        repository.git(&hooks, &["add", "--all"]);
        repository.git(&hooks, &["commit", "--quiet", "--message", "hooks"]);
        let revision = String::from_utf8(repository.git(&hooks, &["rev-parse", "HEAD"]).stdout).expect("a digest");
        let work = repository.work();
        fs::create_dir(&work).expect("a folder");
        repository.git(&work, &["init", "--quiet"]);
        let config = format!(
            "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n      - id: tidegate-validate-system\n      - id: tidegate-render-system\n      - id: tidegate-check-system\n",
            hooks.display(),
            revision.trim()
        );
        repository.write(".pre-commit-config.yaml", &config);
        repository
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
        self.git(&self.work(), &["add", "--all"]);
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("PATH", &self.path).env("PRE_COMMIT_HOME", self.folder.path().join("cache"));
        for (name, value) in [("NAME", "tidegate"), ("EMAIL", "tests@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE");
        command
    }

    fn git(&self, folder: &Path, arguments: &[&str]) -> Output {
        let output = self.command("git", folder).args(arguments).output().expect("git starts");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Runs one hook over all files: whether it passed, and what it said.
    fn hook(&self, id: &str) -> (bool, String) {
        let mut command = self.command(python::program("pre-commit"), &self.work());
        let output = command.args(["run", "--all-files", "--color", "never", id]).output().expect("pre-commit starts");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

const GOOD: &str = "tidegate: 1\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\ntopics:\n  alerts: {subscribe: [ops@acme.example]}\n";

#[test]
fn validate_finds_mistakes_in_all_kinds_of_files_and_passes_over_the_rest() {
    let repository = Repository::new();
    repository.write("pipeline.yaml", GOOD);
    repository.write(".github/workflows/ci.yaml", "on: push\njobs: {}\n");
    repository.write("package.json", "{\"name\": \"trips\"}\n");
    let (passed, said) = repository.hook("tidegate-validate-system");
    assert!(passed, "{said}");
    let stream = "Resources:\n  Trips:\n    Type: AWS::Kinesis::Stream\n    Properties:\n      ShardCount: 4\n      StreamModeDetails: {StreamMode: ON_DEMAND}\n";
    repository.write("infra/streams.yaml", stream);
    let (passed, said) = repository.hook("tidegate-validate-system");
    assert!(!passed && said.contains("kinesis/shards-of-on-demand-stream"), "{said}");
    assert!(said.contains("infra/streams.yaml:5:7"), "{said}");
}

#[test]
fn render_stops_the_commit_that_it_changed_and_check_sees_what_is_stale() {
    let repository = Repository::new();
    repository.write("pipeline.yaml", GOOD);
    let (passed, said) = repository.hook("tidegate-check-system");
    assert!(!passed, "nothing is generated yet: {said}");
    let (passed, said) = repository.hook("tidegate-render-system");
    assert!(passed, "new files are no change of committed ones: {said}");
    assert!(repository.work().join("generated/trips/SHA256SUMS").exists(), "nothing was written");
    repository.git(&repository.work(), &["add", "--all"]);
    assert!(repository.hook("tidegate-check-system").0);
    repository.write("pipeline.yaml", &GOOD.replace("ops@", "duty@"));
    let (passed, said) = repository.hook("tidegate-check-system");
    assert!(!passed, "{said}");
    let (passed, said) = repository.hook("tidegate-render-system");
    assert!(!passed && said.contains("files were modified by this hook"), "{said}");
    repository.git(&repository.work(), &["add", "--all"]);
    assert!(repository.hook("tidegate-render-system").0);
    assert!(repository.hook("tidegate-check-system").0);
}
