//! Prints what each column of the segments in a directory takes, as JSON. `cargo xtask bench` runs it.
//!
//! ```sh
//! cargo run --release --example sizes -- DATA_DIR/segments
//! ```
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::collections::BTreeMap;
use std::fs::File;

use parquet::file::reader::{FileReader as _, SerializedFileReader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).ok_or("which directory?")?;
    let (mut rows, mut columns) = (0, BTreeMap::new());
    for entry in std::fs::read_dir(dir)? {
        let reader = SerializedFileReader::new(File::open(entry?.path())?)?;
        let metadata = reader.metadata();
        rows += metadata.file_metadata().num_rows();
        for column in metadata
            .row_groups()
            .iter()
            .flat_map(parquet::file::metadata::RowGroupMetaData::columns)
        {
            let name = column.column_path().string();
            *columns.entry(name).or_insert(0) += column.compressed_size();
        }
    }
    // No key of an attribute has a quote in what is measured.
    let columns = columns
        .iter()
        .map(|(name, bytes)| format!("{name:?}:{bytes}"));
    let columns: Vec<String> = columns.collect();
    println!("{{\"rows\":{rows},\"columns\":{{{}}}}}", columns.join(","));
    Ok(())
}
