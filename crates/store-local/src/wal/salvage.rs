//! Reads what is whole of a log, whatever is damaged.

use std::path::Path;

use super::format::{self, FileHeader, GroupHeader};
use super::{file_number, file_path, header_problem};
use crate::disk::Disk;
use crate::error::{DiskError, OpenError, corrupt, io_error};

/// Shows the records of all groups that are whole, each with the number of its group; gives back what
/// is not.
pub(crate) fn salvage_groups(
    disk: &dyn Disk,
    dir: &Path,
    mut see: impl FnMut(u64, &[u8]),
) -> Vec<DiskError> {
    let mut problems = Vec::new();
    let names = match disk.list(dir) {
        Ok(names) => names,
        Err(error) => return vec![io_error("list", dir)(error)],
    };
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| file_number(name)).collect();
    numbers.sort_unstable();
    for number in numbers {
        let path = file_path(dir, number);
        if let Err(error) = salvage_file(disk, &path, &mut problems, &mut see) {
            problems.push(error);
        }
    }
    problems
}

fn salvage_file(
    disk: &dyn Disk,
    path: &Path,
    problems: &mut Vec<DiskError>,
    see: &mut impl FnMut(u64, &[u8]),
) -> Result<(), DiskError> {
    let data = disk.read(path, u64::MAX).map_err(io_error("read", path))?;
    let header = FileHeader::decode(&data).map_err(|error| match header_problem(path, &error) {
        OpenError::Disk(error) => error,
        other => corrupt(path, 0, other.to_string()),
    })?;
    let (mut at, mut sequence) = (FileHeader::LEN, header.first_sequence);
    while at < data.len() {
        if let Some(group) = format::decode_group(&data[at..], sequence, header.nonce) {
            for record in format::records(group.body) {
                match record {
                    Ok((_, record)) => see(sequence, record.payload),
                    Err(error) => {
                        let offset = at + GroupHeader::LEN + error.offset;
                        problems.push(corrupt(path, offset as u64, error.what));
                    }
                }
            }
            at += group.len;
            sequence += 1;
            continue;
        }
        let later = format::find_later_group(&data[at..], sequence, header.nonce);
        let Some((later, header)) = later.and_then(|later| {
            let header = GroupHeader::decode(&data[at + later..], header.nonce)?;
            Some((later, header))
        }) else {
            break;
        };
        let what = format!("groups {sequence} to {} are damaged", header.sequence - 1);
        problems.push(corrupt(path, at as u64, what));
        at += later;
        sequence = header.sequence;
    }
    Ok(())
}
