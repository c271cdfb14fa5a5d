use std::path::Path;
use std::sync::Arc;

use super::{Manifest, ManifestFile, SegmentEntry};
use crate::disk::Disk as _;
use crate::disk::fake::{FakeDisk, Fault};
use crate::error::OpenError;
use crate::segment::Extent;

fn file(disk: &FakeDisk) -> ManifestFile {
    ManifestFile::new(Arc::new(disk.clone()), Path::new("/"))
}

fn manifest(segments: u64) -> Manifest {
    let entry = |number| SegmentEntry {
        number,
        len: 1000 + number,
        rows: 7,
        merges: 0,
        crc: None,
        directory: Extent {
            offset: 10,
            len: 20,
            crc: u32::MAX,
        },
        arrived: (0, u64::MAX),
    };
    Manifest {
        next_segment: segments + 1,
        sealed_group: u64::MAX,
        segments: (1..=segments).map(entry).collect(),
        ..Manifest::default()
    }
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    let disk = FakeDisk::default();
    assert_eq!(file(&disk).read().unwrap(), None);
    for segments in [0, 1, 3] {
        file(&disk).write(&manifest(segments)).unwrap();
        assert_eq!(file(&disk).read().unwrap(), Some(manifest(segments)));
    }
}

/// M1: whatever step the power fails at, the manifest is the one before or the new one.
#[test]
fn m1_a_manifest_changes_whole_or_not_at_all() {
    let mut crashes = 0;
    for step in 0.. {
        for seed in 0..8 {
            let disk = FakeDisk::default();
            file(&disk).write(&manifest(1)).unwrap();
            let before = disk.state().steps;
            disk.fail_at(before + step, Fault::Dies);
            let written = file(&disk).write(&manifest(2));
            if written.is_ok() {
                assert!(crashes >= 5 * 8, "a step was missed");
                return;
            }
            crashes += 1;
            disk.lose_power(seed);
            let found = file(&disk).read().unwrap().unwrap();
            assert!(
                found == manifest(1) || found == manifest(2),
                "M1: {found:?}"
            );
        }
    }
}

#[test]
fn any_flipped_bit_is_noticed() {
    let disk = FakeDisk::default();
    file(&disk).write(&manifest(2)).unwrap();
    let path = file(&disk).path();
    let len = usize::try_from(disk.len(&path).unwrap()).unwrap();
    for bit in 0..len * 8 {
        let damaged = disk.fork();
        damaged.edit(&path, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        match file(&damaged).read() {
            Err(OpenError::Disk(_) | OpenError::Version { .. }) => {}
            // The version of who wrote it is for people alone.
            Ok(Some(found)) => assert_eq!(found, manifest(2), "bit {bit}"),
            other => panic!("bit {bit}: {other:?}"),
        }
    }
}

#[test]
fn a_manifest_that_is_too_new_is_refused_with_its_version() {
    let disk = FakeDisk::default();
    file(&disk).write(&manifest(0)).unwrap();
    let path = file(&disk).path();
    disk.edit(&path, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let text = text.replace("version=1 readable-by=1", "version=9 readable-by=2");
        *bytes = text.into_bytes();
    });
    let error = file(&disk).read().unwrap_err();
    assert!(error.to_string().contains("format version 9"), "{error}");
}

#[test]
fn another_tenant_is_refused() {
    let disk = FakeDisk::default();
    let other = Manifest {
        tenant: "other".to_owned(),
        ..Manifest::default()
    };
    file(&disk).write(&other).unwrap();
    let error = file(&disk).read().unwrap_err().to_string();
    assert!(error.contains("the tenant \"other\""), "{error}");
}
