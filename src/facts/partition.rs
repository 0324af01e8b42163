//! Partitions: parts of AWS that share no accounts.
//! AWS General Reference, ARN namespaces. Read 2026-11-20.

/// The partition that a Region belongs to, as it stands in ARNs.
pub fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// What the names of a Region's service endpoints end with.
pub fn url_suffix(region: &str) -> &'static str {
    if partition(region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
}
