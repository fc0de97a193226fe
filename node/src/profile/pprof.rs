//! Profiles in the form that `go tool pprof` and others read: a gzipped message (pprof's `profile.proto`; field numbers are
//! facts of it).

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::UNIX_EPOCH;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use super::stacks::Stacks;

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    mapping: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "7")]
    drop_frames: i64,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    r#type: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Mapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    memory_start: u64,
    #[prost(uint64, tag = "3")]
    memory_limit: u64,
    #[prost(uint64, tag = "4")]
    file_offset: u64,
    #[prost(int64, tag = "5")]
    filename: i64,
    #[prost(bool, tag = "7")]
    has_functions: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping_id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
}

/// What the two values of each stack are: their types and units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) values: [(&'static str, &'static str); 2],
    /// How often values are taken, and of what.
    pub(super) period: (i64, (&'static str, &'static str)),
    /// Functions that readers leave out with all that those called, as a regular expression; may be empty.
    pub(super) left_out: &'static str,
}

#[derive(Default)]
struct Strings(HashMap<String, i64>, Vec<String>);

impl Strings {
    fn index(&mut self, text: &str) -> i64 {
        if let Some(index) = self.0.get(text) {
            return *index;
        }
        let index = i64::try_from(self.1.len()).unwrap_or(0);
        self.0.insert(text.to_owned(), index);
        self.1.push(text.to_owned());
        index
    }

    fn value_type(&mut self, (kind, unit): (&str, &str)) -> ValueType {
        ValueType { r#type: self.index(kind), unit: self.index(unit) }
    }
}

/// The gzipped message.
pub(super) fn encode(stacks: &Stacks, kind: Kind) -> io::Result<Vec<u8>> {
    let mut strings = Strings::default();
    // By the format's rule the first string is empty.
    strings.index("");
    let mut profile = Profile {
        sample_type: kind.values.map(|value| strings.value_type(value)).to_vec(),
        period_type: Some(strings.value_type(kind.period.1)),
        period: kind.period.0,
        drop_frames: strings.index(kind.left_out),
        time_nanos: nanos(stacks.started.duration_since(UNIX_EPOCH).unwrap_or_default()),
        duration_nanos: nanos(stacks.duration),
        ..Profile::default()
    };
    for (index, image) in stacks.images.iter().enumerate() {
        profile.mapping.push(Mapping {
            id: index as u64 + 1,
            memory_start: image.memory.start,
            memory_limit: image.memory.end,
            file_offset: image.offset,
            filename: strings.index(&image.name),
            has_functions: true,
        });
    }
    let (mut locations, mut functions) = (HashMap::new(), HashMap::new());
    for (stack, values) in &stacks.values {
        let location = |address: &u64| {
            *locations.entry(*address).or_insert_with(|| {
                let name = stacks.images.function(*address);
                let (name, system_name) = (strings.index(&name.readable), strings.index(&name.raw));
                let function_id = *functions.entry(system_name).or_insert_with(|| {
                    let id = profile.function.len() as u64 + 1;
                    profile.function.push(Function { id, name, system_name });
                    id
                });
                let id = profile.location.len() as u64 + 1;
                let mapping_id = stacks.images.position(*address).map_or(0, |index| index as u64 + 1);
                profile.location.push(Location { id, mapping_id, address: *address, line: vec![Line { function_id }] });
                id
            })
        };
        let location_id = stack.iter().map(location).collect();
        let value = values.map(|value| i64::try_from(value).unwrap_or(i64::MAX)).to_vec();
        profile.sample.push(Sample { location_id, value });
    }
    profile.string_table = strings.1;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&profile.encode_to_vec())?;
    gzip.finish()
}

fn nanos(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
