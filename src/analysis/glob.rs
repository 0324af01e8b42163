//! The globs of pipeline triggers: which names they match, and which of them no name can match.
//!
//! `*` stays within one part of a name, `**` crosses `/`, `?` is one character, `[…]` one of a set, `{a,b}` one of
//! several texts (groups do not nest), and `\` takes the next character as it is. Source: CodePipeline User Guide,
//! "Working with glob patterns in syntax" (read 2026-04).

mod expression;

pub use expression::{from_regex, regex_sign};

/// A pattern that was read.
#[derive(Clone, Debug)]
pub struct Glob {
    /// With each `{a,b}` written out: one list for every way through the pattern.
    ways: Vec<Vec<Token>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Within,
    /// `**`
    Across,
    /// `[a-c]`
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

/// What the names are that a glob is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Branch,
    Tag,
    /// The path of a changed file below the root of its repository.
    FilePath,
}

impl Subject {
    /// How messages call one of them.
    pub fn noun(self) -> &'static str {
        match self {
            Subject::Branch => "branch",
            Subject::Tag => "tag",
            Subject::FilePath => "file path",
        }
    }
}

/// Why a text is no glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    UnclosedBracket,
    UnclosedBrace,
    NestedBrace,
    /// A `\` with nothing after it.
    OpenEscape,
}

impl Malformed {
    /// A clause that says so.
    pub fn reason(self) -> &'static str {
        match self {
            Malformed::UnclosedBracket => "its `[` has no `]`",
            Malformed::UnclosedBrace => "its `{` has no `}`",
            Malformed::NestedBrace => "its groups `{…}` stand inside each other, which globs cannot",
            Malformed::OpenEscape => "its `\\` has nothing to escape",
        }
    }
}

/// Patterns with more ways than this are not followed further; real ones have a handful.
const WAYS: usize = 256;

impl Glob {
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut ways = vec![Vec::new()];
        let mut rest: Vec<char> = text.chars().rev().collect();
        while let Some(next) = rest.pop() {
            let texts = match next {
                '{' => group(&mut rest)?,
                _ => vec![vec![token(next, &mut rest)?]],
            };
            let longer = ways.iter().flat_map(|way| texts.iter().map(move |text| [way.as_slice(), text].concat()));
            ways = longer.take(WAYS).collect();
        }
        Ok(Self { ways })
    }

    pub fn matches(&self, name: &str) -> bool {
        self.ways.iter().any(|way| way_matches(way, name))
    }

    /// Why no name can match, as a clause; `None` when some name may.
    pub fn never(&self, subject: Subject) -> Option<String> {
        let mut reasons = self.ways.iter().map(|way| impossible(way, subject));
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    }
}

fn group(rest: &mut Vec<char>) -> Result<Vec<Vec<Token>>, Malformed> {
    let mut texts = vec![Vec::new()];
    while let Some(next) = rest.pop() {
        match next {
            '}' => return Ok(texts),
            '{' => return Err(Malformed::NestedBrace),
            ',' => texts.push(Vec::new()),
            _ => {
                let token = token(next, rest)?;
                if let Some(text) = texts.last_mut() {
                    text.push(token);
                }
            }
        }
    }
    Err(Malformed::UnclosedBrace)
}

fn token(first: char, rest: &mut Vec<char>) -> Result<Token, Malformed> {
    match first {
        '\\' => rest.pop().map(Token::Literal).ok_or(Malformed::OpenEscape),
        '?' => Ok(Token::One),
        '[' => set(rest),
        '*' if rest.last() == Some(&'*') => {
            while rest.last() == Some(&'*') {
                rest.pop();
            }
            Ok(Token::Across)
        }
        '*' => Ok(Token::Within),
        other => Ok(Token::Literal(other)),
    }
}

fn set(rest: &mut Vec<char>) -> Result<Token, Malformed> {
    let negated = rest.last() == Some(&'!');
    if negated {
        rest.pop();
    }
    let mut ranges: Vec<(char, char)> = Vec::new();
    while let Some(next) = rest.pop() {
        let after = rest.last().copied();
        match (next, ranges.last_mut(), after) {
            (']', _, _) => return Ok(Token::Set { negated, ranges }),
            ('-', Some(range), Some(end)) if end != ']' => {
                rest.pop();
                range.1 = end;
            }
            _ => ranges.push((next, next)),
        }
    }
    Err(Malformed::UnclosedBracket)
}

/// Follows all positions of the pattern at once, so that the time grows with its length only.
fn way_matches(way: &[Token], name: &str) -> bool {
    let mut at = vec![false; way.len() + 1];
    at[0] = true;
    skip_stars(way, &mut at);
    for character in name.chars() {
        let mut next = vec![false; way.len() + 1];
        for (position, token) in way.iter().enumerate().filter(|(position, _)| at[*position]) {
            let (stays, moves) = match token {
                Token::Literal(literal) => (false, *literal == character),
                Token::One => (false, character != '/'),
                Token::Set { negated, ranges } => {
                    let within = ranges.iter().any(|(low, high)| (*low..=*high).contains(&character));
                    (false, character != '/' && within != *negated)
                }
                Token::Within => (character != '/', false),
                Token::Across => (true, false),
            };
            next[position] |= stays;
            next[position + 1] |= moves;
        }
        skip_stars(way, &mut next);
        at = next;
    }
    at.last().copied().unwrap_or_default()
}

