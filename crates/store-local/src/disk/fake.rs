//! A filesystem in memory that fails, fills up, or loses its power on demand.
//!
//! Each file has what programs see and what is safe. A sync makes the one the other; a sync that
//! fails forgets what was not safe, as operating systems do: it stays in sight until the power
//! goes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::{Disk, DiskFile, DiskReader};

/// What is written at once or not at all. Smaller than on any real disk, so that even headers tear.
const SECTOR_LEN: usize = 16;

/// A test that fails while it holds up a step must still end.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Default)]
pub(crate) struct FakeDisk {
    state: Arc<Mutex<State>>,
    changed: Arc<Condvar>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The step fails, half done; the next one succeeds.
    Fails,
    /// The process ends in the middle of the step: it and all that follow fail.
    Dies,
    /// The code panics, as it would over a mistake in it.
    Panics,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    files: Vec<FileState>,
    names: BTreeMap<PathBuf, usize>,
    safe_names: BTreeMap<PathBuf, usize>,
    /// How many bytes can still be reserved; no bound if not told.
    pub(crate) room: Option<usize>,
    /// How many writes, syncs, and changes of names there were.
    pub(crate) steps: usize,
    /// How many syncs of files there were.
    pub(crate) syncs: usize,
    fault: Option<(usize, Fault)>,
    /// Steps wait from this one on.
    held_up_at: Option<usize>,
    /// How many do.
    waiting: usize,
}

#[derive(Debug, Default)]
struct FileState {
    seen: Vec<u8>,
    safe: Vec<u8>,
    /// Runs of sectors that are not safe yet.
    dirty: Vec<Range<usize>>,
}

impl FakeDisk {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Makes every step wait.
    pub(crate) fn hold_up(&self) {
        let steps = self.state().steps;
        self.hold_up_at(steps);
    }

    /// Makes the step of this number wait, and all that follow; those before it go on.
    pub(crate) fn hold_up_at(&self, step: usize) {
        self.state().held_up_at = Some(step);
        self.changed.notify_all();
    }

    /// Waits until a step waits.
    pub(crate) fn wait_until_held_up(&self) {
        let waited = self
            .changed
            .wait_timeout_while(self.state(), PATIENCE, |state| state.waiting == 0);
        assert!(!waited.unwrap().1.timed_out(), "no step waits");
    }

    /// Ends what [`FakeDisk::hold_up`] began.
    pub(crate) fn let_go(&self) {
        self.state().held_up_at = None;
        self.changed.notify_all();
    }

    /// Waits its turn for a step.
    fn state_for_step(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        while state.held_up_at.is_some_and(|step| step <= state.steps) {
            state.waiting += 1;
            self.changed.notify_all();
            let waited = self.changed.wait_timeout(state, PATIENCE).unwrap();
            assert!(!waited.1.timed_out(), "nobody lets the step go");
            state = waited.0;
            state.waiting -= 1;
        }
        state
    }

    /// Makes the step of this number go wrong, counted from zero.
    pub(crate) fn fail_at(&self, step: usize, fault: Fault) {
        self.state().fault = Some((step, fault));
    }

    /// A process that died is followed by another, which sees what the first one saw.
    pub(crate) fn restart(&self) {
        self.state().fault = None;
    }

    /// What was not safe is there or not, each sector and each name as the seed has it.
    pub(crate) fn lose_power(&self, seed: u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        let state = &mut *self.state();
        state.fault = None;
        for file in &mut state.files {
            for sector in std::mem::take(&mut file.dirty).into_iter().flatten() {
                if random.bool() {
                    file.make_safe(sector..sector + 1);
                }
            }
            file.seen.clone_from(&file.safe);
        }
        let paths: BTreeSet<_> = state
            .names
            .keys()
            .chain(state.safe_names.keys())
            .cloned()
            .collect();
        for path in paths {
            let names = if random.bool() {
                &state.names
            } else {
                &state.safe_names
            };
            let file = names.get(&path).copied();
            set_name(&mut state.names, &path, file);
        }
        state.safe_names.clone_from(&state.names);
    }

    /// Changes the bytes of a file.
    pub(crate) fn edit(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let id = state.names[path];
        let file = &mut state.files[id];
        change(&mut file.seen);
        file.safe.clone_from(&file.seen);
    }

    /// A copy that goes its own way.
    pub(crate) fn fork(&self) -> Self {
        let state = self.state();
        let copy = |file: &FileState| FileState {
            seen: file.seen.clone(),
            safe: file.safe.clone(),
            dirty: file.dirty.clone(),
        };
        let state = State {
            files: state.files.iter().map(copy).collect(),
            names: state.names.clone(),
            safe_names: state.safe_names.clone(),
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            changed: Arc::default(),
        }
    }
}

