//! What looks like a secret that is written out.

/// Beginnings that nothing but a credential of that maker has, and the least length of the whole.
///
/// Source: the makers' pages on the formats of their tokens (AWS IAM identifiers, GitHub, GitLab, Slack), 2026-11.
const TOKENS: &[(&str, usize)] = &[
    ("AKIA", 20),
    ("ASIA", 20),
    ("ghp_", 40),
    ("gho_", 40),
    ("ghs_", 40),
    ("github_pat_", 40),
    ("glpat-", 26),
    ("xoxb-", 24),
    ("xoxp-", 24),
    ("-----BEGIN ", 40),
];

/// Words that end the name of something secret.
const WORDS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey", "privatekey", "oauthtoken"];

/// Whether `value` is itself a credential by its form.
pub fn is_credential(value: &str) -> bool {
    let value = value.trim();
    TOKENS.iter().any(|(start, length)| {
        value.starts_with(start)
            && value.len() >= *length
            && (*start != "-----BEGIN " || value.contains("PRIVATE KEY-----"))
            && (!start.starts_with('A') || value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()))
    })
}

/// Whether `name` says that its value is secret and `value` is such a value, and not the place of one: an ARN, a path, a
/// name of a variable, a URL, or a placeholder.
pub fn is_secret(name: &str, value: &str) -> bool {
    is_credential(value) || (names_a_secret(name) && is_written_out(value))
}

fn names_a_secret(name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    WORDS.iter().any(|word| letters.ends_with(word))
}

fn is_written_out(value: &str) -> bool {
    let value = value.trim();
    let points_elsewhere =
        value.starts_with("arn:") || value.contains(['/', '$', '{', '<', '#']) || value.contains("::");
    let is_switch = ["true", "false", "yes", "no", "none", "null", "disabled", "enabled"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    value.len() >= 4 && !points_elsewhere && !is_switch && !value.bytes().all(|byte| byte == b'*' || byte == b'x')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_the_places_of_values() {
        for (name, value) in [("DB_PASSWORD", "hunter2"), ("apiKey", "k3y-0815"), ("x", "AKIAIOSFODNN7EXAMPLE")] {
            assert!(is_secret(name, value), "{name}: {value}");
        }
        let harmless = [
            ("DB_PASSWORD", "/prod/db/password"),
            ("TOKEN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:a"),
            ("PASSWORD_LENGTH", "12345"),
            ("SECRET", "${Secret}"),
            ("USE_TOKEN", "true"),
            ("TOKEN", "***"),
            ("BUCKET", "AKIA"),
        ];
        for (name, value) in harmless {
            assert!(!is_secret(name, value), "{name}: {value}");
        }
    }
}
