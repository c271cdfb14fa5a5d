use super::*;

fn event(name: &str, data: &str) -> Event {
    Event {
        name: name.to_owned(),
        data: data.to_owned(),
    }
}

#[test]
fn events_come_whole_however_the_bytes_are_cut() {
    let answer = ": hello\n\nevent: record\ndata: {\"a\":\"ä\"}\n\nid: 5\nevent:skipped\r\ndata:1\r\n\
                  data: 2\r\n\r\nevent: record\ndata: unfinished\n";
    for size in [1, 2, 7, answer.len()] {
        let mut reader = EventReader::default();
        let mut events = Vec::new();
        for bytes in answer.as_bytes().chunks(size) {
            reader.feed(bytes);
            events.extend(std::iter::from_fn(|| reader.next()));
        }
        let expected = [event("record", "{\"a\":\"ä\"}"), event("skipped", "1\n2")];
        assert_eq!(events, expected, "{size}");
    }
}

#[test]
fn what_was_taken_is_not_held() {
    let mut reader = EventReader::default();
    for _ in 0..10 {
        reader.feed(b"event: record\ndata: 12345\n\n: comment\n\n");
        assert_eq!(reader.next(), Some(event("record", "12345")));
        assert_eq!(reader.next(), None);
    }
    assert!(reader.len() < 100);
}
