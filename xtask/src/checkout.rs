//! A copy of the checkout, as if freshly cloned: for what a newcomer is told to do.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::shell::Run;
use crate::workspace;

/// A copy of the files that git knows or would add.
pub(crate) struct Checkout {
    /// Where it is.
    pub(crate) folder: PathBuf,
    /// An empty folder for what programs keep of a user.
    pub(crate) home: PathBuf,
    /// Where installers keep what they have downloaded, from one run to the next.
    pub(crate) packages: PathBuf,
    /// Where cargo builds it: two checkouts that build in one folder would take the other's
    /// packages for their own.
    pub(crate) target: PathBuf,
    original: PathBuf,
    /// The home folder, if it is gone with this.
    _own_home: Option<TempDir>,
}

impl Checkout {
    /// A copy of this checkout, in cargo's build folder; it is made by [`Checkout::renew`].
    ///
    /// The home folder is outside of it: cargo would take what a newcomer makes there for a member of
    /// this workspace, if the build folder is within it.
    pub(crate) fn of_this() -> Result<Self> {
        let target = workspace::metadata()?.target_directory;
        let home = tempfile::tempdir().context("a home folder")?;
        Ok(Self {
            home: home.path().to_owned(),
            _own_home: Some(home),
            ..Self::of(workspace::root(), &target.join("newcomer"))
        })
    }

    /// A copy of `original` below `scratch`.
    pub(crate) fn of(original: &Path, scratch: &Path) -> Self {
        Self {
            folder: scratch.join("clew"),
            home: scratch.join("home"),
            packages: scratch.join("packages"),
            target: scratch.join("target"),
            original: original.to_owned(),
            _own_home: None,
        }
    }

    /// Makes the copy what the original is now, as if freshly cloned, and the home folder empty.
    ///
    /// Only files that differ are written, so that cargo builds what has changed and no more.
    pub(crate) fn renew(&self) -> Result<()> {
        remove(&self.home)?;
        fs::create_dir_all(&self.home)?;
        fs::create_dir_all(&self.folder)?;
        let wanted = files(&self.original)?;
        if self.folder.join(".git").exists() {
            for path in files(&self.folder)? {
                if !wanted.contains(&path) {
                    remove(&self.folder.join(path))?;
                }
            }
        }
        for path in &wanted {
            copy(&self.original.join(path), &self.folder.join(path))?;
        }
        self.commit()
    }

    /// The variables that lead programs to the copy's own folders, and cargo to the toolchain that
    /// it would find in the home folder of whoever runs this.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![
            ("HOME", self.home.clone().into()),
            ("CARGO_TARGET_DIR", self.target.clone().into()),
        ];
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let usual = std::env::home_dir().map(|home| home.join(folder).into());
            let value = std::env::var_os(name).or(usual);
            variables.extend(value.map(|value| (name, value)));
        }
        variables
    }

    /// Gives the copy a history, so that `git diff` shows what a page has changed.
    fn commit(&self) -> Result<()> {
        remove(&self.folder.join(".git"))?;
        let git = |arguments: &[&str]| {
            let who = ["-c", "user.name=docs", "-c", "user.email=docs@localhost"];
            let quiet = [
                "-c",
                "init.defaultBranch=main",
                "-c",
                "commit.gpgSign=false",
            ];
            let all = who.iter().chain(&quiet).chain(arguments);
            Run::new("git", all).within(&self.folder).read()
        };
        git(&["init", "--quiet"])?;
        git(&["add", "--all"])?;
        git(&["commit", "--quiet", "--message", "The checkout as it is"])?;
        Ok(())
    }
}

/// The files that git knows or would add, and that are there.
fn files(checkout: &Path) -> Result<Vec<String>> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let list = Run::new("git", arguments).within(checkout).read()?;
    let paths = list.lines().map(str::to_owned);
    Ok(paths.filter(|path| checkout.join(path).exists()).collect())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let wanted = fs::read(from).with_context(|| from.display().to_string())?;
    if fs::read(to).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, wanted).with_context(|| to.display().to_string())?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    Ok(())
}

/// Removes a file or a folder that may not be there.
fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}
