//! What the two ends of a call say of it, by which they are known to be of one call.

use clew_model::{KeyValue, Span, Value};
use clew_store::{AttributeScope, Field, Predicate};

/// What a span says of the request that it made or answered, in today's HTTP and RPC conventions or those
/// before them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Request {
    method: Option<String>,
    path: Option<String>,
    /// Whom the caller says that it calls.
    peer: Option<String>,
}

const METHOD_KEYS: [&str; 3] = ["http.request.method", "http.method", "rpc.method"];
const PATH_KEYS: [&str; 5] = [
    "url.path",
    "http.target",
    "url.full",
    "http.url",
    "rpc.service",
];
const PEER_KEY: &str = "peer.service";

/// A longer path is not kept: what has one is told from others by less.
const TEXT_LEN_MAX: usize = 2048;

impl Request {
    pub(super) fn of(span: &Span) -> Self {
        let text = |keys: &[&str]| {
            let mut texts = keys.iter().filter_map(|key| text_of(&span.attributes, key));
            texts.next()
        };
        Self {
            method: text(&METHOD_KEYS).map(str::to_owned),
            path: text(&PATH_KEYS).map(|text| path_in(text).to_owned()),
            peer: text(&[PEER_KEY]).map(str::to_owned),
        }
    }

    pub(super) fn text_len(&self) -> usize {
        let texts = [&self.method, &self.path, &self.peer];
        texts.into_iter().flatten().map(String::len).sum()
    }

    /// Whether the request that `self` made can be the one that `callee`, of this service, answered: it
    /// has the same path, or names the service, and nothing that both say differs.
    pub(super) fn fits(&self, callee: &Self, service: Option<&str>) -> bool {
        let names_callee = self.peer.is_some() && self.peer.as_deref() == service;
        let has_its_path = match (&self.path, &callee.path) {
            (Some(sent), Some(received)) => sent == received,
            _ => false,
        };
        let differs =
            matches!((&self.method, &callee.method), (Some(one), Some(other)) if one != other);
        (names_callee || has_its_path) && !differs
    }

    /// What holds of a span of the service that this request names, or of one of the same path.
    pub(super) fn answers(&self) -> Predicate {
        let peer = self.peer.as_deref();
        let of_peer = peer.map(|peer| Predicate::equal(Field::service(), peer));
        Predicate::Any(of_peer.into_iter().chain(self.has_path()).collect())
    }

    /// What holds of a span that names this service as the one it calls, or of one of the same path.
    pub(super) fn callers(&self, service: Option<&str>) -> Predicate {
        let names = service.map(|service| Predicate::equal(attribute(PEER_KEY), service));
        Predicate::Any(names.into_iter().chain(self.has_path()).collect())
    }

    fn has_path(&self) -> impl Iterator<Item = Predicate> {
        let keys = PATH_KEYS.map(attribute).into_iter();
        self.path.iter().flat_map(move |path| {
            let has = |key: Field| Predicate::Contains(key, path.clone());
            keys.clone().map(has)
        })
    }
}

fn attribute(key: &str) -> Field {
    Field::attribute(AttributeScope::Span, key)
}

fn text_of<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let value = &attributes.iter().find(|it| it.key == key)?.value;
    match value {
        Value::String(text) if (1..=TEXT_LEN_MAX).contains(&text.len()) => Some(text),
        _ => None,
    }
}

/// The path of a URL, or of what is one already.
fn path_in(text: &str) -> &str {
    let after_scheme = text.split_once("://").map(|(_, rest)| rest);
    let from_path = match after_scheme {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => text,
    };
    from_path.split(['?', '#']).next().unwrap_or_default()
}
