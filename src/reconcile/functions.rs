//! Intrinsic functions whose value follows from their arguments alone.

use std::net::Ipv4Addr;

use serde_json::Value as Json;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn base64(text: &str) -> String {
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            let sextet = (bits >> (18 - 6 * place)) & 63;
            let letter = ALPHABET.get(sextet as usize).copied().map_or('=', char::from);
            out.push(if place > chunk.len() { '=' } else { letter });
        }
    }
    out
}

/// `count` blocks of `bits` host bits each, from the beginning of `block`. `None` for what is no such IPv4 block.
pub(super) fn cidr(block: &str, count: u32, bits: u32) -> Option<Vec<Json>> {
    let (address, length) = block.split_once('/')?;
    let (address, length): (Ipv4Addr, u32) = (address.parse().ok()?, length.parse().ok()?);
    let prefix = 32u32.checked_sub(bits).filter(|prefix| *prefix >= length && length <= 32)?;
    let available = 1u64 << (prefix - length);
    let start = u64::from(u32::from(address)) & (u64::from(u32::MAX) << (32 - length));
    (u64::from(count) <= available).then(|| {
        let block = |index: u64| u32::try_from(start + (index << bits)).ok().map(Ipv4Addr::from);
        (0..u64::from(count)).filter_map(block).map(|address| Json::from(format!("{address}/{prefix}"))).collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_encoded() {
        let encoded = ["", "f", "fo", "foo", "foob", "日本"].map(base64);
        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "5pel5pys"]);
    }

    #[test]
    fn networks_are_divided() {
        assert_eq!(
            cidr("10.0.0.0/16", 3, 8).map(Json::from),
            Some(json!(["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]))
        );
        assert_eq!(cidr("10.1.2.3/30", 2, 1).map(Json::from), Some(json!(["10.1.2.0/31", "10.1.2.2/31"])));
        assert_eq!(cidr("0.0.0.0/0", 1, 32).map(Json::from), Some(json!(["0.0.0.0/0"])));
        for (block, count, bits) in [
            ("10.0.0.0/24", 2, 8),
            ("10.0.0.0/24", 1, 9),
            ("10.0.0.0", 1, 8),
            ("::/64", 1, 8),
            ("10.0.0.0/40", 1, 1),
            ("10.0.0.0/8", 1, 40),
        ] {
            assert_eq!(cidr(block, count, bits), None, "{block} {count} {bits}");
        }
    }
}
