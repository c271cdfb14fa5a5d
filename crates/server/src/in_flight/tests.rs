use super::*;

#[test]
fn grows_up_to_the_bound() {
    let in_flight = InFlight::new(10);
    let mut first = in_flight.reserve();
    let mut second = in_flight.reserve();

    assert_eq!(first.grow(6), Ok(()));
    assert_eq!(second.grow(5), Err(NoRoom::Now));
    assert_eq!(second.grow(4), Ok(()));
    assert_eq!(first.grow(1), Err(NoRoom::Now));
}

#[test]
fn a_refused_growth_reserves_nothing() {
    let in_flight = InFlight::new(10);
    let mut first = in_flight.reserve();

    assert_eq!(first.grow(11), Err(NoRoom::Ever { bytes_max: 10 }));
    assert_eq!(first.grow(usize::MAX), Err(NoRoom::Ever { bytes_max: 10 }));
    drop(first);

    assert_eq!(in_flight.reserve().grow(10), Ok(()));
}

#[test]
fn a_dropped_reservation_makes_room() {
    let in_flight = InFlight::new(10);
    let mut first = in_flight.reserve();
    first.grow(10).unwrap();

    drop(first);

    assert_eq!(in_flight.reserve().grow(10), Ok(()));
}
