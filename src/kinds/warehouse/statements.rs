//! A file of SQL taken apart into statements, as Redshift's own tools do it.

/// One statement of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// The statement with the comments inside it, without those before it and without its semicolon.
    pub text: &'a str,
    /// Where it begins in the file.
    pub start: usize,
}

impl Statement<'_> {
    /// Its first word, in lower case.
    pub fn verb(&self) -> String {
        self.text.chars().take_while(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
    }
}

/// What begins somewhere and does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unended {
    pub start: usize,
    pub what: &'static str,
    pub end: &'static str,
}

/// The statements of a file, divided by the semicolons that stand in no text, name, function body or comment.
pub(super) fn split(sql: &str) -> Result<Vec<Statement<'_>>, Unended> {
    let mut statements = Vec::new();
    // Where the statement began, and where its last part ended.
    let mut current: Option<(usize, usize)> = None;
    let mut at = 0;
    while let Some(next) = sql[at..].chars().next() {
        let part = Part::at(sql, at);
        let end = part.end(sql, at)?;
        match part {
            Part::Space | Part::LineComment | Part::Comment => {}
            Part::Semicolon => {
                statements.extend(current.take().map(|(start, end)| Statement { text: &sql[start..end], start }));
            }
            Part::Quoted(_) | Part::Dollar(_) | Part::Word | Part::Other => {
                current = Some((current.map_or(at, |(start, _)| start), end));
            }
        }
        assert!(end >= at + next.len_utf8(), "every part has a length");
        at = end;
    }
    statements.extend(current.map(|(start, end)| Statement { text: &sql[start..end], start }));
    Ok(statements)
}

/// What begins at a place of the file.
enum Part<'a> {
    Space,
    LineComment,
    Comment,
    Semicolon,
    Quoted(char),
    /// `$body$`
    Dollar(&'a str),
    /// A name or number, in which `$` means nothing.
    Word,
    Other,
}

impl<'a> Part<'a> {
    fn at(sql: &'a str, at: usize) -> Self {
        let rest = &sql[at..];
        match rest.chars().next() {
            _ if rest.starts_with("--") => Self::LineComment,
            _ if rest.starts_with("/*") => Self::Comment,
            Some(';') => Self::Semicolon,
            Some(quote @ ('\'' | '"')) => Self::Quoted(quote),
            Some('$') => dollar_tag(rest).map_or(Self::Other, Self::Dollar),
            Some(space) if space.is_whitespace() => Self::Space,
            Some(letter) if is_word(letter) => Self::Word,
            _ => Self::Other,
        }
    }

    /// Where what begins at `start` ends.
    fn end(&self, sql: &str, start: usize) -> Result<usize, Unended> {
        let rest = &sql[start..];
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let until = |fits: fn(char) -> bool| start + rest.find(|letter| !fits(letter)).unwrap_or(rest.len());
        match self {
            Self::Space => Ok(until(char::is_whitespace)),
            Self::Word => Ok(until(|letter| is_word(letter) || letter == '$')),
            Self::LineComment => Ok(start + rest.find('\n').unwrap_or(rest.len())),
            Self::Comment => {
                comment_end(rest).map(|length| start + length).ok_or(Unended { start, what: "comment", end: "`*/`" })
            }
            Self::Quoted(quote) => quoted_end(rest, *quote).map(|length| start + length).ok_or(match quote {
                '"' => Unended { start, what: "name", end: "`\"`" },
                _ => Unended { start, what: "text", end: "`'`" },
            }),
            Self::Dollar(tag) => {
                let body = start + tag.len();
                let end = sql[body..].find(tag).map(|length| body + length + tag.len());
                end.ok_or(Unended { start, what: "body", end: "the mark that it begins with" })
            }
            Self::Semicolon | Self::Other => Ok(start + first),
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// `$$` or `$name$`; `$1` is a parameter and no mark.
fn dollar_tag(rest: &str) -> Option<&str> {
    let name = &rest[1..][..rest[1..].find('$')?];
    let fits = name.chars().all(is_word) && !name.starts_with(|first: char| first.is_ascii_digit());
    fits.then(|| &rest[..name.len() + 2])
}

/// Comments stand inside each other.
fn comment_end(rest: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let found = at + rest[at..].find(['*', '/'])?;
        match rest.get(found..found + 2) {
            Some("/*") => depth += 1,
            Some("*/") => depth -= 1,
            _ => {
                at = found + 1;
                continue;
            }
        }
        at = found + 2;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// A quotation mark is doubled, and in texts also behind a backslash. Doubled ones look like two texts, which is the
/// same here.
fn quoted_end(rest: &str, quote: char) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && quote == '\'' {
            letters.next();
        } else if letter == quote {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Unended, split};

    #[test]
    fn statements_end_where_redshift_ends_them() {
        for (sql, statements) in [
            ("", &[][..]),
            (" ;; -- nothing\n ; /* nothing; */", &[]),
            ("select 1", &["select 1"]),
            ("select 1;\nselect 2 ;", &["select 1", "select 2"]),
            ("-- first;\nselect 1; -- after; all\nselect 2", &["select 1", "select 2"]),
            ("select 1 -- a;b\n+ 1;", &["select 1 -- a;b\n+ 1"]),
            ("select /* a; /* b; */ c; */ 1; x", &["select /* a; /* b; */ c; */ 1", "x"]),
            ("select 'a;b', 'it''s;', 'it\\'s;', '\\\\'; x", &["select 'a;b', 'it''s;', 'it\\'s;', '\\\\'", "x"]),
            ("select \"a;\"\"b;\\\"; x", &["select \"a;\"\"b;\\\"", "x"]),
            ("select 'é;' ; ü", &["select 'é;'", "ü"]),
            (
                "create function f() as $$ a; '$x$ ; $$ language sql; x",
                &["create function f() as $$ a; '$x$ ; $$ language sql", "x"],
            ),
            ("as $b_1$ ; $$ ; $b_1$; x", &["as $b_1$ ; $$ ; $b_1$", "x"]),
            ("select $1; select $2", &["select $1", "select $2"]),
            ("select a$b; select c$d", &["select a$b", "select c$d"]),
            ("select 2 / 1 * 3 - -1; x", &["select 2 / 1 * 3 - -1", "x"]),
        ] {
            let found = split(sql).expect(sql);
            assert_eq!(found.iter().map(|statement| statement.text).collect::<Vec<_>>(), statements, "{sql}");
            for statement in found {
                assert!(sql[statement.start..].starts_with(statement.text), "{sql}");
            }
        }
    }

    #[test]
    fn what_does_not_end_is_found() {
        for (sql, start, what) in [
            ("select 'a;", 7, "text"),
            ("select 'a\\'", 7, "text"),
            ("select \"a", 7, "name"),
            ("x; /* /* */", 3, "comment"),
            ("as $a$ x $$;", 3, "body"),
        ] {
            let Err(Unended { start: at, what: found, .. }) = split(sql) else { panic!("{sql}") };
            assert_eq!((at, found), (start, what), "{sql}");
        }
    }

    #[test]
    fn a_statement_has_a_verb() {
        let statements = split("  BEGIN; (select 1)").expect("statements");
        assert_eq!(statements.iter().map(|statement| statement.verb()).collect::<Vec<_>>(), ["begin", ""]);
    }
}