impl State {
    /// Counts a step. `Err` if it is to go wrong.
    fn step(&mut self) -> io::Result<()> {
        let step = self.steps;
        self.steps += 1;
        match self.fault {
            Some((at, Fault::Fails)) if step == at => Err(io::Error::other("fault on demand")),
            Some((at, Fault::Dies)) if step >= at => Err(io::Error::other("the process is dead")),
            Some((at, Fault::Panics)) if step == at => panic!("the disk of the test panics"),
            _ => Ok(()),
        }
    }

    /// Whether the process is dead, and leaves no trace any more.
    fn is_dead(&self) -> bool {
        matches!(self.fault, Some((at, Fault::Dies)) if self.steps > at + 1)
    }

    fn id(&self, path: &Path) -> io::Result<usize> {
        self.names
            .get(path)
            .copied()
            .ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn reserve(&mut self, len: usize) -> io::Result<()> {
        if let Some(room) = &mut self.room {
            *room = room.checked_sub(len).ok_or(ErrorKind::StorageFull)?;
        }
        Ok(())
    }

    /// Takes the name off its file, whose room is free then.
    fn release(&mut self, path: &Path) {
        if let Some(id) = self.names.remove(path)
            && let Some(room) = &mut self.room
        {
            *room += self.files[id].seen.len();
        }
    }
}

impl FileState {
    fn make_safe(&mut self, sectors: Range<usize>) {
        let start = sectors.start * SECTOR_LEN;
        let end = (sectors.end * SECTOR_LEN).min(self.seen.len());
        self.safe[start..end].copy_from_slice(&self.seen[start..end]);
    }
}

fn set_name(names: &mut BTreeMap<PathBuf, usize>, path: &Path, file: Option<usize>) {
    match file {
        Some(file) => names.insert(path.to_owned(), file),
        None => names.remove(path),
    };
}

impl Disk for FakeDisk {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let in_dir = state.names.keys().filter(|path| path.parent() == Some(dir));
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        Ok(in_dir.map(name).collect())
    }

    fn read(&self, file: &Path, len_max: u64) -> io::Result<Vec<u8>> {
        let state = self.state();
        let bytes = &state.files[state.id(file)?].seen;
        let len = usize::try_from(len_max)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        Ok(bytes[..len].to_vec())
    }

    fn len(&self, file: &Path) -> io::Result<u64> {
        let state = self.state();
        Ok(state.files[state.id(file)?].seen.len() as u64)
    }

    fn create(&self, file: &Path, len: u64) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state_for_step();
        state.step()?;
        let len = usize::try_from(len).unwrap();
        state.release(file);
        state.reserve(len)?;
        let id = state.files.len();
        state.files.push(FileState {
            seen: vec![0; len],
            safe: vec![0; len],
            dirty: Vec::new(),
        });
        state.names.insert(file.to_owned(), id);
        drop(state);
        self.open(file)
    }

    fn reader(&self, file: &Path) -> io::Result<Box<dyn DiskReader>> {
        let id = self.state().id(file)?;
        Ok(Box::new(FakeFile {
            disk: self.clone(),
            id,
        }))
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let id = self.state().id(file)?;
        Ok(Box::new(FakeFile {
            disk: self.clone(),
            id,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state_for_step();
        state.step()?;
        let id = state.id(from)?;
        state.release(to);
        state.names.remove(from);
        state.names.insert(to.to_owned(), id);
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        let mut state = self.state_for_step();
        state.step()?;
        state.id(file)?;
        state.release(file);
        Ok(())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        let mut state = self.state_for_step();
        state.step()?;
        state.safe_names = state.names.clone();
        Ok(())
    }
}

struct FakeFile {
    disk: FakeDisk,
    id: usize,
}

impl DiskReader for FakeFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let state = self.disk.state();
        let seen = &state.files[self.id].seen;
        let start = usize::try_from(offset).unwrap();
        let bytes = seen.get(start..start + buffer.len());
        buffer.copy_from_slice(bytes.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl DiskFile for FakeFile {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state_for_step();
        let step = state.step();
        let written = match &step {
            Ok(()) => bytes,
            Err(_) if state.is_dead() => &[],
            Err(_) => &bytes[..bytes.len() / 2],
        };
        let start = usize::try_from(offset).unwrap();
        let end = start + written.len();
        let file = &mut state.files[self.id];
        assert!(
            end <= file.seen.len(),
            "the log writes beyond what it reserved"
        );
        file.seen[start..end].copy_from_slice(written);
        file.dirty
            .push(start / SECTOR_LEN..end.div_ceil(SECTOR_LEN));
        step
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state_for_step();
        state.syncs += 1;
        let step = state.step();
        let is_failed = step.is_err();
        let is_dead = matches!(state.fault, Some((_, Fault::Dies)));
        let file = &mut state.files[self.id];
        match (is_failed, is_dead) {
            (false, _) => {
                for sectors in std::mem::take(&mut file.dirty) {
                    file.make_safe(sectors);
                }
            }
            // Forgotten, though not by who reads.
            (true, false) => file.dirty.clear(),
            (true, true) => {}
        }
        step
    }
}
