//! The identifiers and address blocks of EC2.

use crate::spec::Pattern;

/// Whether `text` is `prefix` and the 8 or 17 hexadecimal digits of an identifier of EC2.
fn identifier(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| {
        matches!(digits.len(), 8 | 17)
            && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
    })
}

#[derive(Debug)]
pub struct VpcId;

impl Pattern for VpcId {
    const REGEX: &'static str = "^vpc-([0-9a-f]{8}|[0-9a-f]{17})$";
    const EXPECTED: &'static str = "the id of a VPC: `vpc-` and 8 or 17 hexadecimal digits";
    const EXAMPLE: &'static str = "vpc-0a1b2c3d4e5f60718";

    fn matches(text: &str) -> bool {
        identifier(text, "vpc-")
    }
}

#[derive(Debug)]
pub struct SubnetId;

impl Pattern for SubnetId {
    const REGEX: &'static str = "^subnet-([0-9a-f]{8}|[0-9a-f]{17})$";
    const EXPECTED: &'static str = "the id of a subnet: `subnet-` and 8 or 17 hexadecimal digits";
    const EXAMPLE: &'static str = "subnet-0a1b2c3d4e5f60718";

    fn matches(text: &str) -> bool {
        identifier(text, "subnet-")
    }
}

#[derive(Debug)]
pub struct SecurityGroupId;

impl Pattern for SecurityGroupId {
    const REGEX: &'static str = "^sg-([0-9a-f]{8}|[0-9a-f]{17})$";
    const EXPECTED: &'static str = "the id of a security group: `sg-` and 8 or 17 hexadecimal digits";
    const EXAMPLE: &'static str = "sg-0a1b2c3d4e5f60718";

    fn matches(text: &str) -> bool {
        identifier(text, "sg-")
    }
}

/// A block of addresses that can be cut into sixteen subnets: EC2 takes VPCs up to `/16` and subnets down to `/28`.
#[derive(Debug)]
pub struct Cidr;

impl Pattern for Cidr {
    const REGEX: &'static str = "^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}\
                                 (25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])/(1[6-9]|2[0-4])$";
    const EXPECTED: &'static str = "a block of IPv4 addresses from `/16` to `/24`";
    const EXAMPLE: &'static str = "10.0.0.0/16";

    fn matches(text: &str) -> bool {
        let Some((address, length)) = text.split_once('/') else { return false };
        let octet = |part: &str| part.parse::<u8>().is_ok_and(|octet| octet.to_string() == part);
        address.split('.').count() == 4
            && address.split('.').all(octet)
            && length.parse::<u8>().is_ok_and(|bits| (16..=24).contains(&bits) && bits.to_string() == length)
    }
}

impl Cidr {
    /// How many bits of a subnet's addresses are its own.
    pub fn subnet_bits(text: &str) -> i64 {
        let length = text.split_once('/').and_then(|(_, length)| length.parse::<i64>().ok()).unwrap_or(16);
        32 - length - SUBNETS.ilog2() as i64
    }
}

/// A made network is always cut into so many blocks, so that another zone or NAT gateway moves no subnet.
pub const SUBNETS: usize = 16;
