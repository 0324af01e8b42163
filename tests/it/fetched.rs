//! Modules of Git repositories: fetched once, pinned by the lock, read offline.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::run::tidegate;

const HEAD: &str = "tidegate: 1\nname: taxi\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n";

fn stage(retention: &str) -> String {
    format!(
        "tidegate-module: 1\ndescription: A queue, and what empties it.\noutputs:\n  inbox: {{value: queues.inbox, \
         description: Where messages are put.}}\nqueues:\n  inbox: {{retention: {retention}}}\nfunctions:\n  load:\n    \
         runtime: python3.14\n    code: ${{{{ module.path }}}}/load.py\n    reads: [queues.inbox]\n"
    )
}

const LAKE: &str = "tidegate-module: 1\ndescription: A stage.\nmodules:\n  only: {from: ../stage}\noutputs:\n  inbox: {value: modules.only.inbox, description: Where messages are put.}\n";

/// A repository with modules, and a folder with a document that uses one.
struct Two {
    folder: tempfile::TempDir,
}

impl Two {
    fn new() -> Self {
        let two = Self { folder: tempfile::tempdir().expect("a folder") };
        fs::create_dir_all(two.system()).expect("a folder");
        two.git(&["init", "--quiet", "--initial-branch=main", "."]);
        two.module("sets/stage/module.yaml", &stage("7d"));
        two.module("sets/stage/load.py", "def handler(event, context):\n    return event\n");
        two.module("sets/lake/module.yaml", LAKE);
        two.commit("first");
        two.git(&["tag", "-a", "v1.0.0", "-m", "first"]);
        two
    }

    fn modules(&self) -> PathBuf {
        let path = self.folder.path().join("modules");
        fs::create_dir_all(&path).expect("a folder");
        path
    }

    fn system(&self) -> PathBuf {
        self.folder.path().join("system")
    }

