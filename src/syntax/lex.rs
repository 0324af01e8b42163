//! A coarse look at YAML text where the reader has given up: quotes, brackets, lines and keys.

/// What [`scan`] found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Brackets still open at the end.
    pub(super) open: Vec<usize>,
    /// The opening quote of the text that the end lies in.
    pub(super) quote: Option<usize>,
    /// Where the first bracket is closed; nothing is read beyond it.
    pub(super) closed: Option<usize>,
}

/// Looks through `text` from the beginning of a token at `from` until `to`, or until the bracket at `from` is closed.
pub(super) fn scan(text: &str, from: usize, to: usize) -> Scan {
    let bytes = text.as_bytes();
    let to = to.min(bytes.len());
    let mut found = Scan::default();
    let mut at = from;
    let mut token_start = true;
    let mut last = b',';
    while at < to {
        let byte = bytes[at];
        let flow = !found.open.is_empty();
        match byte {
            b' ' | b'\t' => {}
            b'\n' | b'\r' => {
                token_start = true;
                if flow && last != b',' && is_next_entry(text, from, at + 1) {
                    return found;
                }
            }
            b'#' if at == 0 || is_space(bytes.get(at - 1)) => {
                at = line_end(text, at);
                continue;
            }
            b'"' | b'\'' if token_start => match quote_end(bytes, at).filter(|end| *end <= to) {
                Some(end) => {
                    token_start = false;
                    at = end;
                    // A colon may stand right after a quoted key.
                    if bytes.get(at) == Some(&b':') {
                        token_start = true;
                        at += 1;
                    }
                    continue;
                }
                None => {
                    found.quote = Some(at);
                    return found;
                }
            },
            b'[' | b'{' if token_start || flow => {
                found.open.push(at);
                token_start = true;
                last = b',';
                at += 1;
                continue;
            }
            b']' | b'}' if flow => {
                let opened = found.open.last().map(|open| bytes[*open]);
                if (opened == Some(b'[')) != (byte == b']') {
                    return found;
                }
                found.open.pop();
                token_start = false;
                if found.open.is_empty() {
                    found.closed = Some(at);
                    if matches!(bytes[from], b'[' | b'{') {
                        return found;
                    }
                }
            }
            b',' if flow => token_start = true,
            b':' if is_space(bytes.get(at + 1)) => token_start = true,
            b'-' | b'?' if token_start && is_space(bytes.get(at + 1)) => {}
            b'&' | b'!' if token_start => {
                while at < to && !is_space(bytes.get(at)) {
                    at += 1;
                }
                continue;
            }
            _ => token_start = false,
        }
        if !is_space(Some(&byte)) {
            last = byte;
        }
        at += 1;
    }
    found
}

/// Whether the line at `start` begins with a key that is indented no deeper than the line of `from`.
fn is_next_entry(text: &str, from: usize, start: usize) -> bool {
    let indent = |at: usize| content_start(text, at) - line_start(text, at);
    let content = content_start(text, start);
    indent(start) <= indent(from) && key_length(&text[content..line_end(text, content)]).is_some()
}

/// What separates words in YAML; other white space is text.
pub(super) const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// Whether a byte ends a word; the end of the text does.
pub(super) fn is_space(byte: Option<&u8>) -> bool {
    matches!(byte, None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// The first of `wanted` at or after `from`, if before it there are only spaces, comments, tags, anchors and the
/// bytes of `skipped`.
pub(super) fn seek(text: &str, from: usize, skipped: &[u8], wanted: &[u8]) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        if wanted.contains(byte) {
            return Some(at);
        }
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at = line_end(text, at),
            b'&' | b'!' => {
                while !is_space(bytes.get(at)) {
                    at += 1;
                }
            }
            byte if skipped.contains(byte) => at += 1,
            _ => return None,
        }
    }
    None
}

/// The offset behind the quoted text that begins at `at`.
fn quote_end(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = bytes[at];
    let mut end = at + 1;
    loop {
        match *bytes.get(end)? {
            b'\\' if quote == b'"' => end += 2,
            b'\'' if quote == b'\'' && bytes.get(end + 1) == Some(&b'\'') => end += 2,
            byte if byte == quote => return Some(end + 1),
            _ => end += 1,
        }
    }
}

/// Where the line that holds `at` begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

/// Where the line that holds `at` ends, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |end| at + end)
}

/// Where the line after the one that holds `at` begins, if there is one.
pub(super) fn next_line(text: &str, at: usize) -> Option<usize> {
    let end = line_end(text, at);
    let rest = &text[end..];
    let line_break = if rest.starts_with("\r\n") { 2 } else { 1 };
    (end + line_break < text.len()).then_some(end + line_break)
}

/// Where the words of the line that holds `at` begin.
pub(super) fn content_start(text: &str, at: usize) -> usize {
    let start = line_start(text, at);
    let line = &text[start..line_end(text, at)];
    start + (line.len() - line.trim_start_matches([' ', '\t', '\u{feff}']).len())
}

/// Where the line that holds `at` ends, without a comment and the spaces before it.
pub(super) fn content_end(text: &str, at: usize) -> usize {
    let line = &text[at..line_end(text, at)];
    let comment = line
        .match_indices('#')
        .map(|(hash, _)| hash)
        .find(|hash| *hash == 0 || line[..*hash].ends_with([' ', '\t']))
        .unwrap_or(line.len());
    at + line[..comment].trim_end_matches(SPACES).len()
}

/// The length of the key that `line` begins with, without its colon: text or a quoted text, and then a colon.
pub(super) fn key_length(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let colon = match *bytes.first()? {
        b'"' | b'\'' => {
            let end = quote_end(bytes, 0)?;
            end + (line[end..].len() - line[end..].trim_start_matches(' ').len())
        }
        b' ' | b'\t' | b'#' | b'[' | b']' | b'{' | b'}' | b',' | b'%' | b'@' | b'`' | b'|' | b'>' | b'*' => {
            return None;
        }
        b'-' | b'?' | b':' if is_space(bytes.get(1)) => return None,
        _ => (0..bytes.len()).find(|at| bytes[*at] == b':' && is_space(bytes.get(at + 1)))?,
    };
    let is_key = bytes.get(colon) == Some(&b':') && is_space(bytes.get(colon + 1)) && !line[..colon].contains(" #");
    is_key.then(|| line[..colon].trim_end().len())
}

/// Where reading can go on after a fault at `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// At a key in the first column.
    Key(usize),
    /// At a `---`.
    Document(usize),
    /// Nowhere.
    End,
}

/// Looks for the first line after `at` from which a reader can start again.
pub(super) fn resume_after(text: &str, at: usize) -> Resume {
    let mut line = next_line(text, at);
    while let Some(start) = line {
        let words = &text[start..line_end(text, start)];
        let is_marker = |marker: &str| words.starts_with(marker) && is_space(words.as_bytes().get(3));
        if is_marker("---") {
            return Resume::Document(start);
        }
        if is_marker("...") {
            return Resume::End;
        }
        if key_length(words).is_some() {
            return Resume::Key(start);
        }
        line = next_line(text, start);
    }
    Resume::End
}
