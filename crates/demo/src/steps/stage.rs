//! What all steps share: the services, the backend, the screen and the score.

use std::io::{self, IsTerminal as _};

use anstyle::Style;
use clew_model::{Trace, TraceId};
use clew_terminal::Line;
use clew_terminal::style::LINK;
use tokio::sync::oneshot;

use crate::backend::{BackendClient, BackendError};
use crate::process::ProcessError;
use crate::screen::Screen;
use crate::services::call::{Call, Caller};
use crate::services::environment::{Environment, Tracing};
use crate::services::probe;
use crate::services::{Service, Version};
use crate::traces::checks::{self, Check, ok_or};
use crate::traces::headers::{self, TRACEPARENT, TRACESTATE};
use crate::{BANDS_PORT, DemoError, HTTP_PORT, OTLP_GRPC_PORT, Pace, Program, ServicePorts};

/// The `tracestate` that the client begins its traces with.
pub(crate) const TRACESTATE_OF_CLIENT: &str = "foo=bar";
/// The attribute of the client's root span that says which step made the call.
const STEP_ATTRIBUTE: &str = "demo.step";

/// What all steps share.
pub(crate) struct Stage {
    pub(crate) screen: Screen,
    pub(crate) backend: BackendClient,
    pub(crate) bands: Service,
    pub(crate) reviews: Service,
    /// The variables that the client runs with.
    pub(crate) caller: Environment,
    /// What happens between two steps.
    pub(crate) pace: Pace,
    /// The call that crossed three services while they still had their faults.
    pub(crate) faulty_call: Option<TracedCall>,
    pub(crate) score: Score,
    program: Program,
}

/// A call, and the trace that resulted from it.
pub(crate) struct TracedCall {
    pub(crate) call: Call,
    pub(crate) trace: Trace,
}

/// How many checks passed, and how many did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Claims that held.
    pub passed: usize,
    /// Claims that did not.
    pub failed: usize,
}

impl Stage {
    /// The services are made ready and not started yet; the reader is not waited for.
    pub(crate) fn new(
        program: &Program,
        ports: ServicePorts,
        backend: BackendClient,
        screen: Screen,
    ) -> Self {
        let caller = Environment::of_client(Tracing::Off, backend.otlp_url()).propagators("none");
        Self {
            screen,
            backend,
            bands: Service::bands_api(&program.path, ports.bands_api),
            reviews: Service::reviews_api(&program.path, ports.reviews_api),
            caller,
            pace: Pace::RunThrough,
            faulty_call: None,
            score: Score::default(),
            program: program.clone(),
        }
    }

    /// Ends the services, at once: each may have to wait for a backend that does not answer.
    pub(crate) async fn stop(&mut self) {
        tokio::join!(self.bands.stop(), self.reviews.stop());
    }

    /// Waits until the reader wants to go on: between two steps, and within one before it fills
    /// more than a small terminal, so that nothing scrolls away unread.
    pub(crate) async fn pause(&mut self, prompt: &str) -> Result<(), DemoError> {
        self.screen.ensure_open().map_err(DemoError::Output)?;
        if self.pace == Pace::Enter && io::stdin().is_terminal() {
            self.screen.prompt(prompt);
            wait_for_enter().await;
            self.screen.blank();
        }
        Ok(())
    }

    /// Shows the check and keeps the score.
    pub(crate) fn check(&mut self, check: &Check) {
        match check.problem {
            None => self.score.passed += 1,
            Some(_) => self.score.failed += 1,
        }
        self.screen.check(check);
    }

    /// Starts both services for the first time.
    pub(crate) async fn start_services(
        &mut self,
        tracing: Tracing,
        version: Version,
    ) -> Result<(), ProcessError> {
        // The one that is called comes first: its caller needs to know its port.
        self.start_reviews(tracing, version).await?;
        self.start_bands(tracing, version).await?;
        Ok(())
    }

    /// Starts bands-api, or starts it anew.
    pub(crate) async fn start_bands(
        &mut self,
        tracing: Tracing,
        version: Version,
    ) -> Result<(), ProcessError> {
        let environment = Environment::of_service(tracing, self.backend.otlp_url());
        let reviews_url = self.reviews.url();
        let _spinner = self.screen.wait("starting bands-api");
        self.bands
            .start(environment, version, &["--reviews-url", reviews_url])
            .await
    }

    /// Starts reviews-api, or starts it anew.
    pub(crate) async fn start_reviews(
        &mut self,
        tracing: Tracing,
        version: Version,
    ) -> Result<(), ProcessError> {
        let environment = Environment::of_service(tracing, self.backend.otlp_url());
        let _spinner = self.screen.wait("starting reviews-api");
        self.reviews.start(environment, version, &[]).await
    }

