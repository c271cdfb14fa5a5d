//! Messages, which in JSON are objects and nothing else.

use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A message: a field that is missing or `null` has its default, one that OTLP does not have is
/// passed over.
///
/// What serde derives would read a list as a message whose fields stand in it one after the other;
/// so the derived code, which `remote` makes a function of its own, reads through [`Object`].
macro_rules! message {
    ($(#[$doc:meta])* $visibility:vis $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default, remote = "Self", expecting = "an object")]
        $visibility struct $name {
            $(
                #[serde(deserialize_with = "crate::json::scalar::nullable")]
                $field: $type,
            )*
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(crate::json::object::Object(deserializer))
            }
        }
    };
}

pub(super) use message;

/// Asks for an object, whatever it is asked for, so that serde refuses all else with its place.
pub(super) struct Object<D>(pub(super) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Object<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}
