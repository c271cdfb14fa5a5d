//! What a bare machine lacks, and how it gets it.

use anyhow::{Context, Result, ensure};

use crate::shell::Run;

/// Something that a stage needs of the machine.
pub(crate) struct Need {
    /// What it is called, for whoever has to install it.
    pub(crate) name: &'static str,
    /// A command that succeeds if it is there.
    pub(crate) check: &'static [&'static str],
    /// The packages of Debian that bring it.
    pub(crate) packages: &'static [&'static str],
}

/// Makes sure that it is there; installs it where apt can.
pub(crate) fn provide(need: &Need) -> Result<()> {
    if is_there(need) {
        return Ok(());
    }
    println!("{} is missing", need.name);
    install(need.packages).with_context(|| {
        let Need { name, packages, .. } = need;
        format!(
            "install {name} (on Debian: {}) and try again",
            packages.join(", ")
        )
    })?;
    ensure!(
        is_there(need),
        "{} is still missing: `{}` fails",
        need.name,
        need.check.join(" ")
    );
    Ok(())
}

fn is_there(need: &Need) -> bool {
    let [program, arguments @ ..] = need.check else {
        return false;
    };
    Run::new(program, arguments).succeeds()
}

fn install(packages: &[&str]) -> Result<()> {
    Run::new("apt-get", ["update", "--quiet"]).run()?;
    let arguments = ["install", "--quiet", "--yes", "--no-install-recommends"];
    Run::new("apt-get", arguments.iter().chain(packages))
        .envs(vec![("DEBIAN_FRONTEND", "noninteractive".into())])
        .run()
}
