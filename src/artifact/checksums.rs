//! The digests of everything that belongs together: the documents and files that were read, and the files made from
//! them. `sha256sum --check` reads it anywhere, so a pipeline can tell that what is committed was made from what is
//! committed beside it, without the program.

use crate::source::sha256;

/// One file: its path from the root of the repository, with `/` as separator, and its bytes.
pub struct Entry<'a> {
    pub path: String,
    pub bytes: &'a [u8],
}

impl<'a> Entry<'a> {
    pub fn new(path: impl Into<String>, text: &'a str) -> Self {
        Self { path: path.into(), bytes: text.as_bytes() }
    }
}

/// Prints the digests in the format of `sha256sum`, sorted by path.
pub fn print(mut entries: Vec<Entry<'_>>) -> String {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.dedup_by(|a, b| a.path == b.path);
    entries.iter().map(|entry| format!("{}  {}\n", sha256(entry.bytes), entry.path)).collect()
}

/// The path of a file that is named from the folder of another one.
pub fn beside(document: &str, file: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_sha256sum() {
        let text = print(vec![Entry::new("b", ""), Entry::new("a", "abc")]);
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n\
                        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn paths_are_taken_from_the_folder_of_the_document() {
        assert_eq!(beside("pipeline.yaml", "functions/a/index.py"), "functions/a/index.py");
        assert_eq!(beside("specs/x/pipeline.yaml", "./functions//index.py"), "specs/x/functions/index.py");
        assert_eq!(beside("specs/x/pipeline.yaml", "../shared/index.py"), "specs/shared/index.py");
        assert_eq!(beside("pipeline.yaml", "../index.py"), "../index.py");
    }
}
