//! `clew serve`: the backend.

mod banner;
mod data_dir;
mod keep;
mod log;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clew_server::{BindError, Endpoint, HostName, Limits, Listen, Listeners, PerEndpoint, Server};
use clew_store::MemoryBudget;
use clew_store_local::{DiskError, LocalStore, OpenError, Options as StoreOptions};
use clew_terminal::Progress;
use tokio::task::JoinSet;

use crate::error::{CommandError, with_sources};
use crate::{allocator, open_files, runtime, shutdown};
pub(super) use banner::Banner;
pub(super) use log::filter as log_filter;

/// How long what was received may take to be written at the end. With the time that requests under
/// way have, this is less than the 10 s that Docker waits before it kills.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(4);

/// Told in the texts below, where clap would put each on a line of its own.
const PORTS: PerEndpoint<u16> = PerEndpoint::DEFAULT_PORTS;

/// Start the backend: take traces and log records, keep them, show them.
///
/// They come in over OTLP, which every OpenTelemetry SDK speaks, and are kept in the data directory.
/// What was acknowledged survives a crash and is found by the next query.
#[derive(Debug, clap::Args)]
#[command(after_help = super::sections(&[
    ("Examples", &[
        ("clew serve", "keep traces in the default data directory"),
        ("clew serve --retention 7d --max-disk 20GiB", "keep a week, or what fits"),
        ("clew serve --memory", "keep them until the process ends"),
        ("clew serve --listen 0.0.0.0", "serve the whole network, without a password"),
    ]),
    ("Environment", &[
        (log::VARIABLE, "what to log to standard error: off, error, warn (the default), info,"),
        ("", "debug or trace; target=level for one part alone, as in warn,clew_server=debug"),
    ]),
]))]
pub(crate) struct Options {
    /// Where to keep traces and log records [default: $XDG_DATA_HOME/clew, else ~/.local/share/clew].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Keep everything only in memory: traces and log records are gone when the process ends.
    #[arg(long, conflicts_with = "data_dir")]
    memory: bool,

    /// Keep spans and log records for so long after they arrived, such as 7d or 36h; ten minutes at the
    /// least [default: for ever].
    #[arg(long, value_name = "TIME", value_parser = keep::retention)]
    retention: Option<Duration>,

    /// Keep no more than so much, such as 20GiB, and 256MiB at the least: what arrived first is
    /// dropped [default: no bound, and 1GiB with --memory].
    #[arg(long, value_name = "SIZE", value_parser = keep::disk)]
    max_disk: Option<u64>,

    /// Take no more memory than about so much for what is on its way in, for the newest, and for
    /// answers, 256MiB at the least [default: 1GiB].
    #[arg(long, value_name = "SIZE", value_parser = keep::memory)]
    max_memory: Option<usize>,

    /// Listen on this address; may be repeated [default: 127.0.0.1 and ::1].
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    listen: Vec<IpAddr>,

    /// Port for OTLP over gRPC; 0 picks a free one [default: 4317].
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = PORTS.otlp_grpc, hide_default_value = true)]
    otlp_grpc_port: u16,

    /// Port for OTLP over HTTP; 0 picks a free one [default: 4318].
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = PORTS.otlp_http, hide_default_value = true)]
    otlp_http_port: u16,

    /// Port for the UI and the query API; 0 picks a free one [default: 16686].
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = PORTS.http, hide_default_value = true)]
    http_port: u16,

    /// Answer to this host name besides localhost, as behind a proxy; may be repeated.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<HostName>,
}

/// Serves until it is told to stop.
pub(crate) fn run(options: Options) -> Result<ExitCode, CommandError> {
    runtime::block_on(async {
        // A task of its own, which keeps no second signal waiting, whatever it waits for itself.
        let served = tokio::spawn(serve(options, Banner::print, shutdown::signal()?));
        match shutdown::unless_insisted(served).await? {
            Some(ended) => ended?.map(|()| ExitCode::SUCCESS),
            None => Ok(shutdown::EXIT_INTERRUPTED.into()),
        }
    })?
}

