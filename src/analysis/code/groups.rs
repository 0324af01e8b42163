//! The property groups that a program asks for and cannot do without.

use std::sync::Arc;

use super::tokens::{Comments, Placed, Token, tokens};
use crate::source::{Located, SourceFile, Span};

/// What the library of Managed Service for Apache Flink calls the map of all groups.
const GETTER: &str = "getApplicationProperties";

/// How many tokens behind a comparison with `null` a `throw` may stand.
const NEAR: usize = 10;

/// The groups that a Java program surely needs: `get` of a map that it got from the runtime, by a text or a constant,
/// and no branch for the case that there is none.
pub(super) fn of_java(file: &Arc<SourceFile>) -> Vec<Located<String>> {
    let tokens = tokens(file.text(), Comments::Slashes);
    if !tokens.iter().any(|token| token.is_word(GETTER)) {
        return Vec::new();
    }
    let maps = maps(&tokens);
    if tokens.windows(3).any(|window| fills(window, &maps)) {
        return Vec::new();
    }
    let mut groups = Vec::new();
    for at in 0..tokens.len() {
        let Some([dot, get, open, name, close]) = tokens.get(at..at + 5) else { break };
        let is_get = dot.is_sign('.') && get.is_word("get") && open.is_sign('(') && close.is_sign(')');
        let Some(receiver) = receiver(&tokens, at, &maps).filter(|_| is_get) else { continue };
        let Some(group) = text_of(name, &tokens) else { continue };
        if !is_tolerant(&tokens, receiver, &group) {
            groups.push(located(name, group, file));
        }
    }
    groups
}

/// Whether a program asks if a map is empty or puts something into it: it may bring groups of its own.
fn fills(window: &[Placed<'_>], maps: &[&str]) -> bool {
    let methods = ["isEmpty", "put", "putAll", "putIfAbsent", "computeIfAbsent", "merge"];
    match window {
        [map, dot, method] => {
            map.word().is_some_and(|word| maps.contains(&word))
                && dot.is_sign('.')
                && method.word().is_some_and(|word| methods.contains(&word))
        }
        _ => false,
    }
}

/// The variables of type `Map<String, Properties>`, and those that hold what the runtime gave.
fn maps<'s>(tokens: &[Placed<'s>]) -> Vec<&'s str> {
    let typed = tokens.windows(7).filter_map(|window| match window {
        [map, open, string, comma, properties, close, name]
            if map.is_word("Map")
                && open.is_sign('<')
                && string.is_word("String")
                && comma.is_sign(',')
                && properties.is_word("Properties")
                && close.is_sign('>') =>
        {
            name.word()
        }
        _ => None,
    });
    let assigned = tokens.windows(5).filter_map(|window| match window {
        [name, equals, _, dot, getter] if equals.is_sign('=') && dot.is_sign('.') && getter.is_word(GETTER) => {
            name.word()
        }
        _ => None,
    });
    typed.chain(assigned).collect()
}

/// Where the expression begins whose `.` is at `at`, when its value is the map of all groups.
fn receiver(tokens: &[Placed<'_>], at: usize, maps: &[&str]) -> Option<usize> {
    let before = |count: usize| at.checked_sub(count).and_then(|at| tokens.get(at));
    if before(1)?.word().is_some_and(|word| maps.contains(&word)) {
        let is_field = before(2).is_some_and(|token| token.is_sign('.'));
        return (!is_field).then(|| at - 1);
    }
    let is_call = before(1)?.is_sign(')') && before(2)?.is_sign('(') && before(3)?.is_word(GETTER);
    let is_qualified = is_call && before(4).is_some_and(|token| token.is_sign('.'));
    match (is_call, is_qualified) {
        (true, true) => at.checked_sub(5),
        (true, false) => at.checked_sub(3),
        _ => None,
    }
}

/// A text, or the constant of the same file that holds it.
fn text_of(token: &Placed<'_>, tokens: &[Placed<'_>]) -> Option<String> {
    match token.token {
        Token::Text(text) => (!text.contains('\\')).then(|| text.to_owned()),
        Token::Sign(_) => None,
        Token::Word(name) => {
            let mut values = tokens.windows(4).filter_map(|window| match window {
                [it, equals, value, end] if it.is_word(name) && equals.is_sign('=') => {
                    Some(value.text().filter(|_| !end.is_sign('+') && !end.is_sign('.')))
                }
                _ => None,
            });
            let value = values.next()??;
            values.next().is_none().then(|| value.to_owned())
        }
    }
}

