//! The bytes of the log: its state, file headers, group headers, records.

#[cfg(test)]
mod tests;

/// How every file of groups begins.
const MAGIC: [u8; 8] = *b"clew-wal";

/// How the file of the log's state begins.
const STATE_MAGIC: [u8; 8] = *b"clew-wst";

/// The version that is written, and the newest that can be read.
pub(crate) const VERSION: u32 = 2;

/// The oldest version that can be read. It has no state, and its files do not say their length.
const VERSION_MIN: u32 = 1;

/// How long the state is, and every file's header.
const HEADER_LEN: usize = 64;

/// Groups begin at multiples of this, so that a search for them is short.
const ALIGNMENT: usize = 8;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Signal {
    /// An `ExportTraceServiceRequest`.
    Traces = 1,
    /// An `ExportLogsServiceRequest`.
    Logs = 2,
}

impl Signal {
    pub(crate) fn from_tag(tag: u8) -> Option<Self> {
        let mut all = [Self::Traces, Self::Logs].into_iter();
        all.find(|signal| *signal as u8 == tag)
    }
}

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) signal: Signal,
    /// Shorter than 4 GiB.
    pub(crate) payload: &'a [u8],
}

/// How a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileHeader {
    /// The file's number, which is in its name too.
    pub(crate) number: u64,
    /// Drawn for each file, so that only groups written to this very file are taken for such.
    pub(crate) nonce: u64,
    /// Where in the file before this one the last acknowledged group ends; zero in the first file.
    pub(crate) previous_end: u64,
    /// The sequence number of the first group.
    pub(crate) first_sequence: u64,
    /// How long the file was made, in bytes. Files of version 1 do not say.
    pub(crate) file_len: Option<u64>,
}

/// Why the start of a file is no header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeaderError {
    /// It is of another version.
    Version(u32),
    /// It is damaged, or was never one.
    Damaged(&'static str),
}

impl FileHeader {
    pub(crate) const LEN: usize = HEADER_LEN;

    pub(crate) fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[16..24].copy_from_slice(&self.number.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.nonce.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.previous_end.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.file_len.unwrap_or(0).to_le_bytes());
        close_header(&mut bytes, MAGIC);
        bytes
    }

    /// Reads the header of a file from its first bytes.
    pub(crate) fn decode(start: &[u8]) -> Result<Self, HeaderError> {
        let (bytes, version) = open_header(start, MAGIC)?;
        let file_len = Some(u64_at(bytes, 48)).filter(|_| version > 1);
        Ok(Self {
            file_len,
            ..Self::unchecked(bytes)
        })
    }

    /// What a damaged header says. If its nonce is right, the groups of the file are what proves it:
    /// each has a checksum over it.
    pub(crate) fn guess(start: &[u8]) -> Option<Self> {
        let header = Self::unchecked(start.first_chunk()?);
        let group = GroupHeader::decode(&start[Self::LEN..], header.nonce)?;
        Some(Self {
            first_sequence: group.sequence,
            ..header
        })
    }

    fn unchecked(bytes: &[u8; Self::LEN]) -> Self {
        Self {
            number: u64_at(bytes, 16),
            nonce: u64_at(bytes, 24),
            previous_end: u64_at(bytes, 32),
            first_sequence: u64_at(bytes, 40),
            file_len: None,
        }
    }
}

/// Adds to a header what all of them have in common.
fn close_header(bytes: &mut [u8; HEADER_LEN], magic: [u8; 8]) {
    bytes[0..8].copy_from_slice(&magic);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..60]);
    bytes[60..64].copy_from_slice(&crc.to_le_bytes());
}

/// The header at the start of a file, and its version.
fn open_header(start: &[u8], magic: [u8; 8]) -> Result<(&[u8; HEADER_LEN], u32), HeaderError> {
    let Some(bytes) = start.first_chunk() else {
        return Err(HeaderError::Damaged("the file is shorter than its header"));
    };
    if bytes[0..8] != magic {
        return Err(HeaderError::Damaged("it does not begin as a log does"));
    }
    if u32_at(bytes, 60) != crc32fast::hash(&bytes[..60]) {
        return Err(HeaderError::Damaged("the header's checksum is wrong"));
    }
    // After the checksum, which stays where it is in every version.
    let version = u32_at(bytes, 8);
    if !(VERSION_MIN..=VERSION).contains(&version) {
        return Err(HeaderError::Version(version));
    }
    Ok((bytes, version))
}