/// Serves until `shutdown` completes; `ready` is told where, once there is an answer.
pub(super) async fn serve(
    options: Options,
    ready: impl FnOnce(&Banner),
    shutdown: impl Future<Output = ()>,
) -> Result<(), CommandError> {
    log::to_stderr()?;
    // The sockets first: exporters that call while the store is read back in wait for an answer,
    // where a refused connection would cost them the batch.
    let ports = options.ports();
    check_ports(ports)?;
    let listeners =
        Listeners::bind(&options.listen(), &ports).map_err(|error| bind_problem(&error))?;
    let data_dir = options.data_dir()?;
    if let Some(data_dir) = &data_dir {
        ensure_can_be_directory(data_dir)
            .map_err(|problem| problem.with_hint(ELSEWHERE_OR_NOWHERE))?;
    }
    let memory = MemoryBudget::new(options.max_memory.unwrap_or(keep::BUDGET_DEFAULT));
    let mut background = JoinSet::new();
    background.spawn(allocator::give_back());
    let mut shutdown = std::pin::pin!(shutdown);
    let store = tokio::select! {
        store = open(data_dir.clone(), options.store(&memory)) => store?,
        () = &mut shutdown => return Ok(()),
    };
    let banner = Banner {
        addresses: listeners.addresses(),
        ports_were_picked: [ports.otlp_grpc, ports.otlp_http, ports.http].contains(&0),
        data_dir,
        network_address: banner::network_address(),
    };
    let server_options = clew_server::Options {
        allowed_hosts: options.allow_host,
        limits: Limits {
            connections_max: open_files::connections_max(),
            ..Limits::default()
        },
        memory,
    };
    let server = Server::new(listeners, server_options, Arc::clone(&store) as _)
        .with_logs(Arc::clone(&store) as _);
    ready(&banner);
    let mut failure = None;
    let ending = async {
        tokio::select! {
            () = shutdown => {}
            why = store.failure() => failure = Some(why),
        }
    };
    server.run(ending).await?;
    close(&store).await;
    failure.map_or(Ok(()), |why| {
        let why =
            format!("spans cannot be kept any more: the thread that writes them panicked: {why}");
        Err(CommandError::Internal(why.into()))
    })
}

impl Options {
    /// The usual settings, with these ports on loopback and the data in this folder.
    pub(super) fn on_loopback(ports: PerEndpoint<u16>, data_dir: PathBuf) -> Self {
        Self {
            data_dir: Some(data_dir),
            memory: false,
            retention: None,
            max_disk: None,
            max_memory: None,
            listen: Vec::new(),
            otlp_grpc_port: ports.otlp_grpc,
            otlp_http_port: ports.otlp_http,
            http_port: ports.http,
            allow_host: Vec::new(),
        }
    }

    fn listen(&self) -> Listen {
        if self.listen.is_empty() {
            Listen::Loopback
        } else {
            Listen::Addresses(self.listen.clone())
        }
    }

    fn ports(&self) -> PerEndpoint<u16> {
        PerEndpoint {
            otlp_grpc: self.otlp_grpc_port,
            otlp_http: self.otlp_http_port,
            http: self.http_port,
        }
    }

    /// How the store keeps them.
    fn store(&self, memory: &MemoryBudget) -> StoreOptions {
        let mut store = StoreOptions::default();
        store.retention = self.retention;
        store.disk_max = self.max_disk;
        store.memory = memory.clone();
        if self.memory {
            store.disk_max.get_or_insert(keep::MEMORY_DEFAULT);
        }
        store
    }

    /// Where to keep traces; `None` if nowhere.
    fn data_dir(&self) -> Result<Option<PathBuf>, CommandError> {
        if self.memory {
            return Ok(None);
        }
        let found = self.data_dir.clone().or_else(default_data_dir);
        found.map(Some).ok_or_else(|| {
            CommandError::user("there is no HOME to keep traces in")
                .with_hint("choose a place with --data-dir, or keep nothing with --memory")
        })
    }
}

/// Where traces are kept if nobody says; `None` if the environment knows no home.
pub(super) fn default_data_dir() -> Option<PathBuf> {
    data_dir::default(|name| std::env::var_os(name))
}

/// Lets what was received be written.
async fn close(store: &LocalStore) {
    if tokio::time::timeout(CLOSE_TIMEOUT, store.close())
        .await
        .is_err()
    {
        tracing::warn!(
            "the disk is slow, and what was not acknowledged is given up; what was is safe"
        );
    }
}

