//! What predicates look at: spans and log records.

use std::ops::ControlFlow;

use clew_model::{Attributes, LinkRef, LogRecordRef, SpanRef, Timestamp, ValueRef};

use crate::field::{AttributeScope, FieldRef, Intrinsic};

/// A span or a log record, as far as questions are about it.
pub trait Record<'a>: Copy {
    /// When it began, or happened.
    fn time(self) -> Timestamp;

    /// Shows each value of this part, in the order sent, until one is enough.
    fn visit(
        self,
        intrinsic: Intrinsic,
        see: &mut impl FnMut(FieldRef<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()>;

    /// Shows the attributes of each owner in this scope, likewise.
    fn visit_attributes(
        self,
        scope: AttributeScope,
        see: &mut impl FnMut(Attributes<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()>;
}

impl<'a> Record<'a> for SpanRef<'a> {
    fn time(self) -> Timestamp {
        self.start()
    }

    fn visit(
        self,
        intrinsic: Intrinsic,
        see: &mut impl FnMut(FieldRef<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match intrinsic {
            Intrinsic::Name => see(FieldRef::text(self.name())),
            Intrinsic::Kind => see(FieldRef::Kind(self.kind())),
            Intrinsic::Status => see(FieldRef::Status(self.status_code())),
            Intrinsic::StatusMessage => see(FieldRef::text(self.status_message())),
            Intrinsic::Start => see(FieldRef::Time(self.start())),
            Intrinsic::Duration => see(FieldRef::Duration(self.duration())),
            Intrinsic::TraceId => see(FieldRef::TraceId(self.trace_id())),
            Intrinsic::SpanId => see(FieldRef::SpanId(self.span_id())),
            Intrinsic::ParentSpanId => {
                let mut parent = self.parent_span_id().into_iter();
                parent.try_for_each(|id| see(FieldRef::SpanId(id)))
            }
            Intrinsic::ScopeName => see(FieldRef::text(self.scope().name())),
            Intrinsic::ScopeVersion => see(FieldRef::text(self.scope().version())),
            Intrinsic::EventName => {
                let mut events = self.events();
                events.try_for_each(|event| see(FieldRef::text(event.name())))
            }
            Intrinsic::LinkTraceId => {
                let mut ids = self.links().filter_map(LinkRef::trace_id);
                ids.try_for_each(|id| see(FieldRef::TraceId(id)))
            }
            Intrinsic::LinkSpanId => {
                let mut ids = self.links().filter_map(LinkRef::span_id);
                ids.try_for_each(|id| see(FieldRef::SpanId(id)))
            }
            Intrinsic::Body | Intrinsic::Severity | Intrinsic::SeverityText => {
                ControlFlow::Continue(())
            }
        }
    }

    fn visit_attributes(
        self,
        scope: AttributeScope,
        see: &mut impl FnMut(Attributes<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match scope {
            AttributeScope::Any => visit_all_scopes(self, see),
            AttributeScope::Span => see(self.attributes()),
            AttributeScope::Resource => see(self.resource().attributes()),
            AttributeScope::Scope => see(self.scope().attributes()),
            AttributeScope::Event => self.events().try_for_each(|event| see(event.attributes())),
            AttributeScope::Link => self.links().try_for_each(|link| see(link.attributes())),
        }
    }
}

impl<'a> Record<'a> for LogRecordRef<'a> {
    fn time(self) -> Timestamp {
        self.time_or_observed()
    }

    fn visit(
        self,
        intrinsic: Intrinsic,
        see: &mut impl FnMut(FieldRef<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut see_text = |text: &'a str| {
            // Empty text stands for none, as everywhere in OTLP.
            if text.is_empty() {
                return ControlFlow::Continue(());
            }
            see(FieldRef::text(text))
        };
        match intrinsic {
            Intrinsic::Body => visit_leaves(self.body(), see),
            Intrinsic::Severity => {
                let number = self.severity().number();
                let mut number = (number != 0).then_some(number).into_iter();
                number.try_for_each(|number| see(FieldRef::Value(ValueRef::Int(number.into()))))
            }
            Intrinsic::SeverityText => see_text(self.severity_text()),
            Intrinsic::EventName => see_text(self.event_name()),
            Intrinsic::TraceId => {
                let mut id = self.trace_id().into_iter();
                id.try_for_each(|id| see(FieldRef::TraceId(id)))
            }
            Intrinsic::SpanId => {
                let mut id = self.span_id().into_iter();
                id.try_for_each(|id| see(FieldRef::SpanId(id)))
            }
            Intrinsic::ScopeName => see_text(self.scope().name()),
            Intrinsic::ScopeVersion => see_text(self.scope().version()),
            Intrinsic::Name
            | Intrinsic::Kind
            | Intrinsic::Status
            | Intrinsic::StatusMessage
            | Intrinsic::Start
            | Intrinsic::Duration
            | Intrinsic::ParentSpanId
            | Intrinsic::LinkTraceId
            | Intrinsic::LinkSpanId => ControlFlow::Continue(()),
        }
    }

    fn visit_attributes(
        self,
        scope: AttributeScope,
        see: &mut impl FnMut(Attributes<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match scope {
            AttributeScope::Any => visit_all_scopes(self, see),
            AttributeScope::Span => see(self.attributes()),
            AttributeScope::Resource => see(self.resource().attributes()),
            AttributeScope::Scope => see(self.scope().attributes()),
            AttributeScope::Event | AttributeScope::Link => ControlFlow::Continue(()),
        }
    }
}

/// Shows the attributes of each owner in each scope.
fn visit_all_scopes<'a>(
    record: impl Record<'a>,
    see: &mut impl FnMut(Attributes<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut scopes = [
        AttributeScope::Span,
        AttributeScope::Resource,
        AttributeScope::Scope,
        AttributeScope::Event,
        AttributeScope::Link,
    ]
    .into_iter();
    scopes.try_for_each(|scope| record.visit_attributes(scope, see))
}

/// Shows the value or, of a list or a map, each value in it. It is as deep as a request may nest.
fn visit_leaves<'a>(
    value: ValueRef<'a>,
    see: &mut impl FnMut(FieldRef<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    match value {
        ValueRef::Empty => ControlFlow::Continue(()),
        ValueRef::Array(values) => values.iter().try_for_each(|value| visit_leaves(value, see)),
        ValueRef::Map(members) => {
            let mut values = members.iter().map(|member| member.value);
            values.try_for_each(|value| visit_leaves(value, see))
        }
        leaf => see(FieldRef::Value(leaf)),
    }
}

#[cfg(test)]
mod tests;
