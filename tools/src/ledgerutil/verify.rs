//! Are a ledger's blocks what their headers say, and does each follow the one before?

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::blocks::{BlockStores, Blocks};
use super::results_dir;
use crate::go_json::Json;

const RESULT: &str = "blocks.json";
const COMMAND: &str = "verify";

/// Verifies all channels; whether every block is right.
pub fn run(data_dir: &Path, output_dir: &Path) -> Result<bool, String> {
    let stores = BlockStores::open(data_dir, COMMAND)?;
    let mut right = true;
    for channel_id in stores.channels()? {
        let name = format!("{channel_id}_verification_result");
        let dir = results_dir(output_dir, &name, &output_dir.display(), COMMAND)?;
        let mut blocks = stores.blocks(&channel_id)?;
        let path = dir.join(RESULT);
        let file = File::create(&path).map_err(|error| format!("open {}: {error}", path.display()))?;
        let mut output = BufWriter::new(file);
        let written = verify(&mut blocks, |line| output.write_all(line.as_bytes()).map_err(|error| error.to_string()));
        right &= written.map_err(|error| format!("{channel_id}: {error}"))?;
        let ended = output.flush().and_then(|()| output.get_ref().sync_all());
        ended.map_err(|error| format!("write {}: {error}", path.display()))?;
    }
    Ok(right)
}

/// Writes a list of what is wrong.
fn verify(blocks: &mut Blocks, mut write: impl FnMut(&str) -> Result<(), String>) -> Result<bool, String> {
    let mut previous_hash = None;
    let mut separator = "";
    write("[\n")?;
    for number in blocks.first()..blocks.height() {
        let Some((header, block)) = blocks.read_next()? else { break };
        if header.number != number {
            return Err(format!("The next block is expected to be {number} but got {}", header.number));
        }
        let data = block.data.unwrap_or_default().data;
        let mut errors = Vec::new();
        let malformed = proto::block::check_well_formed(&data).err();
        // What is malformed alone is no error in Fabric, unless it has no hash; blocks without transactions have none.
        if let Some(reason) = &malformed {
            errors.push(Json::text(reason.as_str()));
        }
        if malformed.is_some() || header.data_hash != proto::block::data_hash(&data)[..] {
            errors.push(Json::text("DataHash mismatch"));
        }
        if previous_hash.is_some_and(|hash: proto::Digest| header.previous_hash != hash[..]) {
            errors.push(Json::text("PreviousHash mismatch"));
        }
        if !errors.is_empty() {
            let fields =
                [("blockNum", Json::Number(number)), ("valid", Json::Bool(false)), ("errors", Json::List(errors))];
            write(&format!("{separator}{}\n", Json::object(fields).compact()))?;
            separator = ",\n";
        }
        previous_hash = Some(proto::block::header_hash(&header));
    }
    write("]\n")?;
    Ok(separator.is_empty())
}