async fn open(
    data_dir: Option<PathBuf>,
    options: StoreOptions,
) -> Result<Arc<LocalStore>, CommandError> {
    let Some(data_dir) = data_dir else {
        let opened = LocalStore::in_memory(&options);
        return Ok(Arc::new(opened.map_err(|error| memory_problem(&error))?));
    };
    let opening = tokio::task::spawn_blocking(move || open_local(&data_dir, &options));
    Ok(Arc::new(opening.await??))
}

fn open_local(data_dir: &Path, options: &StoreOptions) -> Result<LocalStore, CommandError> {
    let mut bar = None;
    let opened = LocalStore::open(data_dir, options, |progress| {
        bar.get_or_insert_with(|| Progress::start("MiB of traces", mib(progress.bytes_total)))
            .show(mib(progress.bytes_read));
    });
    opened.map_err(|error| open_problem(data_dir, &error))
}

/// Fails if the folder or one above it is a file, which the operating system says in other words
/// depending on which of them it is.
pub(super) fn ensure_can_be_directory(data_dir: &Path) -> Result<(), CommandError> {
    match data_dir.ancestors().find(|path| path.exists()) {
        Some(path) if !path.is_dir() => Err(CommandError::user(format!(
            "cannot keep traces in {}: {} is a file, not a directory",
            data_dir.display(),
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// What to do if a place cannot be used.
const ELSEWHERE_OR_NOWHERE: &str =
    "choose another place with --data-dir, or keep nothing with --memory";

fn open_problem(data_dir: &Path, error: &OpenError) -> CommandError {
    let (data_dir, why) = (data_dir.display(), with_sources(error));
    let problem = CommandError::user(format!("cannot open the traces in {data_dir}: {why}"));
    match error {
        OpenError::InUse { .. } => {
            problem.with_hint("stop that process, or choose another place with --data-dir")
        }
        // It says itself what to do.
        OpenError::Version { .. } | OpenError::NoStore { .. } => problem,
        OpenError::Disk(DiskError::Corrupt { .. }) => problem.with_hint(format!(
            "put the data directory back from a copy, save what can be read with `clew store salvage \
             {data_dir} NEW_DIR`, or start a new one with --data-dir"
        )),
        OpenError::Disk(_) => problem.with_hint(ELSEWHERE_OR_NOWHERE),
    }
}

fn memory_problem(error: &OpenError) -> CommandError {
    CommandError::user(format!(
        "cannot keep traces in memory: {}",
        with_sources(error)
    ))
}

fn mib(bytes: u64) -> u64 {
    bytes >> 20
}

/// An address on the command line; a name may stand for several, or for another tomorrow.
fn address(text: &str) -> Result<IpAddr, &'static str> {
    text.parse().map_err(|_| {
        "it is no IP address; 127.0.0.1 is this machine alone, as without --listen, and 0.0.0.0 all \
         that can reach it"
    })
}

/// No two endpoints can have one port.
fn check_ports(ports: PerEndpoint<u16>) -> Result<(), CommandError> {
    let grpc = (Endpoint::OtlpGrpc, ports.otlp_grpc);
    let [http, ui] = [
        (Endpoint::OtlpHttp, ports.otlp_http),
        (Endpoint::Http, ports.http),
    ];
    for ((one, port), (other, same)) in [(grpc, http), (grpc, ui), (http, ui)] {
        if port != 0 && port == same {
            let (one, other) = (port_flag(one), port_flag(other));
            return Err(CommandError::user(format!(
                "{one} and {other} are both {port}, and each needs a port of its own"
            )));
        }
    }
    Ok(())
}

fn bind_problem(error: &BindError) -> CommandError {
    let problem = CommandError::user(with_sources(error));
    match error {
        BindError::PortTaken { endpoint, .. } => problem.with_hint(format!(
            "is Clew or Jaeger running already? Stop it, or choose another port with {} (0 picks \
             a free one)",
            port_flag(*endpoint)
        )),
        BindError::NoSuchAddress { .. } => {
            problem.with_hint("--listen takes an address of this machine, or 0.0.0.0 for all")
        }
        BindError::Io { endpoint, .. } => {
            problem.with_hint(format!("choose another port with {}", port_flag(*endpoint)))
        }
    }
}

fn port_flag(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::OtlpGrpc => "--otlp-grpc-port",
        Endpoint::OtlpHttp => "--otlp-http-port",
        Endpoint::Http => "--http-port",
    }
}
