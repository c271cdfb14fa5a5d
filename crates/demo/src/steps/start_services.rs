//! Step 1: the services as most services are, without tracing.

use super::Step;
use crate::DemoError;
use crate::services::Version;
use crate::services::environment::Tracing;
use crate::services::probe;
use crate::steps::stage::Stage;
use crate::traces::checks::Check;

pub(super) const STEP: Step = Step {
    title: "Start the services",
    story: "Both services start with tracing off, the way most services begin. Their code already \
            has the lines that tracing needs, which you will see in a moment; OpenTelemetry's \
            standard variable `OTEL_SDK_DISABLED` keeps them asleep.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    stage.start_services(Tracing::Off, Version::Faulty).await?;

    let addresses = stage.addresses();
    stage.screen.table(&addresses);
    stage.screen.caption("Both services run with");
    if let Some(environment) = stage.bands.environment() {
        stage.screen.environment(environment);
    }
    for url in [stage.bands.quick_url(), stage.reviews.quick_url()] {
        let named = probe::trace_id(&url).await?;
        let holds = named.map_or(Ok(()), |id| Err(format!("its `trace-id` is {id}")));
        let claim = format!("`{url}` answers, without a word of tracing");
        stage.check(&Check::new(claim, holds));
    }
    Ok(())
}
