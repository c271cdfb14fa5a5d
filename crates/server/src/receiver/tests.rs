use std::sync::mpsc;
use std::task::{Context, Waker};

use clew_store::ReferenceStore;
use clew_testkit::{request_of, service, span};

use super::*;
use crate::in_flight::NoRoom;

const BYTES_MAX: usize = 16 << 20;

fn receiver() -> Receiver {
    Receiver {
        logs: None,
        store: Arc::new(ReferenceStore::new()),
        request_bytes_max: BYTES_MAX,
        in_flight: InFlight::new(BYTES_MAX, &clew_store::MemoryBudget::default()),
        trouble: Trouble::default(),
    }
}

fn message(bytes: Bytes, in_flight: &InFlight) -> Message {
    let mut reservation = in_flight.reserve();
    reservation.grow(bytes.len()).unwrap();
    Message { bytes, reservation }
}

/// A runtime with one thread for blocking work, which is busy until the sender is dropped.
fn busy_runtime() -> (tokio::runtime::Runtime, mpsc::Sender<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (busy, free) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || free.recv().is_ok());
    (runtime, busy)
}

#[test]
fn work_that_nobody_waits_for_any_more_still_counts() {
    for signal in Signal::ALL {
        let receiver = receiver();
        let (runtime, busy) = busy_runtime();
        let guard = runtime.enter();
        // An unknown field that fills the request, which every signal passes over.
        let len = INLINE_BYTES_MAX * 2;
        let mut bytes = vec![0; len];
        bytes[..5].copy_from_slice(&[0x7a, 0xfb, 0xff, 0x7f, 0x00]);
        let message = message(bytes.into(), &receiver.in_flight);

        let mut export = Box::pin(receiver.export(signal, Format::Protobuf, message));
        let polled = export
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending(), "{signal:?} is worked on inline");
        drop(export);

        let all = || receiver.in_flight.reserve().grow(BYTES_MAX);
        assert_eq!(all(), Err(NoRoom::Now), "{signal:?}");
        drop((guard, busy));
        drop(runtime); // waits for its blocking work
        assert_eq!(all(), Ok(()), "{signal:?}");
    }
}

#[test]
fn what_is_decoded_counts_beside_its_bytes() {
    let spans: Vec<_> = (1..=1000).map(|id| span(&service("cart"), 1, id)).collect();
    let bytes = request_of(&spans);
    let in_flight = InFlight::new(BYTES_MAX, &clew_store::MemoryBudget::default());
    let sent = message(bytes.clone(), &in_flight);

    let (decoded, reservation) = decode(Format::Protobuf, sent).unwrap();

    let taken = bytes.len() + decoded.batch.entries_len();
    assert!(decoded.batch.entries_len() > 1000 * 100, "{taken}");
    assert_eq!(
        in_flight.reserve().grow(BYTES_MAX - taken + 1),
        Err(NoRoom::Now)
    );
    assert_eq!(in_flight.reserve().grow(BYTES_MAX - taken), Ok(()));
    drop(reservation);
    assert_eq!(in_flight.reserve().grow(BYTES_MAX), Ok(()));

    let little = InFlight::new(bytes.len() + 1, &clew_store::MemoryBudget::default());
    let outcome = decode(Format::Protobuf, message(bytes, &little));
    assert!(matches!(outcome, Err(Refusal::TooMuchMemory { .. })));
}

/// Entries of two bytes on the wire take a hundred times as much: they are counted as they are read.
#[test]
fn entries_that_there_is_no_room_for_are_not_all_made() {
    let empty = vec![[0x12, 0x00]; 4 << 20].concat();
    let nested = |number: u8, inner: &[u8]| {
        let mut bytes = vec![number << 3 | 2];
        let mut len = inner.len();
        while len >= 0x80 {
            bytes.push(u8::try_from(len & 0x7f).unwrap() | 0x80);
            len >>= 7;
        }
        bytes.push(u8::try_from(len).unwrap());
        bytes.extend_from_slice(inner);
        bytes
    };
    let bytes: Bytes = nested(1, &nested(2, &empty)).into();
    let in_flight = InFlight::new(64 << 20, &clew_store::MemoryBudget::default());
    let mut asked = 0;
    let outcome = clew_otlp::decode_logs_within(bytes.clone(), &mut |more| {
        asked += more;
        asked <= 64 << 20
    });
    assert!(outcome.is_err());
    // Vectors double: what was taken is not far beyond what there was room for.
    assert!(asked < 3 * (64 << 20), "{asked}");
    let outcome = decode_logs(Format::Protobuf, message(bytes, &in_flight));
    assert!(matches!(outcome, Err(Refusal::TooMuchMemory { .. })));
    assert_eq!(in_flight.reserve().grow(64 << 20), Ok(()));
}
