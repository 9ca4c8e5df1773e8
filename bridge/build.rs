//! Copies the message descriptors that `temporalio-protos` publishes to its direct dependents,
//! so that histories in proto3 JSON can be read by reflection (docs/adr/0004).

use std::{env, fs, path::Path};

#[expect(clippy::disallowed_methods, reason = "a build script speaks through the environment")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let published = env::var("DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH")?;
    fs::copy(&published, Path::new(&env::var("OUT_DIR")?).join("descriptors.bin"))?;
    println!("cargo::rerun-if-changed={published}");
    Ok(())
}
