use super::{Writer, varint};

fn written(fields: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    fields(&mut writer);
    writer.finish().to_vec()
}

#[test]
fn numbers_take_the_bytes_that_the_specification_shows() {
    // "150" of the encoding guide's first example.
    assert_eq!(written(|w| w.uint(1, 150)), [0x08, 0x96, 0x01]);
    // Its example of a negative number: ten bytes.
    let minus_two = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(written(|w| w.int(1, -2))[1..], minus_two);
}

#[test]
fn every_width_of_a_number_reads_back() {
    for shift in 0..64 {
        for value in [1_u64 << shift, (1 << shift) - 1, u64::MAX >> shift] {
            let (bytes, width) = varint(value);
            let read = prost::decode_length_delimiter(&bytes[..width]);
            assert_eq!(read.unwrap() as u64, value);
            assert_eq!(
                width,
                prost::length_delimiter_len(usize::try_from(value).unwrap())
            );
        }
    }
}

#[test]
fn a_field_number_above_15_takes_two_bytes() {
    assert_eq!(written(|w| w.uint(16, 1)), [0x80, 0x01, 0x01]);
}

#[test]
fn a_message_has_its_length_before_it_however_long_it_is() {
    for length in [0, 1, 125, 126, 127, 128, 16_379, 16_380, 16_381, 16_384] {
        let bytes = written(|w| w.message(3, |w| w.bytes(1, &vec![7; length])));
        assert_eq!(bytes[0], 0x1a);
        let inner = prost::length_delimiter_len(length) + 1 + length;
        let width = prost::length_delimiter_len(inner);
        assert_eq!(prost::decode_length_delimiter(&bytes[1..]).unwrap(), inner);
        assert_eq!(bytes.len(), 1 + width + inner);
        assert!(bytes[1 + width..].ends_with(&vec![7; length]));
    }
}

#[test]
fn defaults_are_left_out_where_they_mean_nothing() {
    let bytes = written(|w| {
        w.uint_if_set(1, 0);
        w.text_if_set(2, "");
        w.fixed64_if_set(3, 0);
        w.fixed32_if_set(4, 0);
    });
    assert!(bytes.is_empty());
}

#[test]
fn what_is_taken_back_leaves_no_trace() {
    let bytes = written(|w| {
        w.uint(1, 1);
        let message = w.open(16);
        w.uint(2, 2);
        w.discard(message);
        let start = w.len();
        w.uint(3, 3);
        let end = w.len();
        w.uint(4, 4);
        w.remove(start..end);
    });
    assert_eq!(bytes, [0x08, 1, 0x20, 4]);
}

#[test]
fn bytes_that_are_appended_have_their_length_before_them() {
    let bytes = written(|w| {
        let appended = w.try_bytes(1, |out| {
            out.extend([7; 200]);
            Ok::<_, ()>(())
        });
        assert_eq!(appended, Ok(()));
    });
    assert_eq!(bytes, written(|w| w.bytes(1, &[7; 200])));
}
