//! Messages, which in JSON are objects and nothing else.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// A field that is read, and what is done with its value.
#[derive(Debug)]
pub(super) struct Field<T> {
    pub(super) name: &'static str,
    pub(super) value: T,
}

/// Which fields of an object have been there, by their position in its table.
#[derive(Debug, Default)]
pub(super) struct Seen(u32);

impl Seen {
    /// Refuses a field that was there before: which of the two counts is nowhere said.
    pub(super) fn add<T, E: Error>(&mut self, field: &Field<T>, position: usize) -> Result<(), E> {
        let bit = 1 << position;
        if self.0 & bit != 0 {
            return Err(E::duplicate_field(field.name));
        }
        self.0 |= bit;
        Ok(())
    }
}

/// The position in the table of an object's next field; fields that are not in it are passed over.
pub(super) fn next_field<'de, T, M: MapAccess<'de>>(
    object: &mut M,
    fields: &[Field<T>],
) -> Result<Option<usize>, M::Error> {
    while let Some(position) = object.next_key_seed(Name(fields))? {
        if position.is_some() {
            return Ok(position);
        }
        object.next_value::<IgnoredAny>()?;
    }
    Ok(None)
}

/// The name of a field, as its position in a table.
struct Name<'a, T>(&'a [Field<T>]);

impl<'de, T> DeserializeSeed<'de> for Name<'_, T> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<T> Visitor<'_> for Name<'_, T> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|field| field.name == name))
    }
}

/// A value that may be `null`, which means that the field is not there.
pub(super) struct Nullable<S>(pub(super) S);

impl<'de, S: DeserializeSeed<'de, Value = ()>> DeserializeSeed<'de> for Nullable<S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> Visitor<'de> for Nullable<S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.deserialize(deserializer)
    }
}
