//! When Glue starts a job or a crawler by itself.

use crate::spec::Pattern;

/// A cron expression as Glue takes it: six fields, the days of the month or of the week left open.
#[derive(Clone, Copy, Debug)]
pub struct Cron;

impl Pattern for Cron {
    const REGEX: &'static str =
        r"^cron\([0-9*/,-]+ [0-9*/,-]+ [0-9*/,?LW-]+ [0-9A-Z*/,-]+ [0-9A-Z*/,?#-]+ [0-9*/,-]+\)$";
    const EXPECTED: &'static str =
        "a cron expression with six fields: minutes, hours, day of the month, month, day of the week, year";
    const EXAMPLE: &'static str = "cron(15 12 * * ? *)";

    fn matches(text: &str) -> bool {
        let Some(inside) = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')')) else { return false };
        let fields: Vec<_> = inside.split(' ').collect();
        let also = ["", "", "?LW", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ?#", ""];
        fields.len() == also.len()
            && fields.iter().zip(also).all(|(field, also)| {
                !field.is_empty()
                    && field.chars().all(|it| it.is_ascii_digit() || "*/,-".contains(it) || also.contains(it))
            })
    }
}

/// What Glue refuses of an expression that reads like one: why, and what to write.
pub fn fault(cron: &str) -> Option<(&'static str, &'static str)> {
    let fields: Vec<_> = cron.trim_start_matches("cron(").trim_end_matches(')').split(' ').collect();
    let [minutes, _, day, _, weekday, _] = fields.as_slice() else { return None };
    if (*day == "?") == (*weekday == "?") {
        return Some((
            "a schedule says the day of the month or the day of the week, and `?` for the other",
            "write for example `cron(15 12 * * ? *)`",
        ));
    }
    let is_often = match minutes.split_once('/') {
        None => *minutes == "*",
        Some((_, step)) => step.parse::<u32>().is_ok_and(|step| step < 5),
    };
    is_often.then_some((
        "by a schedule Glue starts nothing more often than every five minutes",
        "write `0/5` for the minutes, or more; for what comes more often use a streaming job",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_glue_does() {
        for good in ["cron(15 12 * * ? *)", "cron(0/5 8-18 ? * MON-FRI *)", "cron(0 0 1 JAN,JUL ? 2027)"] {
            assert!(Cron::matches(good) && fault(good).is_none(), "{good}");
        }
        for bad in ["cron(* * * * ? *)", "cron(0/1 * * * ? *)", "cron(0 12 * * * *)", "cron(0 12 ? * ? *)"] {
            assert!(Cron::matches(bad) && fault(bad).is_some(), "{bad}");
        }
        for other in ["rate(1 day)", "cron(0 12 * * ?)", "cron(0  12 * * ? *)", "15 12 * * ? *"] {
            assert!(!Cron::matches(other), "{other}");
        }
    }
}
