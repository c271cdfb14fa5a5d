//! The services of the catalog, running.

use std::sync::Arc;

use clew_model::{KeyValue, Resource, SERVICE_NAME, Scope};

use super::catalog::{EDGE_COUNT, Platform, SERVICES, Service};
use super::random::Random;

/// All services, each with one instance.
#[derive(Debug)]
pub(super) struct World {
    instances: Vec<Instance>,
}

/// One running service: what is the same for all of its spans.
pub(super) struct Instance {
    pub(super) service: &'static Service,
    pub(super) resource: Arc<Resource>,
    pub(super) scopes: Scopes,
    /// The address of the machine it runs on.
    pub(super) address: String,
    /// The name by which others call it.
    pub(super) host: String,
    /// The services that it calls, by their place in the world.
    calls: Vec<usize>,
}

/// Which instrumentation made a span.
pub(super) struct Scopes {
    pub(super) server: Arc<Scope>,
    pub(super) client: Arc<Scope>,
    pub(super) database: Arc<Scope>,
}

impl World {
    /// The seed decides on addresses and instance ids.
    pub(super) fn new(seed: u64) -> Self {
        // Not the numbers that the traces are made of.
        let mut random = Random::new(!seed);
        let instances = SERVICES
            .iter()
            .map(|service| Instance::new(service, &mut random))
            .collect();
        Self { instances }
    }

    /// A service that is open to the outside.
    pub(super) fn edge(&self, random: &mut Random) -> &Instance {
        random.pick(&self.instances[..EDGE_COUNT])
    }

    /// A service that this one calls, if it calls any.
    pub(super) fn callee(&self, caller: &Instance, random: &mut Random) -> Option<&Instance> {
        if caller.calls.is_empty() {
            return None;
        }
        Some(&self.instances[*random.pick(&caller.calls)])
    }
}

impl Instance {
    fn new(service: &'static Service, random: &mut Random) -> Self {
        let place = |name| SERVICES.iter().position(|other| other.name == name);
        Self {
            service,
            resource: Arc::new(resource(service, random)),
            scopes: scopes(service.platform),
            address: private_address(random),
            host: format!("{}.{}.internal", service.name, service.namespace),
            calls: service.calls.iter().copied().filter_map(place).collect(),
        }
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Instance").field(&self.service.name).finish()
    }
}

fn resource(service: &Service, random: &mut Random) -> Resource {
    let host = random.below(100);
    let attributes = vec![
        KeyValue::new(SERVICE_NAME, service.name),
        KeyValue::new("service.namespace", service.namespace),
        KeyValue::new("service.version", service.version),
        KeyValue::new("service.instance.id", random.uuid()),
        KeyValue::new("deployment.environment.name", "production"),
        KeyValue::new("host.name", format!("node-{host:02}.eu-west-1.internal")),
        KeyValue::new("telemetry.sdk.name", "opentelemetry"),
        KeyValue::new("telemetry.sdk.language", service.platform.language),
        KeyValue::new("telemetry.sdk.version", service.platform.sdk_version),
    ];
    Resource {
        attributes,
        ..Resource::default()
    }
}

fn scopes(platform: &Platform) -> Scopes {
    let scope = |name: &str| {
        Arc::new(Scope {
            name: name.to_owned(),
            version: platform.sdk_version.to_owned(),
            ..Scope::default()
        })
    };
    Scopes {
        server: scope(platform.scopes.server),
        client: scope(platform.scopes.client),
        database: scope(platform.scopes.database),
    }
}

fn private_address(random: &mut Random) -> String {
    let bits = random.bits().to_be_bytes();
    format!("10.{}.{}.{}", bits[0], bits[1], bits[2])
}
