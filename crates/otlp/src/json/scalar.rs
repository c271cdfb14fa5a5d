//! Single values, in all the forms that protobuf's JSON mapping lets them take.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, Unexpected, Visitor};

use super::excerpt::{unexpected_text, wrong_text};

/// Both alphabets of base64 are accepted, with and without padding.
const BASE64: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Hands a string to `read`, which may say what it expected in its place.
pub(super) fn read_text<'de, D: Deserializer<'de>>(
    deserializer: D,
    read: impl FnOnce(&str) -> Result<(), &'static str>,
) -> Result<(), D::Error> {
    struct TextVisitor<F>(F);

    impl<F: FnOnce(&str) -> Result<(), &'static str>> Visitor<'_> for TextVisitor<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
            (self.0)(text).map_err(|expected| wrong_text(text, &expected))
        }
    }

    deserializer.deserialize_str(TextVisitor(read))
}

/// Appends the bytes that a text in base64 stands for.
pub(super) fn append_base64(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let alphabet = if text.contains(['-', '_']) {
        alphabet::URL_SAFE
    } else {
        alphabet::STANDARD
    };
    GeneralPurpose::new(&alphabet, BASE64)
        .decode_vec(text, out)
        .map_err(|_| "bytes in base64")
}

/// A whole number, as a number or as text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Integer<T>(pub(super) T);

impl<'de, T> Deserialize<'de> for Integer<T>
where
    T: FromStr + TryFrom<i64> + TryFrom<u64>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntegerVisitor<T>(PhantomData<T>);

        impl<T> Visitor<'_> for IntegerVisitor<T>
        where
            T: FromStr + TryFrom<i64> + TryFrom<u64>,
        {
            type Value = Integer<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(
                    f,
                    "a whole number of {} bits, or one as text",
                    8 * size_of::<T>()
                )
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                let refuse = |_| E::invalid_value(Unexpected::Signed(number), &self);
                T::try_from(number).map(Integer).map_err(refuse)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                let refuse = |_| E::invalid_value(Unexpected::Unsigned(number), &self);
                T::try_from(number).map(Integer).map_err(refuse)
            }

            /// Clients write large numbers as `1e18` too; one with a fraction is none.
            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                let refuse = || E::invalid_value(Unexpected::Float(number), &self);
                whole(number).map(Integer).ok_or_else(refuse)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let refuse = || wrong_text(text, &self);
                integer_in(text).map(Integer).ok_or_else(refuse)
            }
        }

        deserializer.deserialize_any(IntegerVisitor(PhantomData))
    }
}

/// The whole number that a text is, with an exponent if need be.
fn integer_in<T: FromStr>(text: &str) -> Option<T> {
    if !is_json_number(text) {
        return None;
    }
    if text.contains(['.', 'e', 'E']) {
        return whole(text.parse().ok()?);
    }
    text.parse().ok()
}

/// Every whole `f64` is written without a fraction, so its text says what it is.
fn whole<T: FromStr>(number: f64) -> Option<T> {
    number.to_string().parse().ok()
}

/// Whether a text is a number in JSON's syntax, the only one in which protobuf's mapping takes
/// numbers as text: Rust's own parsers take `+1`, `.5` and `inf` as well.
fn is_json_number(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    // Of all that JSON allows, only a number begins and ends so.
    text.starts_with(|c| c == '-' || is_digit(c))
        && text.ends_with(is_digit)
        && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A floating-point number, as a number or as text, `"NaN"` and `"-Infinity"` included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Double(pub(super) f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DoubleVisitor;

        impl Visitor<'_> for DoubleVisitor {
            type Value = Double;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, one as text, \"NaN\", \"Infinity\" or \"-Infinity\"")
            }

            #[expect(clippy::cast_precision_loss, reason = "the field is a 64-bit float")]
            fn visit_i64<E: Error>(self, number: i64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }

            #[expect(clippy::cast_precision_loss, reason = "the field is a 64-bit float")]
            fn visit_u64<E: Error>(self, number: u64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Double, E> {
                Ok(Double(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Double, E> {
                let refuse = || wrong_text(text, &self);
                double_in(text).map(Double).ok_or_else(refuse)
            }
        }

        deserializer.deserialize_any(DoubleVisitor)
    }
}

/// The number that a text is. One that is too large for the field is none, though Rust would make
/// it infinite.
fn double_in(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ if is_json_number(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// An enum, which OTLP writes as its number only.
#[derive(Debug, Clone, Copy)]
pub(super) struct EnumNumber(pub(super) i32);

impl<'de> Deserialize<'de> for EnumNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnumVisitor;

        impl Visitor<'_> for EnumVisitor {
            type Value = EnumNumber;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of an enum's value (OTLP knows no names here)")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<EnumNumber, E> {
                let refuse = |_| E::invalid_value(Unexpected::Signed(number), &self);
                i32::try_from(number).map(EnumNumber).map_err(refuse)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<EnumNumber, E> {
                let refuse = |_| E::invalid_value(Unexpected::Unsigned(number), &self);
                i32::try_from(number).map(EnumNumber).map_err(refuse)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<EnumNumber, E> {
                Err(unexpected_text(text, &self))
            }
        }

        deserializer.deserialize_any(EnumVisitor)
    }
}

/// `true` or `false`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagVisitor;

        impl Visitor<'_> for FlagVisitor {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
                Err(unexpected_text(text, &self))
            }
        }

        deserializer.deserialize_any(FlagVisitor)
    }
}