/// Stars match nothing, too.
fn skip_stars(way: &[Token], at: &mut [bool]) {
    for (position, token) in way.iter().enumerate() {
        if at[position] && matches!(token, Token::Within | Token::Across) {
            at[position + 1] = true;
        }
    }
}

/// The literal texts of the pattern; what a wildcard stands for is between them as `None`.
fn skeleton(way: &[Token]) -> Vec<Option<char>> {
    way.iter()
        .map(|token| match token {
            Token::Literal(literal) => Some(*literal),
            _ => None,
        })
        .collect()
}

fn impossible(way: &[Token], subject: Subject) -> Option<String> {
    let skeleton = skeleton(way);
    let chars = |text: &str| text.chars().map(Some).collect::<Vec<_>>();
    let starts = |text: &str| skeleton.starts_with(&chars(text));
    let ends = |text: &str| skeleton.ends_with(&chars(text));
    let holds = |text: &str| skeleton.windows(text.chars().count()).any(|part| part == chars(text));
    let noun = subject.noun();
    if starts("/") {
        return Some(format!("no {noun} begins with `/`"));
    }
    if ends("/") {
        return Some(format!("no {noun} ends with `/`"));
    }
    if holds("//") {
        return Some(format!("no {noun} holds `//`"));
    }
    if subject == Subject::FilePath {
        let relative = starts("./") || starts("../") || holds("/./") || holds("/../");
        return relative.then(|| "the path of a changed file is counted from the root of the repository".to_owned());
    }
    for prefix in ["refs/heads/", "refs/tags/"] {
        if starts(prefix) {
            return Some(format!("the name of a {noun} is matched without `{prefix}`"));
        }
    }
    let refused = skeleton.iter().flatten().find(|letter| " ~^:?*[\\".contains(**letter));
    if let Some(refused) = refused {
        return Some(format!("git refuses `{refused}` in the name of a {noun}"));
    }
    if let Some(text) = ["..", "@{"].into_iter().find(|text| holds(text)) {
        return Some(format!("git refuses `{text}` in the name of a {noun}"));
    }
    if starts(".") || holds("/.") {
        return Some(format!("git refuses a {noun} with a part that begins with `.`"));
    }
    let end = [".lock", "."].into_iter().find(|end| ends(end));
    end.map(|end| format!("git refuses a {noun} that ends with `{end}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Glob::parse(pattern).is_ok_and(|glob| glob.matches(name))
    }

    #[test]
    fn one_star_stays_within_a_part() {
        assert!(matches("feature*", "feature-x"));
        assert!(!matches("feature*", "feature/x"));
        assert!(matches("feature/*", "feature/x"));
        assert!(!matches("feature/*", "feature/x/y"));
        assert!(!matches("src/*", "src/a/b"));
        assert!(matches("*", "main") && !matches("*", "a/b"));
    }

    #[test]
    fn two_stars_cross_parts() {
        assert!(matches("feature/**", "feature/x/y"));
        assert!(matches("**", "a/b/c") && matches("**", ""));
        assert!(matches("**/*.md", "docs/a/b.md"));
        assert!(matches("**.md", "docs/a/b.md"));
    }

    #[test]
    fn sets_groups_and_escapes() {
        assert!(matches("v[0-9].?", "v1.2") && !matches("v[0-9].?", "vx.2"));
        assert!(matches("v[!0-9]", "vx") && !matches("v[!0-9]", "v1"));
        assert!(matches("[-a]", "-") && matches("[a-]", "-") && matches("[*]", "*"));
        assert!(matches("*.{java,class}", "A.class") && !matches("*.{java,class}", "A.jar"));
        assert!(matches("a\\*", "a*") && !matches("a\\*", "ab"));
        assert!(!matches("[!a]", "/"), "a set does not match a slash");
    }

    #[test]
    fn what_is_no_glob_says_why() {
        for (pattern, why) in [
            ("v[0-9", Malformed::UnclosedBracket),
            ("{a,b", Malformed::UnclosedBrace),
            ("{a,{b,c}}", Malformed::NestedBrace),
            ("a\\", Malformed::OpenEscape),
        ] {
            assert_eq!(Glob::parse(pattern).err(), Some(why), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_no_name_can_match_is_known() {
        let never = |pattern: &str, subject| Glob::parse(pattern).is_ok_and(|glob| glob.never(subject).is_some());
        for pattern in
            ["^main$", "feature/.*", "refs/heads/main", "/main", "main/", "a b", "{^a,b~1}", "x.lock", "a..b"]
        {
            assert!(never(pattern, Subject::Branch), "{pattern}");
        }
        for pattern in ["main", "feature/**", "release-1.*", "{^a,b}", "v*.[0-9]", "x.locked", "*", "**/a"] {
            assert!(!never(pattern, Subject::Branch), "{pattern}");
        }
        for pattern in ["/src/**", "./src/**", "src/", "a//b"] {
            assert!(never(pattern, Subject::FilePath), "{pattern}");
        }
        for pattern in ["src/**", ".github/**", "a b/c", "**/.env", "x.lock"] {
            assert!(!never(pattern, Subject::FilePath), "{pattern}");
        }
    }

    #[test]
    fn a_long_pattern_of_stars_takes_no_time() {
        assert!(!matches(&"*a".repeat(120), &"a".repeat(119)));
    }
}
