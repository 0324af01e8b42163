//! Words, texts and signs of a program, read without its grammar: enough for the few forms that are looked for.

/// A piece of a program; comments and white space are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'s> {
    /// A name, a keyword, or digits.
    Word(&'s str),
    /// What stands between quotes, as written.
    Text(&'s str),
    Sign(char),
}

/// A token and where it begins; a text begins behind its quote.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'s> {
    pub token: Token<'s>,
    pub start: usize,
}

impl<'s> Placed<'s> {
    pub fn is_word(&self, word: &str) -> bool {
        self.token == Token::Word(word)
    }

    pub fn is_sign(&self, sign: char) -> bool {
        self.token == Token::Sign(sign)
    }

    pub fn word(&self) -> Option<&'s str> {
        match self.token {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&'s str> {
        match self.token {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// How a language begins a comment to the end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    /// `//`, and `/* … */`
    Slashes,
    /// `#`
    Hash,
}

/// The tokens of a program; what cannot be read to its end, such as an open quote, ends them.
pub(super) fn tokens(text: &str, comments: Comments) -> Vec<Placed<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(length) = comment(rest, comments) {
            at += length;
        } else if next == '"' || next == '\'' {
            let Some((open, inside)) = quoted(rest, next) else { break };
            tokens.push(Placed { token: Token::Text(&rest[open..open + inside]), start: at + open });
            at += open + inside + open;
        } else if next.is_alphanumeric() || next == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Placed { token: Token::Word(&rest[..end]), start: at });
            at += end;
        } else {
            if !next.is_whitespace() {
                tokens.push(Placed { token: Token::Sign(next), start: at });
            }
            at += next.len_utf8();
        }
    }
    tokens
}

/// How long the comment is that begins here.
fn comment(rest: &str, comments: Comments) -> Option<usize> {
    let line = || rest.find('\n').unwrap_or(rest.len());
    match comments {
        Comments::Hash => rest.starts_with('#').then(line),
        Comments::Slashes if rest.starts_with("//") => Some(line()),
        Comments::Slashes => {
            let inside = rest.strip_prefix("/*")?;
            Some(inside.find("*/").map_or(rest.len(), |end| end + "/**/".len()))
        }
    }
}

/// The lengths of the quotes and of what is between them.
fn quoted(rest: &str, quote: char) -> Option<(usize, usize)> {
    let long = quote.to_string().repeat(3);
    if let Some(inside) = rest.strip_prefix(long.as_str()) {
        return inside.find(long.as_str()).map(|length| (long.len(), length));
    }
    let mut is_escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        match char {
            '\n' => return None,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if char == quote => return Some((1, at - 1)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_tokens_and_texts_are_one() {
        let read = |text, comments| tokens(text, comments).into_iter().map(|it| it.token).collect::<Vec<_>>();
        assert_eq!(
            read("a.get(\"b // c\"); // d\n/* e */ f", Comments::Slashes),
            [
                Token::Word("a"),
                Token::Sign('.'),
                Token::Word("get"),
                Token::Sign('('),
                Token::Text("b // c"),
                Token::Sign(')'),
                Token::Sign(';'),
                Token::Word("f"),
            ]
        );
        assert_eq!(read("x = '''a\nb''' # c", Comments::Hash)[2..], [Token::Text("a\nb")]);
        assert_eq!(read("'a\\'é' 'open", Comments::Hash), [Token::Text("a\\'é")]);
    }
}
