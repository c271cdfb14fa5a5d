use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::testing::Printed;

#[test]
fn the_end_wakes_who_waits() {
    let closing = Arc::new(Closing::default());
    let waiting = {
        let closing = Arc::clone(&closing);
        std::thread::spawn(move || closing.pause(Duration::from_mins(1), false))
    };
    // Most of the time the thread waits by then: it must be woken, and not only find the end told.
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    closing.announce(began + Duration::from_secs(5));
    waiting.join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
    // From then on a backend that was never there is not worth waiting for.
    assert!(!closing.pause(PAUSE_MIN, false));
    assert!(closing.pause(PAUSE_MIN, true));
    assert!(!closing.pause(Duration::from_mins(1), true));
}

/// A delivery to a backend that is not looked at, since the attempts are the test's.
fn delivery() -> Delivery {
    let destination = Destination {
        protocol: crate::settings::Protocol::Grpc,
        endpoint: "http://backend:4317".to_owned(),
        variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    };
    let closing = Arc::new(Closing::default());
    let backend = Arc::new(Backend::new(destination, closing));
    Delivery::new(Signal::Traces, backend)
}

/// Delivers one batch of two for each of the outcomes, and returns what is logged meanwhile.
fn logged(delivery: &Delivery, outcomes: &[Option<&str>]) -> String {
    let printed = Printed::default();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(printed.clone())
        .with_ansi(false)
        .without_time();
    let subscriber = tracing_subscriber::registry().with(layer);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    tracing::subscriber::with_default(subscriber, || {
        for outcome in outcomes {
            delivery.accept();
            delivery.accept();
            let attempt = async || match outcome {
                None => Ok(()),
                Some(text) => Err(OTelSdkError::InternalFailure((*text).to_owned())),
            };
            let result = runtime.block_on(delivery.deliver(2, attempt));
            assert_eq!(result.is_ok(), outcome.is_none());
        }
    });
    printed.text()
}

#[test]
fn a_refusal_is_said_once_and_what_it_cost_when_it_is_over() {
    let delivery = delivery();
    let unauthenticated = "TonicTracesClient export failed with gRPC code: Unauthenticated";
    let lines = logged(&delivery, &[Some(unauthenticated); 3]);
    assert_eq!(
        lines,
        "ERROR clew_telemetry::delivery: http://backend:4317 over gRPC refuses spans, \
         which are lost: gRPC status Unauthenticated\n"
    );
    assert_eq!(delivery.lost().count, 6);

    let lines = logged(&delivery, &[None, None]);
    assert_eq!(
        lines,
        " WARN clew_telemetry::delivery: 6 spans were lost while http://backend:4317 over gRPC \
         did not take them\n"
    );
    assert_eq!(delivery.lost().count, 6);
}

#[test]
fn what_arrives_is_not_worth_a_line() {
    let delivery = delivery();
    assert_eq!(logged(&delivery, &[None, None]), "");
    assert_eq!(
        delivery.lost(),
        Lost {
            count: 0,
            reason: None
        }
    );
}
