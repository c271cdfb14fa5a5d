//! A trace id, as it is typed and as it is.

/// As many hexadecimal digits as a trace id has.
const DIGITS: usize = 32;

/// A trace id on the command line; those of systems with 64-bit ids are written shorter.
#[derive(Debug, Clone)]
pub(in crate::commands) struct TypedTraceId {
    /// All digits, the leading zeros too.
    whole: String,
    /// How many of them were typed.
    typed: usize,
}

impl TypedTraceId {
    pub(in crate::commands) fn parse(text: &str) -> Result<Self, &'static str> {
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let has_value = text.bytes().any(|byte| byte != b'0');
        if !is_hex || !has_value || text.len() > DIGITS {
            return Err("a trace id has 1 to 32 hexadecimal digits, not all zero");
        }
        Ok(Self {
            whole: format!("{:0>DIGITS$}", text.to_lowercase()),
            typed: text.len(),
        })
    }

    /// With all digits.
    pub(in crate::commands) fn as_str(&self) -> &str {
        &self.whole
    }

    pub(in crate::commands) fn is_whole(&self) -> bool {
        self.typed == DIGITS
    }

    /// That there is no such trace. Where digits are missing, that is likely why: a beginning of an id,
    /// such as other tools print, is taken for its end.
    pub(super) fn not_found(&self) -> String {
        let Self { whole, typed } = self;
        let said = format!("trace {whole} not found");
        if self.is_whole() {
            return said;
        }
        let short = &whole[DIGITS - typed..];
        format!("{said}; a trace id has {DIGITS} digits, {short} has {typed}")
    }
}
