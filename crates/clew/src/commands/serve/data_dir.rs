//! Where traces are kept if nobody says.

use std::ffi::OsString;
use std::path::PathBuf;

/// The place for a program's data: `$XDG_DATA_HOME/clew`, else `~/.local/share/clew`; `None` if
/// the environment knows no home.
///
/// Source: <https://specifications.freedesktop.org/basedir-spec/latest/>.
pub(super) fn default(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name| variable(name).map(PathBuf::from);
    // By the specification, a path that is not absolute is invalid and passed over.
    let data_home = path("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let home = || path("HOME").filter(|path| path.is_absolute());
    data_home
        .or_else(|| Some(home()?.join(".local/share")))
        .map(|data_home| data_home.join("clew"))
}

#[cfg(test)]
mod tests;
