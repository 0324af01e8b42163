//! Texts that a use of a module consists of: paths, addresses, revisions.

use crate::spec::scalars::Pattern;

/// A path of a folder or file beside a document, or above it.
#[derive(Clone, Copy, Debug)]
pub struct Folder;

impl Pattern for Folder {
    const REGEX: &'static str = r"^(\.\./)*[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$";
    const EXPECTED: &'static str = "a folder or file seen from this file: names parted by `/`";
    const EXAMPLE: &'static str = "modules/dataset";

    fn matches(text: &str) -> bool {
        let mut below = text;
        while let Some(rest) = below.strip_prefix("../") {
            below = rest;
        }
        below.split('/').all(is_file_name)
    }
}

/// A path inside a repository.
#[derive(Clone, Copy, Debug)]
pub struct InnerPath;

impl Pattern for InnerPath {
    const REGEX: &'static str = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$";
    const EXPECTED: &'static str = "a folder or file of the repository: names parted by `/`";
    const EXAMPLE: &'static str = "lake/dataset";

    fn matches(text: &str) -> bool {
        text.split('/').all(is_file_name)
    }
}

fn is_file_name(part: &str) -> bool {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    part.bytes().next().is_some_and(may) && part.bytes().all(|byte| may(byte) || byte == b'.')
}

/// A folder of a lock: one of a repository, or `.` for its root.
#[derive(Clone, Copy, Debug)]
pub struct LockedFolder;

impl Pattern for LockedFolder {
    const REGEX: &'static str = r"^(\.|[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)$";
    const EXPECTED: &'static str = "a folder of the repository, or `.` for its root";
    const EXAMPLE: &'static str = "lake/dataset";

    fn matches(text: &str) -> bool {
        text == "." || InnerPath::matches(text)
    }
}

/// The address of a Git repository. It holds no password: Git has places of its own for those.
#[derive(Clone, Copy, Debug)]
pub struct GitUrl;

impl Pattern for GitUrl {
    const REGEX: &'static str = r"^((https|file)://[A-Za-z0-9._~/:%+-]+|ssh://([A-Za-z0-9._-]+@)?[A-Za-z0-9._~/:%+-]+|[A-Za-z0-9._]+@[A-Za-z0-9.-]+:[A-Za-z0-9._~/-]+)$";
    const EXPECTED: &'static str =
        "an address of a Git repository: `https://…`, `ssh://…` or `git@host:path`, without a password";
    const EXAMPLE: &'static str = "https://github.com/acme/modules.git";

    fn matches(text: &str) -> bool {
        let of = |text: &str, more: &[u8]| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        let address = |text: &str| of(text, b"._~/:%+-");
        if let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("file://")) {
            return address(rest);
        }
        if let Some(rest) = text.strip_prefix("ssh://") {
            return match rest.split_once('@') {
                Some((user, rest)) => of(user, b"._-") && address(rest),
                None => address(rest),
            };
        }
        let Some((user, rest)) = text.split_once('@') else { return false };
        let Some((host, path)) = rest.split_once(':') else { return false };
        of(user, b"._") && of(host, b".-") && of(path, b"._~/-")
    }
}

/// A tag, a branch, or a commit.
#[derive(Clone, Copy, Debug)]
pub struct Revision;

impl Pattern for Revision {
    const REGEX: &'static str = r"^[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*$";
    const EXPECTED: &'static str = "a tag, a branch or a commit";
    const EXAMPLE: &'static str = "v1.2.0";

    fn matches(text: &str) -> bool {
        let may = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        !text.starts_with('-') && text.split(['.', '/']).all(|part| !part.is_empty() && part.bytes().all(may))
    }
}

/// The full name of a commit.
#[derive(Clone, Copy, Debug)]
pub struct Commit;

impl Pattern for Commit {
    const REGEX: &'static str = "^([0-9a-f]{40}|[0-9a-f]{64})$";
    const EXPECTED: &'static str = "a commit: 40 or 64 hexadecimal digits";
    const EXAMPLE: &'static str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    fn matches(text: &str) -> bool {
        [40, 64].contains(&text.len()) && is_hexadecimal(text)
    }
}

/// The SHA-256 of the files of a folder.
#[derive(Clone, Copy, Debug)]
pub struct Digest;

impl Pattern for Digest {
    const REGEX: &'static str = "^[0-9a-f]{64}$";
    const EXPECTED: &'static str = "a SHA-256: 64 hexadecimal digits";
    const EXAMPLE: &'static str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn matches(text: &str) -> bool {
        text.len() == 64 && is_hexadecimal(text)
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_no_password_and_no_command() {
        let accepted =
            ["https://github.com/a/b.git", "git@github.com:a/b.git", "ssh://git@x.org:22/a", "file:///srv/b"];
        assert!(accepted.into_iter().all(GitUrl::matches));
        for refused in ["ext::sh -c x", "https://user:secret@host/x", "/srv/x", "--upload-pack=x", "http://host/x"] {
            assert!(!GitUrl::matches(refused), "{refused}");
        }
    }

    #[test]
    fn revisions_are_names() {
        assert!(["v1.2.0", "lake/v2", "main"].into_iter().all(Revision::matches));
        for refused in ["", "-x", "a..b", "a/", ".x", "a b", "HEAD~1", "x@{1}"] {
            assert!(!Revision::matches(refused), "{refused}");
        }
    }
}
