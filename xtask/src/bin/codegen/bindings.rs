//! C bindings of the contract world: header, glue, and the object file that names the world inside a module.

use std::path::Path;

use anyhow::{Context, Result};
use wit_bindgen_core::Files as Generated;
use wit_bindgen_core::wit_parser::Resolve;

use super::Files;

pub const FOLDER: &str = "host-api/guest/c/generated";

pub fn generate(root: &Path, files: &mut Files) -> Result<()> {
    let text = std::fs::read_to_string(root.join(super::reference::WIT)).context("reading the WIT package")?;
    let mut resolve = Resolve::default();
    let package = resolve.push_str(super::reference::WIT, &text)?;
    let world = resolve.select_world(&[package], None)?;
    let mut generated = Generated::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut generated)?;
    for (name, contents) in generated.iter() {
        files.insert(Path::new(FOLDER).join(name), contents.to_vec());
    }
    Ok(())
}
