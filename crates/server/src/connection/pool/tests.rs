use std::net::Ipv4Addr;

use super::*;

const ANNA: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const BERT: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

/// Whether the connection has been told to give way.
async fn is_evicted(seat: &Seat) -> bool {
    let evicted = seat.activity.evicted.notified();
    tokio::time::timeout(Duration::from_millis(1), evicted)
        .await
        .is_ok()
}

#[tokio::test(start_paused = true)]
async fn the_connection_that_was_idle_for_longest_gives_way() {
    let pool = Pool::new(3);
    let [first, second] = [ANNA, BERT].map(|peer| pool.admit(peer).unwrap());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let third = pool.admit(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
    drop(first.activity().begin());

    let fourth = pool.admit(ANNA).unwrap();

    assert!(is_evicted(&second).await);
    for stays in [&first, &third, &fourth] {
        assert!(!is_evicted(stays).await);
    }
}

#[tokio::test(start_paused = true)]
async fn the_peer_with_most_connections_gives_way_first() {
    let pool = Pool::new(4);
    let bert = pool.admit(BERT).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let anna = [(); 3].map(|()| pool.admit(ANNA).unwrap());

    pool.admit(BERT).unwrap();

    assert!(!is_evicted(&bert).await);
    let mut evicted = 0;
    for seat in &anna {
        evicted += usize::from(is_evicted(seat).await);
    }
    assert_eq!(evicted, 1);
}

#[tokio::test(start_paused = true)]
async fn connections_at_work_do_not_give_way_and_leave_a_quarter_to_others() {
    let pool = Pool::new(4);
    let seats = [(); 3].map(|()| pool.admit(ANNA).unwrap());
    let under_way: Vec<_> = seats.iter().map(|seat| seat.activity().begin()).collect();

    assert!(pool.admit(ANNA).is_none());
    let bert = pool.admit(BERT).unwrap();
    let at_work = bert.activity().begin();
    assert!(pool.admit(BERT).is_none());

    drop((under_way, at_work));
    assert!(pool.admit(BERT).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_seat_is_free_again_when_its_connection_ends_evicted_or_not() {
    let pool = Pool::new(1);
    for _ in 0..3 {
        let first = pool.admit(ANNA).unwrap();
        let second = pool.admit(ANNA).unwrap();
        assert!(is_evicted(&first).await);
        drop((first, second));
    }
    let seats = pool.seats();
    assert!(
        seats.taken.is_empty() && seats.by_peer.is_empty(),
        "{seats:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_outstays_when_it_was_idle_for_too_long() {
    const IDLE: Duration = Duration::from_secs(10);
    let pool = Pool::new(1);
    let seat = pool.admit(ANNA).unwrap();
    let begin = Instant::now();
    let request = {
        let activity = Arc::clone(seat.activity());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            let _under_way = activity.begin();
            tokio::time::sleep(Duration::from_mins(1)).await;
        })
    };

    seat.activity().outstayed(IDLE).await;

    assert_eq!(begin.elapsed(), Duration::from_secs(75));
    request.await.unwrap();
}
