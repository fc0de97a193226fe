//! The gate over files, and the loaders over those that it accepts.

use crate::allocations::limited;
use crate::host_calls::ENGINE;

/// Tables of the WIT package are larger than small files; nothing is larger than this.
const ALLOCATION_BYTES_MAX: usize = 16 << 20;

/// Has the gate examine a file, and makes a component of it when it is accepted, as installing does before it compiles.
pub fn run(data: &[u8]) {
    let engine = &*ENGINE;
    limited(ALLOCATION_BYTES_MAX, || {
        let report = engine.check(data);
        // What clients are told.
        assert_eq!(report.to_string() == "accepted", report.accepted());
        if report.accepted() {
            // A loader may still find something to say against it.
            let _ = runtime::fuzzing::component(data);
            let _ = runtime::largest_functions(data, 10);
        }
    });
}
