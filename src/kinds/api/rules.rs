//! What is wrong with an API.

use crate::diagnostic::{Level, Rule};

pub(super) static ALIKE_ROUTES: Rule =
    Rule { name: "apis/alike-routes", level: Level::Error, page: include_str!("alike-routes.md") };
pub(super) static ROUTE: Rule = Rule { name: "apis/route", level: Level::Error, page: include_str!("route.md") };

pub(super) static RULES: &[&Rule] = &[&ALIKE_ROUTES, &ROUTE];
