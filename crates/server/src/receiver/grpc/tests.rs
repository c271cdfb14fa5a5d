use super::*;

fn framed(flag: u8, announced: u32, message: &[u8]) -> Bytes {
    let mut framed = BytesMut::new();
    framed.put_u8(flag);
    framed.put_u32(announced);
    framed.put_slice(message);
    framed.freeze()
}

#[test]
fn one_message() {
    let message = Bytes::from_static(b"spans");
    for (flag, compressed) in [(0, false), (1, true)] {
        let unframed = unframe(framed(flag, 5, b"spans")).unwrap();
        assert_eq!(unframed, (message.clone(), compressed));
    }
    assert_eq!(unframe(framed(0, 0, b"")).unwrap(), (Bytes::new(), false));
}

#[test]
fn none_and_two_messages() {
    let two = [framed(0, 1, b"a"), framed(0, 1, b"b")].concat();
    for call in [Bytes::new(), two.into()] {
        assert!(matches!(unframe(call), Err(Refusal::NotUnary)));
    }
}

#[test]
fn a_broken_frame() {
    for (call, problem) in [
        (framed(0, 6, b"spans"), "5 bytes of a message of 6 arrived"),
        (
            framed(0, u32::MAX, b""),
            "0 bytes of a message of 4294967295 arrived",
        ),
        (
            framed(2, 5, b"spans"),
            "the compression flag of a message is 2, not 0 or 1",
        ),
        (Bytes::from_static(&[0, 0, 0, 0]), "a message has no length"),
    ] {
        match unframe(call) {
            Err(Refusal::Broken(found)) => assert_eq!(found, problem),
            other => panic!("{other:?}"),
        }
    }
}
