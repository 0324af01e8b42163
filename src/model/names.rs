//! Names in the account, made from names in the document and from nothing else.

/// `taxi-jar` → `TaxiJar`.
pub fn pascal(name: &str) -> String {
    name.split(['-', '_', '.'])
        .map(|word| {
            let mut characters = word.chars();
            characters
                .next()
                .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
        })
        .collect()
}

/// `streams` → `stream`, `deliveries` → `delivery`, `flink` → `flink`: what one thing of a section is called.
pub fn singular(section: &str) -> String {
    let plurals = [("ies", "y"), ("ouses", "ouse"), ("uses", "us"), ("s", "")];
    let stem = plurals.iter().find_map(|(plural, one)| Some(format!("{}{one}", section.strip_suffix(plural)?)));
    stem.unwrap_or_else(|| section.to_owned())
}

/// The logical id of a thing's own resource (`streams.trips` → `TripsStream`), or with a suffix that of a resource
/// beside it (`TripsStreamRole`).
pub fn logical_id(section: &str, name: &str, suffix: &str) -> String {
    format!("{}{}{suffix}", pascal(name), pascal(&singular(section)))
}

#[cfg(test)]
mod tests {
    use super::singular;

    #[test]
    fn one_thing_of_a_section_has_a_name() {
        for (section, one) in [
            ("streams", "stream"),
            ("deliveries", "delivery"),
            ("flink", "flink"),
            ("buses", "bus"),
            ("warehouses", "warehouse"),
        ] {
            assert_eq!(singular(section), one);
        }
    }
}
