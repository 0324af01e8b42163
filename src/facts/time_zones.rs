//! The names of time zones.

const TEXT: &str = include_str!("time-zones.txt");

/// Every name, e.g. `Europe/Berlin`, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.starts_with('#'))
}

/// Whether there is a zone of that name, in this spelling.
pub fn exists(name: &str) -> bool {
    names().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::exists;

    #[test]
    fn zones_are_known_by_their_names() {
        assert!(["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "Asia/Calcutta"].into_iter().all(exists));
        assert!(!["europe/berlin", "Europe/Berln", "PDT"].into_iter().any(exists));
    }
}
