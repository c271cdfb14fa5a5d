//! Reads what is whole of a log, whatever is damaged.

use std::path::{Path, PathBuf};

use super::format::{self, FileHeader, GroupHeader, Signal};
use super::{file_number, file_path, header_problem};
use crate::disk::Disk;
use crate::error::{DiskError, OpenError, corrupt, io_error};

/// What is whole of a file.
#[derive(Debug, Default)]
pub(crate) struct Salvaged {
    /// The records of all groups that are whole.
    pub(crate) records: Vec<SalvagedRecord>,
    /// What is not whole.
    pub(crate) problems: Vec<DiskError>,
}

/// A record of a group that is whole.
#[derive(Debug)]
pub(crate) struct SalvagedRecord {
    /// The sequence number of the group.
    pub(crate) group: u64,
    pub(crate) signal: Signal,
    pub(crate) payload: Vec<u8>,
}

/// The files of a log, in their order.
pub(crate) fn files(disk: &dyn Disk, dir: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let names = disk.list(dir).map_err(io_error("list", dir))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| file_number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers.into_iter().map(|it| file_path(dir, it)).collect())
}

/// Reads what can be read of a file.
pub(crate) fn salvage_file(disk: &dyn Disk, path: &Path) -> Result<Salvaged, DiskError> {
    let mut salvaged = Salvaged::default();
    let problems = &mut salvaged.problems;
    let data = disk.read(path, u64::MAX).map_err(io_error("read", path))?;
    let header = match FileHeader::decode(&data) {
        Ok(header) => header,
        Err(error) => {
            let problem = match header_problem(path, &error) {
                OpenError::Disk(error) => error,
                other => return Err(corrupt(path, 0, other.to_string())),
            };
            let Some(header) = FileHeader::guess(&data) else {
                return Err(problem);
            };
            problems.push(problem);
            header
        }
    };
    let (mut at, mut sequence) = (FileHeader::LEN, header.first_sequence);
    while at < data.len() {
        if let Some(group) = format::decode_group(&data[at..], sequence, header.nonce) {
            for record in format::records(group.body) {
                match record {
                    Ok((_, record)) => {
                        salvaged.records.push(SalvagedRecord {
                            group: sequence,
                            signal: record.signal,
                            payload: record.payload.to_vec(),
                        });
                    }
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
            if data[at..].iter().any(|&byte| byte != 0) {
                let what = format!("group {sequence} is not whole, and none follows");
                problems.push(corrupt(path, at as u64, what));
            }
            break;
        };
        let what = format!("groups {sequence} to {} are damaged", header.sequence - 1);
        problems.push(corrupt(path, at as u64, what));
        at += later;
        sequence = header.sequence;
    }
    Ok(salvaged)
}
