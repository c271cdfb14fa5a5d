//! What cargo knows of the workspace: its packages, and what each depends on.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::shell;

/// The folder of the checkout.
///
/// Cargo says where it is as it starts the chore. What it said when the chore was built may be the
/// folder of another checkout, which shares the build folder with this one.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = manifest.and_then(|folder| folder.parent().map(Path::to_owned));
        root.unwrap_or_else(|| PathBuf::from("."))
    });
    &ROOT
}

/// The answer of `cargo metadata`, as far as the chores need it.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    /// The packages of the workspace.
    pub(crate) packages: Vec<Package>,
    /// Where cargo builds.
    pub(crate) target_directory: PathBuf,
}

/// One package of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// The file that declares it.
    pub(crate) manifest_path: PathBuf,
    /// What it declares to use.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a package's dependencies.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    /// The package that is used.
    pub(crate) name: String,
    /// Whether the code, its tests or its build script use it.
    pub(crate) kind: Option<Kind>,
    /// Where it is, if it is of this workspace.
    pub(crate) path: Option<PathBuf>,
}

/// What a dependency is for; cargo says nothing for a normal one.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Tests, benches and examples.
    Dev,
    /// The build script.
    Build,
}

impl Dependency {
    /// Whether it is part of what the package builds; what only its tests use is not.
    pub(crate) fn ships(&self) -> bool {
        self.kind != Some(Kind::Dev)
    }
}

/// Asks cargo.
pub(crate) fn metadata() -> Result<Metadata> {
    let answer =
        shell::cargo(["metadata", "--format-version=1", "--no-deps", "--locked"]).read()?;
    serde_json::from_str(&answer).context("`cargo metadata` answered something else than expected")
}