/// Whether the program has an answer to the absence of a group that it takes at `receiver`.
fn is_tolerant(tokens: &[Placed<'_>], receiver: usize, group: &str) -> bool {
    let before = |count: usize| receiver.checked_sub(count).and_then(|at| tokens.get(at));
    if before(1).is_some_and(|token| token.is_sign('(')) && before(2).is_some_and(|token| token.is_word("ofNullable")) {
        return true;
    }
    let asks = tokens.windows(3).any(|window| match window {
        [contains, open, name] if contains.is_word("containsKey") && open.is_sign('(') => {
            text_of(name, tokens).as_deref() == Some(group)
        }
        _ => false,
    });
    let variable = before(2).and_then(Placed::word).filter(|_| before(1).is_some_and(|token| token.is_sign('=')));
    let compares = variable.is_some_and(|variable| {
        (0..tokens.len()).any(|at| match tokens.get(at..at + 4) {
            Some([it, sign, equals, null]) => {
                let compares = it.is_word(variable) && equals.is_sign('=') && null.is_word("null");
                let mut then = tokens.iter().skip(at + 4).take(NEAR);
                compares && (sign.is_sign('!') || !then.any(|token| token.is_word("throw")))
            }
            _ => false,
        })
    });
    asks || compares
}

/// The groups that a Python program surely needs: those that it passes to a function of its own which returns the
/// `PropertyMap` of the group with that `PropertyGroupId`, and nothing for others.
pub(super) fn of_python(file: &Arc<SourceFile>) -> Vec<Located<String>> {
    let tokens = tokens(file.text(), Comments::Hash);
    let Some(finder) = finder(&tokens) else { return Vec::new() };
    let calls = tokens.windows(6).filter(|window| match window {
        [name, open, props, comma, _, close] => {
            name.is_word(finder)
                && open.is_sign('(')
                && props.word().is_some()
                && comma.is_sign(',')
                && close.is_sign(')')
        }
        _ => false,
    });
    let definition = |window: &&[Placed<'_>]| {
        let start = window.first().map_or(0, |token| token.start);
        file.text()[..start].trim_end().ends_with("def")
    };
    let names = calls.filter(|window| !definition(window)).filter_map(|window| window.get(4));
    names.filter_map(|name| Some(located(name, text_of(name, &tokens)?, file))).collect()
}

/// The function `def name(all, group)` with `…["PropertyGroupId"] == group` in it.
fn finder<'s>(tokens: &[Placed<'s>]) -> Option<&'s str> {
    (0..tokens.len()).find_map(|at| {
        let [def, name, open, rest @ ..] = tokens.get(at..)? else { return None };
        if !def.is_word("def") || !open.is_sign('(') {
            return None;
        }
        let (parameters, body) = rest.split_at(rest.iter().position(|token| token.is_sign(')'))?);
        let mut parameters = parameters.split(|token| token.is_sign(','));
        let (Some(_), Some([group, ..]), None) = (parameters.next(), parameters.next(), parameters.next()) else {
            return None;
        };
        let end = body.iter().position(|token| token.is_word("def")).unwrap_or(body.len());
        let compares = body.get(..end)?.windows(5).any(|window| match window {
            [key, close, one, two, it] => {
                key.text() == Some("PropertyGroupId")
                    && close.is_sign(']')
                    && one.is_sign('=')
                    && two.is_sign('=')
                    && it.word() == group.word()
            }
            _ => false,
        });
        compares.then(|| name.word())?
    })
}

fn located(token: &Placed<'_>, group: String, file: &Arc<SourceFile>) -> Located<String> {
    let length = match token.token {
        Token::Word(text) | Token::Text(text) => text.len(),
        Token::Sign(sign) => sign.len_utf8(),
    };
    Located::new(group, Span::new(file, token.start, token.start + length))
}
