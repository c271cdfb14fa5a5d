use clew_store::MemoryBudget;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use tokio::time::Instant;

use super::*;

/// Much longer than anything is waited for.
const NEVER: Duration = Duration::from_hours(1);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A body that announces no length, in these frames.
fn in_frames(frames: &'static [&str]) -> Body {
    let frames = frames.iter().map(|frame| Ok::<_, Refusal>(*frame));
    Body::from_stream(futures_util::stream::iter(frames))
}

#[tokio::test]
async fn frames_are_joined_and_an_empty_one_changes_nothing() {
    for (frames, expected) in [
        (&["spans", ""][..], "spans"),
        (&["", "spans"], "spans"),
        (&["sp", "", "ans"], "spans"),
        (&[""], ""),
    ] {
        let in_flight = InFlight::new(usize::MAX, &MemoryBudget::default());
        let (bytes, _) = read(&mut in_frames(frames), 100, &in_flight).await.unwrap();
        assert_eq!(bytes, expected, "{frames:?}");
    }
}

#[tokio::test]
async fn a_small_body_does_not_keep_the_buffer_that_it_came_in() {
    let buffer = Bytes::from(vec![7; 64 << 10]);
    let sent = buffer.slice(..100);
    let in_flight = InFlight::new(usize::MAX, &MemoryBudget::default());

    let mut body = Body::from(sent.clone());
    let (bytes, _) = read(&mut body, 100, &in_flight).await.unwrap();

    assert_eq!(bytes, sent);
    assert_ne!(bytes.as_ptr(), sent.as_ptr());
}

/// A body that sends so many bytes now and then, for ever.
fn drip(bytes: usize, pause: Duration) -> Body {
    let first = Bytes::from(vec![7; bytes]);
    let drops = futures_util::stream::unfold(first, move |drop| async move {
        tokio::time::sleep(pause).await;
        Some((Ok::<_, Refusal>(drop.clone()), drop))
    });
    Body::from_stream(drops)
}

