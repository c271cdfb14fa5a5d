//! Which parts of spans are read.

use std::collections::BTreeSet;

use clew_store::{AttributeScope, Columns, Field, Intrinsic, Predicate};

use super::Part;

/// The parts of spans that are wanted beside those that every question looks at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Projection {
    pub(super) attributes: Attributes,
    pub(super) events: bool,
    pub(super) links: bool,
}

/// Which attributes of the spans themselves.
#[derive(Debug, Clone)]
pub(super) enum Attributes {
    All,
    /// Those of these keys. Others may come along.
    Of(BTreeSet<String>),
}

impl Default for Attributes {
    fn default() -> Self {
        Self::Of(BTreeSet::new())
    }
}

impl Projection {
    /// Whole spans.
    pub(crate) const ALL: Self = Self {
        attributes: Attributes::All,
        events: true,
        links: true,
    };

    /// What a trace is loaded with.
    pub(crate) fn of_columns(columns: Columns) -> Self {
        Self {
            attributes: if columns.attributes {
                Attributes::All
            } else {
                Attributes::default()
            },
            events: columns.events,
            links: columns.links,
        }
    }

    /// Whether this part is wanted.
    pub(super) fn has(&self, part: Part) -> bool {
        match part {
            Part::Events => self.events,
            Part::Links => self.links,
            Part::Shape | Part::OtherAttributes => match &self.attributes {
                Attributes::All => true,
                Attributes::Of(keys) => !keys.is_empty(),
            },
            // It is said by the resource.
            Part::ServiceName => false,
            _ => true,
        }
    }

    /// Whether the attribute of this key is wanted.
    pub(super) fn has_attribute(&self, key: &str) -> bool {
        match &self.attributes {
            Attributes::All => true,
            Attributes::Of(keys) => keys.contains(key),
        }
    }

    /// All attributes of this scope, whatever their keys.
    #[must_use]
    pub(crate) fn with_all_of(mut self, scope: AttributeScope) -> Self {
        self.add_owners(scope);
        if matches!(scope, AttributeScope::Any | AttributeScope::Span) {
            self.attributes = Attributes::All;
        }
        self
    }

    /// And what the predicate is about.
    #[must_use]
    pub(crate) fn with_predicate(mut self, predicate: &Predicate) -> Self {
        self.add_predicate(predicate);
        self
    }

    /// And this field.
    #[must_use]
    pub(crate) fn with_field(mut self, field: &Field) -> Self {
        self.add_field(field);
        self
    }

    fn add_predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::All(predicates) | Predicate::Any(predicates) => {
                for predicate in predicates {
                    self.add_predicate(predicate);
                }
            }
            Predicate::Not(predicate) => self.add_predicate(predicate),
            leaf => {
                if let Some(field) = leaf.field() {
                    self.add_field(field);
                }
            }
        }
    }

    fn add_field(&mut self, field: &Field) {
        match field {
            Field::Intrinsic(Intrinsic::EventName) => self.events = true,
            Field::Intrinsic(Intrinsic::LinkTraceId | Intrinsic::LinkSpanId) => self.links = true,
            Field::Intrinsic(_) => {}
            Field::Attribute { scope, key } => {
                self.add_owners(*scope);
                if matches!(scope, AttributeScope::Any | AttributeScope::Span)
                    && let Attributes::Of(keys) = &mut self.attributes
                {
                    keys.insert(key.to_string());
                }
            }
        }
    }

    fn add_owners(&mut self, scope: AttributeScope) {
        let is_any = scope == AttributeScope::Any;
        self.events |= is_any || scope == AttributeScope::Event;
        self.links |= is_any || scope == AttributeScope::Link;
    }
}
