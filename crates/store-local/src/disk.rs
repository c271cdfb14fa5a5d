//! What the store asks of a filesystem: a seam small enough for a test to put one below it that
//! fails on demand.

#[cfg(test)]
pub(crate) mod fake;
mod memory;

pub(crate) use memory::MemoryDisk;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::Path;

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

/// A filesystem. What is written is safe only after [`DiskFile::sync`]; what is created or renamed
/// only after [`Disk::sync_dir`] of its directory.
pub(crate) trait Disk: Send + Sync + 'static {
    /// The names of the directory's files.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// The file's first bytes, at most `len_max`.
    fn read(&self, file: &Path, len_max: u64) -> io::Result<Vec<u8>>;

    /// The file's length in bytes.
    fn len(&self, file: &Path) -> io::Result<u64>;

    /// Makes a file of `len` zeros, in place of any other, and reserves the room for them.
    fn create(&self, file: &Path, len: u64) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file to read it piece by piece.
    fn reader(&self, file: &Path) -> io::Result<Box<dyn DiskReader>>;

    /// Opens a file to write on.
    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Gives the file another name, in place of any other file of that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes the file.
    fn remove(&self, file: &Path) -> io::Result<()>;

    /// Makes safe which files the directory has.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// A file that is open for writing.
pub(crate) trait DiskFile: Send {
    /// Writes all of the bytes; after an error any of them may be written.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes safe what was written. After an error that cannot be done any more: the system may
    /// have forgotten which of its pages were not safe.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file that is open for reading, by any number of threads at once.
pub(crate) trait DiskReader: Send + Sync {
    /// Fills the buffer with what stands at this place; an error if the file ends before.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

/// The filesystem of the operating system.
pub(crate) struct OsDisk;

impl Disk for OsDisk {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let name = |entry: io::Result<fs::DirEntry>| {
            entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
        };
        fs::read_dir(dir)?.map(name).collect()
    }

    fn read(&self, file: &Path, len_max: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(file)?.take(len_max).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn len(&self, file: &Path) -> io::Result<u64> {
        Ok(fs::metadata(file)?.len())
    }

    fn create(&self, file: &Path, len: u64) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).open(file)?;
        reserve(&file, len)?;
        Ok(Box::new(file))
    }

    fn reader(&self, file: &Path) -> io::Result<Box<dyn DiskReader>> {
        Ok(Box::new(File::open(file)?))
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).open(file)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

/// By `pread`, which leaves the position of the file alone.
impl DiskReader for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }
}

/// A file in memory.
#[cfg(test)]
impl DiskReader for bytes::Bytes {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..));
        let bytes = rest.and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl DiskFile for File {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Makes the file that long. Where the filesystem can, it sets the room aside, so that a disk that
/// fills up later does not fail a write.
fn reserve(file: &File, len: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, len) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => file.set_len(len),
        Err(errno) => Err(errno.into()),
    }
}

/// Makes the directory and those above it, where they are missing, such that they are there after
/// a power loss. What is made is for its owner alone, since traces tell much about people
/// (the XDG Base Directory Specification asks for the same).
pub(crate) fn create_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = match dir.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    create_dir(parent)?;
    match fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    OsDisk.sync_dir(parent)
}
