use super::Message;
use crate::error::Malformed;

#[test]
fn a_varint_has_at_most_64_bits() {
    let largest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(Message::outermost(&largest).varint(), Ok(u64::MAX));

    let mut over = largest;
    over[9] = 0x02;
    for wrong in [&over[..], &largest[..9], &[]] {
        let error = Message::outermost(wrong).varint().unwrap_err();
        assert_eq!((error.offset, error.what), (0, Malformed::Varint));
    }
}

#[test]
fn a_length_beyond_the_message_is_no_overflow() {
    let mut bytes = vec![0xff; 9];
    bytes.push(0x01);
    let error = Message::outermost(&bytes).bytes().unwrap_err();
    assert_eq!((error.offset, error.what), (0, Malformed::Truncated));
}

#[test]
fn an_inner_message_ends_where_its_length_says() {
    // A field of three bytes in which a field claims two, and has one.
    let bytes = [0x0a, 0x03, 0x12, 0x02, b'a', b'b'];
    let mut outer = Message::outermost(&bytes);
    outer.next_key().unwrap();
    let mut inner = outer.message().unwrap();
    inner.next_key().unwrap();
    let error = inner.bytes().unwrap_err();
    assert_eq!((error.offset, error.what), (3, Malformed::Truncated));
}