    /// The client, as it is run at this point of the story.
    pub(crate) fn caller(&self) -> Caller<'_> {
        Caller {
            program: &self.program.path,
            environment: &self.caller,
            bands_url: self.bands.url(),
            ui_url: self.backend.url(),
        }
    }

    /// Makes a call.
    pub(crate) async fn call(&mut self, step: &str) -> Result<Call, DemoError> {
        let spinner = self.screen.wait("the client calls bands-api and waits");
        let call = self.caller().call(step).await?;
        drop(spinner);
        if let Some(complaint) = &call.complaint {
            let check = Check::new("the client is content", Err(complaint.clone()));
            self.check(&check);
        }
        Ok(call)
    }

    /// Waits until the backend has spans of all these services.
    pub(crate) async fn fetch(
        &mut self,
        id: TraceId,
        services: &[&str],
    ) -> Result<Option<Trace>, BackendError> {
        let _spinner = self
            .screen
            .wait("the spans are on their way to the backend");
        self.backend.complete_trace(id, services).await
    }

    /// Makes a call, shows its trace and checks that it goes through these services, the client
    /// first.
    pub(crate) async fn traced_call(
        &mut self,
        step: &str,
        services: &[&str],
    ) -> Result<Option<TracedCall>, DemoError> {
        let call = self.call(step).await?;
        let Some(id) = call.trace_id else {
            let problem = "it printed no trace id".to_owned();
            self.check(&Check::new("the client began a trace", Err(problem)));
            return Ok(None);
        };
        let Some(trace) = self.fetch(id, services).await? else {
            self.check_missing(id);
            return Ok(None);
        };
        self.screen.trace(&trace, &self.backend.trace_url(id), &[]);
        let hops: Vec<_> = hops(services).collect();
        // The headers of two services and what was checked are more than 24 lines together.
        let prompt = match hops.len() {
            0 | 1 => "Press Enter for the headers and what was checked",
            _ => "Press Enter for the headers",
        };
        self.pause(prompt).await?;
        for (caller, service) in &hops {
            self.show_received(&trace, service, Some(caller));
        }
        if hops.len() > 1 {
            self.pause("Press Enter for what was checked").await?;
        }
        self.check_path(&trace, services);
        self.check(&checks::root_attribute(&trace, STEP_ATTRIBUTE, step));
        Ok(Some(TracedCall { call, trace }))
    }

    /// Asks the service alone, without headers, and shows the trace that it begins.
    pub(crate) async fn trace_alone(
        &mut self,
        service: &'static str,
        url: &str,
    ) -> Result<(), DemoError> {
        let named = probe::trace_id(url).await?;
        let holds = ok_or(named.is_some(), || "it has none".to_owned());
        let claim = format!("`{url}` answers with a `trace-id` header");
        let named_one = Check::new(claim, holds);
        let Some(id) = named else {
            self.check(&named_one);
            return Ok(());
        };
        let Some(trace) = self.fetch(id, &[service]).await? else {
            self.check_missing(id);
            return Ok(());
        };
        self.screen.trace(&trace, &self.backend.trace_url(id), &[]);
        self.show_received(&trace, service, None);
        self.check(&named_one);
        self.check(&checks::lonely_root(&trace, service));
        Ok(())
    }

    fn check_missing(&mut self, id: TraceId) {
        let problem = "it has no span of it".to_owned();
        self.check(&Check::new(
            format!("the backend has trace {id}"),
            Err(problem),
        ));
    }

    /// What the service received in its headers, from that caller if it was one of ours.
    fn show_received(&mut self, trace: &Trace, service: &str, caller: Option<&str>) {
        let Some(span) = checks::entry_span(trace, service) else {
            return;
        };
        let traceparent = headers::received(span, TRACEPARENT);
        let tracestate = headers::received(span, TRACESTATE);
        self.screen.headers(
            &format!("{service} received"),
            traceparent.as_deref(),
            tracestate.as_deref(),
            caller,
        );
    }

    /// The trace leads from service to service without a gap.
    fn check_path(&mut self, trace: &Trace, services: &[&str]) {
        self.check(&checks::services(trace, services));
        self.check(&checks::unbroken(trace));
        for (caller, service) in hops(services) {
            self.check(&checks::continues(trace, caller, service));
            self.check(&checks::header_matches(trace, service));
        }
        self.check(&checks::tracestate(trace, TRACESTATE_OF_CLIENT));
    }

    /// What to type for one more call.
    pub(crate) fn call_command(&self) -> String {
        let ports = [
            ("--bands-port", BANDS_PORT, self.bands.port()),
            ("--http-port", HTTP_PORT, self.backend.ports().http),
            (
                "--otlp-grpc-port",
                OTLP_GRPC_PORT,
                self.backend.ports().otlp_grpc,
            ),
        ];
        let unusual = ports.iter().filter(|(_, usual, port)| port != usual);
        let flags = unusual.map(|(flag, _, port)| format!(" {flag} {port}"));
        format!(
            "{} demo call{}",
            self.program.command,
            flags.collect::<String>()
        )
    }

    /// What to type for the log records of a trace.
    pub(crate) fn logs_command(&self, id: TraceId) -> String {
        let mut command = format!("{} logs --trace {id}", self.program.command);
        if self.backend.ports().http != HTTP_PORT {
            command.extend([" --server ", self.backend.url()]);
        }
        command
    }

    /// How the reader calls this binary.
    pub(crate) fn command(&self) -> &str {
        &self.program.command
    }

    /// Where things are.
    pub(crate) fn addresses(&self) -> Vec<Vec<Line>> {
        let row =
            |name: &str, url: &str| vec![Line::styled(Style::new(), name), Line::styled(LINK, url)];
        vec![
            row(self.bands.name, self.bands.url()),
            row(self.reviews.name, self.reviews.url()),
            row("backend", self.backend.url()),
        ]
    }
}

/// Each service but the first, after the one that calls it.
fn hops<'a>(services: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let called = services.iter().skip(1);
    services
        .iter()
        .zip(called)
        .map(|(caller, service)| (*caller, *service))
}

/// Waits for a line of standard input, or its end.
async fn wait_for_enter() {
    let (sender, entered) = oneshot::channel::<()>();
    // A thread of its own, since a runtime that shuts down would wait for its blocking tasks.
    std::thread::spawn(move || {
        let _line_or_error = io::stdin().read_line(&mut String::new());
        drop(sender);
    });
    let _ = entered.await;
}
