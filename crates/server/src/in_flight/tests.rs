use super::*;

#[test]
fn grows_up_to_the_bound() {
    let in_flight = InFlight::new(10, &MemoryBudget::default());
    let mut first = in_flight.reserve();
    let mut second = in_flight.reserve();

    assert_eq!(first.grow(6), Ok(()));
    assert_eq!(second.grow(5), Err(NoRoom::Now));
    assert_eq!(second.grow(4), Ok(()));
    assert_eq!(first.grow(1), Err(NoRoom::Now));
}

#[test]
fn a_refused_growth_reserves_nothing() {
    let in_flight = InFlight::new(10, &MemoryBudget::default());
    let mut first = in_flight.reserve();

    assert_eq!(first.grow(11), Err(NoRoom::Ever { bytes_max: 10 }));
    assert_eq!(first.grow(usize::MAX), Err(NoRoom::Ever { bytes_max: 10 }));
    drop(first);

    assert_eq!(in_flight.reserve().grow(10), Ok(()));
}

#[test]
fn a_dropped_reservation_makes_room() {
    let in_flight = InFlight::new(10, &MemoryBudget::default());
    let mut first = in_flight.reserve();
    first.grow(10).unwrap();

    drop(first);

    assert_eq!(in_flight.reserve().grow(10), Ok(()));
}

/// A body of which so many bytes have come by now.
fn arrived(in_flight: &InFlight, bytes: usize) -> Arrival {
    let mut arrival = in_flight.arrive();
    arrival.grow(bytes).unwrap();
    arrival
}

async fn let_stall() {
    tokio::time::advance(STALL_GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn the_largest_of_the_stalled_give_way_and_no_more_than_need_be() {
    let in_flight = InFlight::new(100, &MemoryBudget::default());
    let mut small = arrived(&in_flight, 10);
    let mut large = arrived(&in_flight, 50);
    let mut middle = arrived(&in_flight, 40);
    let_stall().await;

    let mut new = in_flight.arrive();
    assert_eq!(new.grow(60), Ok(()));

    assert_eq!(large.grow(1), Err(NoRoom::Now));
    large.evicted().await;
    assert_eq!(large.finish().err(), Some(NoRoom::Now));
    assert_eq!(middle.grow(1), Err(NoRoom::Now));
    assert_eq!(small.grow(1), Ok(()));
    small.finish().unwrap();
    new.finish().unwrap();
    assert_eq!(in_flight.reserve().grow(100), Ok(()), "all is given back");
}

#[tokio::test(start_paused = true)]
async fn what_is_decoded_finds_room_as_what_arrives() {
    let in_flight = InFlight::new(100, &MemoryBudget::default());
    let mut reservation = in_flight.reserve();
    reservation.grow(50).unwrap();
    let stalled = arrived(&in_flight, 50);
    let_stall().await;

    assert_eq!(reservation.grow(50), Ok(()));

    stalled.evicted().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_on_its_way_and_one_that_arrived_keep_their_room() {
    let in_flight = InFlight::new(100 + PROGRESS_BYTES, &MemoryBudget::default());
    let finished = arrived(&in_flight, 50).finish().unwrap();
    let mut on_its_way = arrived(&in_flight, 1);
    let_stall().await;
    on_its_way.grow(PROGRESS_BYTES).unwrap();
    tokio::time::advance(STALL_GRACE / 2).await;

    assert_eq!(in_flight.arrive().grow(50), Err(NoRoom::Now));

    on_its_way.finish().unwrap();
    drop(finished);
}

#[tokio::test(start_paused = true)]
async fn a_byte_now_and_then_is_no_progress() {
    let in_flight = InFlight::new(100, &MemoryBudget::default());
    let mut drips = arrived(&in_flight, 50);
    for _ in 0..10 {
        tokio::time::advance(STALL_GRACE / 10).await;
        drips.grow(1).unwrap();
    }

    assert_eq!(in_flight.arrive().grow(100), Ok(()));

    assert_eq!(drips.grow(1), Err(NoRoom::Now));
}

#[tokio::test(start_paused = true)]
async fn nobody_gives_way_in_vain() {
    let in_flight = InFlight::new(100, &MemoryBudget::default());
    let stalled = arrived(&in_flight, 30);
    let_stall().await;
    let fresh = arrived(&in_flight, 70);

    assert_eq!(in_flight.arrive().grow(31), Err(NoRoom::Now));
    assert_eq!(
        in_flight.arrive().grow(101),
        Err(NoRoom::Ever { bytes_max: 100 })
    );

    stalled.finish().unwrap();
    fresh.finish().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_body_does_not_give_way_to_itself() {
    let in_flight = InFlight::new(100, &MemoryBudget::default());
    let others = arrived(&in_flight, 50).finish().unwrap();
    let mut stalled = arrived(&in_flight, 50);
    let_stall().await;

    assert_eq!(stalled.grow(1), Err(NoRoom::Now));

    drop(others);
    assert_eq!(stalled.grow(50), Ok(()));
}

/// What others have taken of the memory is not there for requests, and comes back.
#[test]
fn requests_share_the_memory_with_others() {
    let budget = MemoryBudget::new(100);
    let in_flight = InFlight::new(100, &budget);
    let mut request = in_flight.reserve();
    request.grow(60).unwrap();
    assert_eq!(budget.taken(), 60);
    let mut heads = budget.share();
    heads.set(30);
    assert_eq!(in_flight.reserve().grow(20), Err(NoRoom::Now));
    drop(heads);
    in_flight.reserve().grow(20).unwrap();
    drop(request);
    assert_eq!(budget.taken(), 0);
}
