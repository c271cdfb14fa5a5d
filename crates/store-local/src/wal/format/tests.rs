use super::{
    End, FileHeader, GroupHeader, HeaderError, Record, Signal, State, decode_group, encode_group,
    find_later_group, group_len, records,
};

const NONCE: u64 = 0x0123_4567_89ab_cdef;

fn encode(payloads: &[&[u8]], sequence: u64) -> Vec<u8> {
    let records: Vec<Record<'_>> = payloads
        .iter()
        .map(|&payload| Record {
            signal: Signal::Traces,
            payload,
        })
        .collect();
    let mut bytes = vec![0xee; 3];
    encode_group(&mut bytes, &records, sequence, NONCE);
    assert_eq!(bytes.len(), group_len(&records));
    bytes
}

/// The example of `docs/formats/wal.md`.
#[test]
fn headers_are_laid_out_as_documented() {
    let header = FileHeader {
        number: 2,
        nonce: NONCE,
        previous_end: 0x1000,
        first_sequence: 7,
        file_len: Some(0x200),
    };
    let bytes = header.encode();
    assert_eq!(&bytes[..12], b"clew-wal\x02\0\0\0");
    assert_eq!(bytes[12..16], [0; 4]);
    assert_eq!(bytes[16..24], [2, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        bytes[24..32],
        [0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01]
    );
    assert_eq!(bytes[32..40], [0, 0x10, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[40..48], [7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[48..56], [0, 2, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[56..60], [0; 4]);
    assert_eq!(bytes[60..64], crc32fast::hash(&bytes[..60]).to_le_bytes());
    assert_eq!(FileHeader::decode(&bytes), Ok(header));

    let bytes = encode(&[b"abc", b""], 7);
    assert_eq!(
        bytes[0..8],
        [19, 0, 0, 0, 0, 0, 0, 0],
        "two records of 8 bytes, and a payload of 3"
    );
    assert_eq!(bytes[8..16], [7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[16..20], crc32fast::hash(&bytes[24..43]).to_le_bytes());
    let salted = [&NONCE.to_le_bytes()[..], &bytes[..20]].concat();
    assert_eq!(bytes[20..24], crc32fast::hash(&salted).to_le_bytes());
    assert_eq!(bytes[24..43], *b"\x01\0\0\0\x03\0\0\0abc\x01\0\0\0\0\0\0\0");
    assert_eq!(bytes[43..], [0; 5]);
}

#[test]
fn the_state_is_laid_out_as_documented() {
    let end = End {
        offset: 0x1000,
        next_sequence: 9,
        is_sealed: false,
    };
    let state = State {
        first_file: 2,
        first_sequence: 5,
        last_file: 3,
        end: Some(end),
    };
    let bytes = state.encode();
    assert_eq!(&bytes[..12], b"clew-wst\x02\0\0\0");
    assert_eq!(bytes[12..16], [1, 0, 0, 0]);
    assert_eq!(bytes[16..24], [2, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[24..32], [5, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[32..40], [3, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[40..48], [0, 0x10, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[48..56], [9, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[56..60], [0; 4]);
    assert_eq!(bytes[60..64], crc32fast::hash(&bytes[..60]).to_le_bytes());

    let is_sealed = true;
    let sealed = End { is_sealed, ..end };
    for (kind, end) in [(0, None), (1, Some(end)), (2, Some(sealed))] {
        let state = State { end, ..state };
        assert_eq!(state.encode()[12..16], [kind, 0, 0, 0]);
        assert_eq!(State::decode(&state.encode()), Ok(state));
    }
}

#[test]
fn a_state_that_names_no_files_is_none() {
    for (first_file, last_file) in [(0, 1), (4, 2)] {
        let state = State {
            first_file,
            first_sequence: 1,
            last_file,
            end: None,
        };
        let expected = Err(HeaderError::Damaged("it names no files"));
        assert_eq!(State::decode(&state.encode()), expected);
    }
}

#[test]
fn a_group_is_read_with_its_sequence_and_nonce_alone() {
    let bytes = encode(&[b"one", b"two"], 7);
    let group = decode_group(&bytes, 7, NONCE).unwrap();
    assert_eq!(group.len, bytes.len());
    let payloads: Vec<_> = records(group.body)
        .map(|it| it.unwrap().1.payload)
        .collect();
    assert_eq!(payloads, [b"one", b"two"]);
    assert!(decode_group(&bytes, 8, NONCE).is_none());
    assert!(decode_group(&bytes, 7, NONCE + 1).is_none());
    assert!(decode_group(&bytes[..bytes.len() - 1], 7, NONCE).is_none());
}

#[test]
fn a_record_that_makes_no_sense_is_named_with_its_place() {
    let bytes = encode(&[b"one", b"two"], 1);
    let body = &bytes[GroupHeader::LEN..GroupHeader::LEN + 22];
    let mut unknown = body.to_vec();
    unknown[11] = 9;
    let error = records(&unknown).last().unwrap().unwrap_err();
    assert_eq!(error.offset, 11);
    assert_eq!(error.what, "the record is of signal 9, which there is not");
    for cut in [body.len() - 1, 15, 12] {
        let error = records(&body[..cut]).last().unwrap().unwrap_err();
        assert_eq!(
            (error.offset, error.what.as_str()),
            (11, "the record is longer than its group")
        );
    }
}

#[test]
fn only_groups_written_later_are_found() {
    let mut bytes = vec![0; 64];
    bytes.extend(encode(&[b"payload"], 9));
    bytes.extend([0xff; 100]);
    assert_eq!(find_later_group(&bytes, 8, NONCE), Some(64));
    assert_eq!(
        find_later_group(&bytes, 9, NONCE),
        None,
        "it is the one that was looked for"
    );
    assert_eq!(find_later_group(&bytes, 10, NONCE), None);
    assert_eq!(find_later_group(&bytes, 8, NONCE + 1), None);
    assert_eq!(
        find_later_group(&bytes[1..], 8, NONCE),
        None,
        "groups begin at multiples of 8"
    );
    assert_eq!(find_later_group(&bytes, 1, NONCE), Some(64));
    assert_eq!(find_later_group(&bytes[64..], 1_000_000, NONCE), None);
}