    fn git(&self, arguments: &[&str]) -> String {
        let settings = ["-c", "user.name=test", "-c", "user.email=test@acme.example", "-c", "commit.gpgsign=false"];
        let mut git = Command::new("git");
        git.args(settings).args(arguments).current_dir(self.modules()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = git.output().expect("git starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn module(&self, path: &str, text: &str) {
        let path = self.modules().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "--quiet", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn document(&self, path: &str, revision: &str) {
        let url = format!("file://{}", self.modules().display());
        let text = format!(
            "{HEAD}modules:\n  orders: {{git: \"{url}\", path: {path}, revision: \"{revision}\"}}\nfunctions:\n  \
             producer:\n    runtime: python3.14\n    inline: \"def handler(event, context): return event\"\n    writes: \
             [modules.orders.inbox]\n"
        );
        fs::write(self.system().join("pipeline.yaml"), text).expect("a document");
    }

    /// Runs the program on the document, and gives what it says.
    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let ended = tidegate(arguments).within(&self.system()).run().exits(code);
        format!("{}{}", ended.stdout, ended.stderr)
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.system().join("pipeline.lock")).unwrap_or_default()
    }

    /// The file of a copy, by the end of its path.
    fn copy(&self, end: &str) -> PathBuf {
        fn search(folder: &Path, end: &str) -> Option<PathBuf> {
            let mut paths: Vec<PathBuf> = fs::read_dir(folder).ok()?.map(|it| it.expect("an entry").path()).collect();
            paths.sort();
            paths.into_iter().find_map(|path| match path.is_dir() {
                true => search(&path, end),
                false => path.ends_with(end).then_some(path),
            })
        }
        search(&self.system().join("vendor/modules"), end).unwrap_or_default()
    }
}

#[test]
fn a_module_is_fetched_once_and_read_offline() {
    let two = Two::new();
    two.document("sets/stage", "v1.0.0");
    let said = two.run(&["check"], 1);
    assert!(said.contains("modules/not-fetched") && said.contains("run `tidegate fetch`"), "{said}");
    let said = two.run(&["fetch"], 0);
    assert!(said.contains("sets/stage v1.0.0"), "{said}");
    fs::rename(two.modules(), two.folder.path().join("gone")).expect("another name");
    assert!(two.run(&["check", "."], 0).contains("pipeline.yaml checked: nothing"), "the copy is no file to check");
    two.run(&["render"], 0);
    assert!(two.run(&["fetch"], 0).is_empty(), "nothing is fetched twice");
    let template =
        fs::read_to_string(two.system().join("generated/taxi/application.template.yaml")).expect("a template");
    assert!(
        template.contains("OrdersInboxQueue:") && template.contains("MessageRetentionPeriod: 604800"),
        "{template}"
    );
    let sums = fs::read_to_string(two.system().join("generated/taxi/SHA256SUMS")).expect("digests");
    assert!(sums.contains("  pipeline.lock\n") && sums.contains("/v1.0.0/sets/stage/load.py\n"), "{sums}");
}

#[test]
fn the_lock_is_followed_until_it_is_updated() {
    let two = Two::new();
    let first = two.git(&["rev-parse", "HEAD"]);
    two.document("sets/stage", "main");
    two.run(&["fetch"], 0);
    assert!(two.lock().contains(&first), "{}", two.lock());
    two.module("sets/stage/module.yaml", &stage("3d"));
    let second = two.commit("second");
    fs::remove_dir_all(two.system().join("vendor")).expect("no copies");
    assert!(two.run(&["check"], 1).contains("modules/not-fetched"));
    two.run(&["fetch"], 0);
    assert!(two.lock().contains(&first) && !two.lock().contains(&second), "{}", two.lock());
    assert!(fs::read_to_string(two.copy("stage/module.yaml")).expect("the copy").contains("7d"));
    let said = two.run(&["update", "orders"], 0);
    assert!(said.contains(&format!("({}, was {})", &second[..12], &first[..12])), "{said}");
    assert!(two.lock().contains(&second) && !two.lock().contains(&first), "{}", two.lock());
    assert!(fs::read_to_string(two.copy("stage/module.yaml")).expect("the copy").contains("3d"));
    two.run(&["check"], 0);
    assert!(two.run(&["update", "rides"], 2).contains("`rides`"));
}

#[test]
fn a_copy_that_was_changed_is_refused_at_the_line_that_uses_it() {
    let two = Two::new();
    two.document("sets/stage", "v1.0.0");
    two.run(&["fetch"], 0);
    for change in ["module.yaml", "load.py"] {
        let copy = two.copy(&format!("stage/{change}"));
        let text = fs::read_to_string(&copy).expect("the copy");
        fs::write(&copy, format!("{text}# mine\n")).expect("a file");
        let said = two.run(&["check"], 1);
        assert!(said.contains("modules/changed-copy") && said.contains("pipeline.yaml:6:17"), "{said}");
        assert!(said.contains("pipeline.lock:"), "{said}");
        two.run(&["fetch"], 0);
        assert_eq!(fs::read_to_string(&copy).expect("the copy"), text);
        two.run(&["check"], 0);
    }
    let added = two.copy("stage/load.py").with_file_name("more.py");
    fs::write(&added, "pass").expect("a file");
    assert!(two.run(&["check"], 1).contains("modules/changed-copy"));
    two.run(&["fetch"], 0);
    assert!(!added.exists());
}

#[test]
fn modules_beside_a_fetched_one_come_along_and_go_again() {
    let two = Two::new();
    two.document("sets/lake", "v1.0.0");
    let said = two.run(&["fetch"], 0);
    assert!(said.contains("sets/lake") && said.contains("sets/stage"), "{said}");
    two.run(&["check"], 0);
    two.run(&["render"], 0);
    two.document("sets/stage", "v1.0.0");
    two.run(&["fetch"], 0);
    assert!(!two.lock().contains("sets/lake") && two.copy("lake/module.yaml") == Path::new(""), "{}", two.lock());
    two.run(&["check"], 0);
}

#[test]
fn what_cannot_be_fetched_is_said() {
    let two = Two::new();
    for (path, revision, expected) in [
        ("sets/stage", "v9", "no tag and no branch `v9`"),
        ("sets/other", "v1.0.0", "no folder `sets/other`"),
        ("sets/stage", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    ] {
        two.document(path, revision);
        let said = two.run(&["fetch"], 3);
        assert!(said.contains(expected), "{said}");
    }
    std::os::unix::fs::symlink("/etc/passwd", two.modules().join("sets/stage/link")).expect("a link");
    let commit = two.commit("a link");
    two.document("sets/stage", &commit);
    assert!(two.run(&["fetch"], 3).contains("a symbolic link, which cannot be copied"));
    fs::write(two.system().join("pipeline.lock"), "<<<<<<< ours\n").expect("a lock");
    assert!(two.run(&["fetch"], 1).contains("pipeline.lock cannot be read"));
}
