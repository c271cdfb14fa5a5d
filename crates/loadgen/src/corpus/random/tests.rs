use super::Random;

/// The first numbers of the reference implementation (<https://prng.di.unimi.it/splitmix64.c>)
/// for the seed 1234567.
#[test]
fn the_generator_is_splitmix64() {
    let mut random = Random::new(1_234_567);
    let expected = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ];
    assert_eq!(expected.map(|_| random.bits()), expected);
}

#[test]
fn numbers_stay_in_their_range_and_reach_its_ends() {
    let mut random = Random::new(1);
    let mut seen = [0; 6];
    for _ in 0..600 {
        seen[random.index(6)] += 1;
        let unit = random.unit();
        assert!((0.0..1.0).contains(&unit));
    }
    assert!(seen.iter().all(|&count| count > 60), "{seen:?}");
}

#[test]
fn times_have_their_least_and_a_long_tail() {
    let mut random = Random::new(1);
    let mut times: Vec<u64> = (0..10_000).map(|_| random.nanos(1000)).collect();
    times.sort_unstable();
    assert!(times[0] >= 1000);
    assert!((1350..1480).contains(&times[5000]), "{}", times[5000]);
    assert!((8500..11_500).contains(&times[9900]), "{}", times[9900]);
    assert!(times[9999] <= 300_000);
}

#[test]
fn a_uuid_says_its_version_and_variant() {
    let mut random = Random::new(1);
    for _ in 0..100 {
        let uuid = random.uuid();
        let widths: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(widths, [8, 4, 4, 4, 12], "{uuid}");
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
    }
}