/// What is written down about the log as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// The number of the first file. Those before it are no part of the log any more. One more than
    /// the last if none is.
    pub(crate) first_file: u64,
    /// The sequence number of that file's first group.
    pub(crate) first_sequence: u64,
    /// The number of the last file that groups may be in.
    pub(crate) last_file: u64,
    /// Where the log ends, if it was closed and nothing was written to it since.
    pub(crate) end: Option<End>,
}

/// Where a log ends that was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// Where in the last file its last acknowledged group ends.
    pub(crate) offset: u64,
    /// One more than the sequence number of the log's last acknowledged group.
    pub(crate) next_sequence: u64,
    /// Whether nothing may be added to the last file. It may hold anything after its end then, and
    /// zeros alone if not.
    pub(crate) is_sealed: bool,
}

impl State {
    pub(crate) const LEN: usize = HEADER_LEN;

    /// How `end` is told apart.
    const OPEN: u32 = 0;
    const CLOSED: u32 = 1;
    const CLOSED_AND_SEALED: u32 = 2;

    pub(crate) fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let kind = match self.end {
            None => Self::OPEN,
            Some(end) if end.is_sealed => Self::CLOSED_AND_SEALED,
            Some(_) => Self::CLOSED,
        };
        bytes[12..16].copy_from_slice(&kind.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first_file.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.last_file.to_le_bytes());
        if let Some(end) = self.end {
            bytes[40..48].copy_from_slice(&end.offset.to_le_bytes());
            bytes[48..56].copy_from_slice(&end.next_sequence.to_le_bytes());
        }
        close_header(&mut bytes, STATE_MAGIC);
        bytes
    }

    pub(crate) fn decode(file: &[u8]) -> Result<Self, HeaderError> {
        let (bytes, _) = open_header(file, STATE_MAGIC)?;
        let kind = u32_at(bytes, 12);
        if kind > Self::CLOSED_AND_SEALED {
            return Err(HeaderError::Damaged("it says neither open nor closed"));
        }
        let (first_file, last_file) = (u64_at(bytes, 16), u64_at(bytes, 32));
        let has_files = first_file <= last_file;
        let may_have_none = kind == Self::OPEN && first_file == last_file.saturating_add(1);
        if first_file == 0 || !(has_files || may_have_none) {
            return Err(HeaderError::Damaged("it names no files"));
        }
        let end = End {
            offset: u64_at(bytes, 40),
            next_sequence: u64_at(bytes, 48),
            is_sealed: kind == Self::CLOSED_AND_SEALED,
        };
        Ok(Self {
            first_file,
            first_sequence: u64_at(bytes, 24),
            last_file,
            end: (kind != Self::OPEN).then_some(end),
        })
    }
}

/// How a group of records begins: all that one sync made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupHeader {
    /// The length of its records in bytes.
    pub(crate) len: u64,
    /// One more than that of the group before.
    pub(crate) sequence: u64,
    /// The CRC-32 of its records.
    pub(crate) crc: u32,
}

impl GroupHeader {
    pub(crate) const LEN: usize = 24;

    fn encode(&self, nonce: u64) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[0..8].copy_from_slice(&self.len.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.crc.to_le_bytes());
        let crc = header_crc(&bytes[..20], nonce);
        bytes[20..24].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads the header that stands at the start of these bytes, if one does.
    pub(crate) fn decode(start: &[u8], nonce: u64) -> Option<Self> {
        let bytes = start.first_chunk::<{ Self::LEN }>()?;
        let header = Self {
            len: u64_at(bytes, 0),
            sequence: u64_at(bytes, 8),
            crc: u32_at(bytes, 16),
        };
        // The length first, since most of what is asked about is a file's unused rest, of zeros.
        let is_header = header.len > 0 && u32_at(bytes, 20) == header_crc(&bytes[..20], nonce);
        is_header.then_some(header)
    }
}

/// The checksum of a group's header, which no one can make who does not know the file's nonce.
fn header_crc(bytes: &[u8], nonce: u64) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&nonce.to_le_bytes());
    crc.update(bytes);
    crc.finalize()
}

