//! The manifest: which segments there are, and from where on the log is needed.
//!
//! It is a file of its own that is replaced whole (M1); `docs/formats/manifest.md` describes it.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::disk::Disk;
use crate::error::{DiskError, OpenError, corrupt, io_error};
use crate::segment::Extent;

/// The version that is written.
const VERSION: u32 = 1;

/// The oldest version whose programs understand what is written.
const READABLE_BY: u32 = 1;

/// The only tenant that there is: a store of several is refused by programs that know one.
const TENANT: &str = "default";

pub(crate) const MANIFEST_NAME: &str = "manifest";

/// A manifest that is being written; it gets its name when it is safe.
const NAME_UNFINISHED: &str = "manifest.tmp";

/// How the first line begins.
const MAGIC: &str = "clew-manifest";

/// What a store consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    tenant: String,
    /// The number of the next segment. No two segments ever have the same.
    pub(crate) next_segment: u64,
    /// The sequence number of the last group of the log whose spans are in segments; 0 if none is.
    pub(crate) sealed_group: u64,
    /// The position of the first batch that is not in a segment.
    pub(crate) next_position: u64,
    /// How many spans were dropped, since they were too old or took too much room.
    #[serde(default)]
    pub(crate) dropped_spans: u64,
    /// In the order in which their spans arrived.
    pub(crate) segments: Vec<SegmentEntry>,
}

/// A segment, and what is known of it without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentEntry {
    /// It names the file.
    pub(crate) number: u64,
    /// How many bytes the file has.
    pub(crate) len: u64,
    /// How many spans there are.
    pub(crate) rows: u32,
    /// How often its spans were merged.
    pub(crate) merges: u32,
    /// The checksum of the whole file; the first versions did not take it.
    #[serde(default)]
    pub(crate) crc: Option<u32>,
    /// Where its directory is.
    pub(crate) directory: Extent,
    /// When the first and the last span arrived, in nanoseconds since the Unix epoch by the clock of
    /// this machine.
    pub(crate) arrived: (u64, u64),
}

impl Default for Manifest {
    /// A store without segments.
    fn default() -> Self {
        Self {
            tenant: TENANT.to_owned(),
            next_segment: 1,
            sealed_group: 0,
            next_position: 0,
            dropped_spans: 0,
            segments: Vec::new(),
        }
    }
}

impl Manifest {
    fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let body = serde_json::to_vec_pretty(self)?;
        let crc = crc32fast::hash(&body);
        let header = format!("{MAGIC} version={VERSION} readable-by={READABLE_BY} crc={crc:08x}\n");
        Ok([header.into_bytes(), body].concat())
    }

    fn decode(file: &Path, bytes: &[u8]) -> Result<Self, OpenError> {
        let damaged = |offset: usize, what: &str| corrupt(file, offset as u64, what);
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let end = end.ok_or_else(|| damaged(0, "it has no first line"))?;
        let header = Header::parse(&bytes[..end]);
        let header = header.ok_or_else(|| damaged(0, "the first line is not a manifest's"))?;
        if header.readable_by > VERSION {
            return Err(OpenError::Version {
                file: file.to_owned(),
                found: header.version,
                newest: VERSION,
            });
        }
        let body = &bytes[end + 1..];
        if crc32fast::hash(body) != header.crc {
            return Err(damaged(end + 1, "the checksum of what follows is wrong").into());
        }
        let manifest: Self = serde_json::from_slice(body)
            .map_err(|error| damaged(end + 1, &format!("what follows is no manifest: {error}")))?;
        if manifest.tenant != TENANT {
            let what = format!(
                "it is of the tenant {:?}; this program knows {TENANT:?} alone",
                manifest.tenant
            );
            return Err(damaged(end + 1, &what).into());
        }
        Ok(manifest)
    }
}

/// The first line of the file.
struct Header {
    version: u32,
    readable_by: u32,
    crc: u32,
}

impl Header {
    fn parse(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.strip_prefix(MAGIC)?.split_whitespace();
        let mut value = |name: &str| words.next()?.strip_prefix(name)?.strip_prefix('=');
        Some(Self {
            version: value("version")?.parse().ok()?,
            readable_by: value("readable-by")?.parse().ok()?,
            crc: u32::from_str_radix(value("crc")?, 16).ok()?,
        })
    }
}

/// The file of a directory.
pub(crate) struct ManifestFile {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
}

impl std::fmt::Debug for ManifestFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ManifestFile").field(&self.dir).finish()
    }
}

impl ManifestFile {
    pub(crate) fn new(disk: Arc<dyn Disk>, dir: &Path) -> Self {
        Self {
            disk,
            dir: dir.to_owned(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.join(MANIFEST_NAME)
    }

    /// What the file says, if there is one.
    pub(crate) fn read(&self) -> Result<Option<Manifest>, OpenError> {
        let path = self.path();
        match self.disk.read(&path, u64::MAX) {
            Ok(bytes) => Manifest::decode(&path, &bytes).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("read", &path)(error).into()),
        }
    }

    /// Puts this manifest in the place of the one before (M1). When this returns `Ok`, it is safe;
    /// after an error the file is the one or the other.
    pub(crate) fn write(&self, manifest: &Manifest) -> Result<(), DiskError> {
        let unfinished = self.dir.join(NAME_UNFINISHED);
        let bytes = manifest.encode();
        let bytes = bytes.map_err(|error| io_error("write", &unfinished)(error.into()))?;
        let created = self.disk.create(&unfinished, bytes.len() as u64);
        let mut file = created.map_err(io_error("make", &unfinished))?;
        let written = file.write_at(&bytes, 0);
        written.map_err(io_error("write", &unfinished))?;
        file.sync().map_err(io_error("sync", &unfinished))?;
        let renamed = self.disk.rename(&unfinished, &self.path());
        renamed.map_err(io_error("rename", &unfinished))?;
        let synced = self.disk.sync_dir(&self.dir);
        synced.map_err(io_error("sync", &self.dir))
    }
}
