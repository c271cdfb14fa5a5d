//! Whether a span is one that was asked for.

use clew_model::{Attributes, EventRef, SpanRef, ValueRef};

use crate::{AttributeFilter, SpanFilter};

impl SpanFilter {
    /// Whether everything that is asked for holds of the span.
    pub fn fits(&self, span: SpanRef<'_>) -> bool {
        self.service
            .as_deref()
            .is_none_or(|it| span.service_name() == Some(it))
            && self.name.as_deref().is_none_or(|it| span.name() == it)
            && self.kind.is_none_or(|it| span.kind() == it)
            && self.status.is_none_or(|it| span.status_code() == it)
            && self.duration_min.is_none_or(|it| span.duration() >= it)
            && self.duration_max.is_none_or(|it| span.duration() <= it)
            && self.attributes.iter().all(|filter| filter.fits(span))
    }
}

impl AttributeFilter {
    fn fits(&self, span: SpanRef<'_>) -> bool {
        self.is_in(span.attributes())
            || self.is_in(span.resource().attributes())
            || self.is_in(span.scope().attributes())
            || span
                .events()
                .map(EventRef::attributes)
                .any(|it| self.is_in(it))
    }

    fn is_in(&self, attributes: Attributes<'_>) -> bool {
        attributes
            .iter()
            .any(|attribute| attribute.key == self.key && is_text(attribute.value, &self.value))
    }
}

fn is_text(value: ValueRef<'_>, text: &str) -> bool {
    match value {
        ValueRef::String(value) => value == text,
        other => other.to_value().to_string() == text,
    }
}