#[tokio::test(start_paused = true)]
async fn a_body_may_neither_pause_for_long_nor_take_for_ever() {
    let in_flight = InFlight::new(usize::MAX, &MemoryBudget::default());
    let begin = Instant::now();

    let paused = read(&mut drip(1, NEVER), 100, &in_flight).await;
    assert!(matches!(paused, Err(Refusal::Stalled(_))), "{paused:?}");
    assert_eq!(begin.elapsed(), PAUSE_TIMEOUT);

    let often = PAUSE_TIMEOUT * 9 / 10;
    let slow = read(&mut drip(1, often), 100, &in_flight).await;
    assert!(matches!(slow, Err(Refusal::TooSlow(_))), "{slow:?}");
    assert_eq!(begin.elapsed(), PAUSE_TIMEOUT + ARRIVAL_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_gives_way_at_once() {
    let in_flight = InFlight::new(100, &MemoryBudget::default());
    let reading = in_flight.clone();
    let slow =
        tokio::spawn(
            async move { read(&mut drip(50, Duration::from_secs(2)), 100, &reading).await },
        );
    tokio::time::sleep(Duration::from_secs(3)).await;
    let begin = Instant::now();

    let (bytes, reservation) = read(&mut Body::from(vec![7; 60]), 100, &in_flight)
        .await
        .unwrap();

    assert!(matches!(slow.await.unwrap(), Err(Refusal::NoRoom)));
    assert_eq!(begin.elapsed(), Duration::ZERO);
    assert_eq!(bytes.len(), 60);
    drop(reservation);
    assert_eq!(in_flight.reserve().grow(100), Ok(()));
}

#[test]
fn a_little_gzip_that_is_much_is_not_inflated_inline() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    let bomb = gzip(&vec![0; 8 << 20]);
    assert!(bomb.len() < 10 << 10);
    let in_flight = InFlight::new(usize::MAX, &MemoryBudget::default());
    let inflating = decompress(bomb.into(), Encoding::Gzip, 16 << 20, in_flight.reserve());

    let _guard = runtime.enter();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let polled = std::pin::pin!(inflating).poll(&mut context);

    assert!(polled.is_pending());
}

fn check(compressed: &[u8], bytes_max: usize) -> Result<Bytes, Refusal> {
    inflate(
        compressed,
        bytes_max,
        &mut InFlight::new(usize::MAX, &MemoryBudget::default()).reserve(),
    )
}

#[test]
fn inflates_up_to_the_limit_and_not_beyond() {
    for size in [
        0,
        1,
        INFLATE_STEP_BYTES,
        INFLATE_STEP_BYTES + 1,
        3 * INFLATE_STEP_BYTES,
    ] {
        let bytes = vec![7; size];
        let compressed = gzip(&bytes);

        assert_eq!(check(&compressed, size).unwrap(), bytes, "{size}");
        assert_eq!(check(&compressed, size + 1).unwrap(), bytes, "{size}");
        if let Some(bytes_max) = size.checked_sub(1) {
            let outcome = check(&compressed, bytes_max);
            assert!(
                matches!(outcome, Err(Refusal::TooLarge { .. })),
                "{size}: {outcome:?}"
            );
        }
    }
}

#[test]
fn a_bomb_is_not_expanded() {
    let bomb = gzip(&vec![0; 64 << 20]);
    let in_flight = InFlight::new(2 << 20, &MemoryBudget::default());
    let mut reservation = in_flight.reserve();

    let outcome = inflate(&bomb, 1 << 20, &mut reservation);

    assert!(
        matches!(outcome, Err(Refusal::TooLarge { .. })),
        "{outcome:?}"
    );
    // What was inflated is counted, and it is little more than the limit.
    assert!(reservation.grow(1 << 20).is_err());
    assert!(reservation.grow((1 << 20) - 1).is_ok());
}

#[test]
fn inflated_bytes_are_counted_with_those_of_others() {
    let in_flight = InFlight::new(2 * INFLATE_STEP_BYTES, &MemoryBudget::default());
    let mut others = in_flight.reserve();
    others.grow(INFLATE_STEP_BYTES).unwrap();
    let compressed = gzip(&vec![0; INFLATE_STEP_BYTES + 1]);

    let outcome = inflate(&compressed, usize::MAX - 1, &mut in_flight.reserve());

    assert!(matches!(outcome, Err(Refusal::NoRoom)), "{outcome:?}");
}

#[test]
fn members_follow_each_other() {
    let compressed = [gzip(b"one "), gzip(b"two")].concat();

    assert_eq!(check(&compressed, 100).unwrap(), "one two");
}

#[test]
fn what_is_no_gzip_is_refused() {
    let whole = gzip(b"spans");
    let cut = &whole[..whole.len() - 1];
    let mut damaged = whole.clone();
    damaged[12] ^= 0xff;
    let followed = [&whole[..], b"rubbish"].concat();
    for bytes in [b"spans", cut, &damaged, &followed] {
        let outcome = check(bytes, 100);
        assert!(
            matches!(outcome, Err(Refusal::NotGzip(_))),
            "{bytes:?}: {outcome:?}"
        );
    }
}

#[test]
fn encodings_are_known_in_any_case() {
    for (header, encoding) in [
        ("", Encoding::Identity),
        ("identity", Encoding::Identity),
        ("Identity", Encoding::Identity),
        ("gzip", Encoding::Gzip),
        (" GZIP ", Encoding::Gzip),
        ("x-gzip", Encoding::Gzip),
    ] {
        assert_eq!(Encoding::parse(header).unwrap(), encoding, "{header}");
    }
    for header in ["br", "zstd", "deflate", "gzip, gzip"] {
        let outcome = Encoding::parse(header);
        assert!(
            matches!(outcome, Err(Refusal::ContentEncoding(_))),
            "{header}"
        );
    }
}