/// How long a record is besides its payload.
const RECORD_HEADER_LEN: usize = 8;

/// How much of a file the records take up as a group.
pub(crate) fn group_len(records: &[Record<'_>]) -> usize {
    let lens = records
        .iter()
        .map(|record| RECORD_HEADER_LEN + record.payload.len());
    (GroupHeader::LEN + lens.sum::<usize>()).next_multiple_of(ALIGNMENT)
}

/// Puts the group as it stands in a file into `out`, in place of what was there.
pub(crate) fn encode_group(out: &mut Vec<u8>, records: &[Record<'_>], sequence: u64, nonce: u64) {
    out.clear();
    out.resize(GroupHeader::LEN, 0);
    for record in records {
        let len = u32::try_from(record.payload.len()).expect("payloads are shorter than 4 GiB");
        out.extend_from_slice(&[record.signal as u8, 0, 0, 0]);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(record.payload);
    }
    let group = GroupHeader {
        len: (out.len() - GroupHeader::LEN) as u64,
        sequence,
        crc: crc32fast::hash(&out[GroupHeader::LEN..]),
    };
    out[..GroupHeader::LEN].copy_from_slice(&group.encode(nonce));
    out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
}

/// A group as it was read.
pub(crate) struct Group<'a> {
    /// Its records.
    pub(crate) body: &'a [u8],
    /// How much of the file it takes up.
    pub(crate) len: usize,
}

/// The group of this sequence number that stands at the start of these bytes, if a whole one does.
pub(crate) fn decode_group(bytes: &[u8], sequence: u64, nonce: u64) -> Option<Group<'_>> {
    let header = GroupHeader::decode(bytes, nonce)?;
    let end = GroupHeader::LEN.checked_add(usize::try_from(header.len).ok()?)?;
    let len = end.checked_next_multiple_of(ALIGNMENT)?;
    let body = &bytes.get(..len)?[GroupHeader::LEN..end];
    let is_whole = header.sequence == sequence && header.crc == crc32fast::hash(body);
    is_whole.then_some(Group { body, len })
}

/// Where in these bytes a group begins that was written after the one of this sequence number.
pub(crate) fn find_later_group(bytes: &[u8], sequence: u64, nonce: u64) -> Option<usize> {
    // No more groups than that fit, and so no sequence number can be further on.
    let sequence_max = sequence + (bytes.len() / GroupHeader::LEN) as u64;
    let is_later = |&offset: &usize| {
        GroupHeader::decode(&bytes[offset..], nonce)
            .is_some_and(|header| (sequence + 1..=sequence_max).contains(&header.sequence))
    };
    (0..bytes.len()).step_by(ALIGNMENT).find(is_later)
}

/// A place in the records of a group where none is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RecordError {
    /// Where, from the start of the records.
    pub(crate) offset: usize,
    /// What is wrong there.
    pub(crate) what: String,
}

/// A record and where it stands, from the start of the group's records.
pub(crate) type RecordAt<'a> = (usize, Record<'a>);

/// The records of a group, one after the other.
pub(crate) fn records(body: &[u8]) -> impl Iterator<Item = Result<RecordAt<'_>, RecordError>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        if offset == body.len() {
            return None;
        }
        let at = offset;
        let record = record(&body[at..]).map(|record| (at, record));
        // After an error there is no telling where the next one is.
        offset = match &record {
            Ok((_, record)) => at + RECORD_HEADER_LEN + record.payload.len(),
            Err(_) => body.len(),
        };
        Some(record.map_err(|what| RecordError { offset: at, what }))
    })
}

fn record(bytes: &[u8]) -> Result<Record<'_>, String> {
    let cut_off = || "the record is longer than its group".to_owned();
    let (header, rest) = bytes
        .split_first_chunk::<RECORD_HEADER_LEN>()
        .ok_or_else(cut_off)?;
    let signal = Signal::from_tag(header[0])
        .ok_or_else(|| format!("the record is of signal {}, which there is not", header[0]))?;
    let payload = rest.get(..u32_at(header, 4) as usize).ok_or_else(cut_off)?;
    Ok(Record { signal, payload })
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, offset))
}

fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, offset))
}

fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let chunk = bytes[offset..].first_chunk();
    *chunk.expect("the offsets above lie within their headers")
}
