//! What must hold of a span.

use std::time::Duration;

use clew_model::{SpanKind, StatusCode};
use clew_store::{AttributeScope, Comparison, Field, Intrinsic, Predicate, Scalar};

/// What must hold of one span, all at once; what is `None` or empty always holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::api) struct SpanFilter {
    /// The service that sent it.
    pub(in crate::api) service: Option<String>,
    /// Its name.
    pub(in crate::api) name: Option<String>,
    /// Its kind.
    pub(in crate::api) kind: Option<SpanKind>,
    /// What came of it.
    pub(in crate::api) status: Option<StatusCode>,
    /// It took at least so long; both bounds are included.
    pub(in crate::api) duration_min: Option<Duration>,
    /// It took at most so long.
    pub(in crate::api) duration_max: Option<Duration>,
    /// What its attributes say.
    pub(in crate::api) attributes: Vec<AttributeFilter>,
}

/// An attribute of the span, one of its events, its scope or its resource has this key and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct AttributeFilter {
    /// The key, exactly.
    pub(in crate::api) key: String,
    /// The value, exactly, in the text form of [`Value`](clew_model::Value): `true`, `42`, `0.5`,
    /// `GET`. A number and the text of its digits both fit.
    pub(in crate::api) value: String,
}

impl SpanFilter {
    /// The same as a question to a store. What is cheap to look at comes first.
    pub(in crate::api) fn predicate(&self) -> Predicate {
        let service = self.service.as_deref();
        let name = self.name.as_deref();
        let bound = |comparison, duration: Option<Duration>| {
            let field = Intrinsic::Duration.into();
            duration.map(|it| Predicate::Compare(field, comparison, Scalar::Duration(it)))
        };
        let conditions = [
            service.map(|it| Predicate::equal(Field::service(), it)),
            name.map(|it| Predicate::equal(Intrinsic::Name, it)),
            self.kind
                .map(|it| Predicate::equal(Intrinsic::Kind, Scalar::Kind(it))),
            self.status
                .map(|it| Predicate::equal(Intrinsic::Status, Scalar::Status(it))),
            bound(Comparison::GreaterOrEqual, self.duration_min),
            bound(Comparison::LessOrEqual, self.duration_max),
        ];
        let attributes = self.attributes.iter().map(AttributeFilter::predicate);
        Predicate::All(conditions.into_iter().flatten().chain(attributes).collect())
    }
}

impl AttributeFilter {
    pub(in crate::api) fn predicate(&self) -> Predicate {
        let field = Field::attribute(AttributeScope::Any, &self.key);
        Predicate::TextEquals(field, self.value.clone())
    }
}
