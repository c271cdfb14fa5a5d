//! `cargo xtask docs`: runs the commands of the documentation and compares what they print.
//!
//! What a page may hold:
//!
//! - A block `console` has commands (`$ …`, continued by `> …`), each followed by what it prints.
//!   `[..]` within a line stands for any text, a line `...` for any number of lines.
//!   `console exit=1` says that its last command fails with that code. `console background` starts
//!   its one command as if in a terminal of its own, and waits until what is shown has appeared;
//!   `console background name=x` first ends what runs under that name, as Ctrl-C does, and so does
//!   `console stop=x,y` before its commands. What still runs at the end is ended then.
//!   `console needs=x,y` is skipped, counted and told where one of these programs is missing.
//!   `console trace=x` waits, after its commands, until the backend has a trace of the service x.
//! - A block `diff <path>` is an edit, which is applied to that file.
//! - A block of another language with `file=x` is written to that file; `needs` is as above.
//! - Other blocks in other languages are only read; commands must not hide in them.
//!
//! A page is run by itself, in a copy of the checkout and with a home folder of its own. The pages
//! of the tour build on each other, so they are run as one, in order.

mod compare;
mod counts;
pub(crate) mod edit;
mod packages;
pub(crate) mod page;
mod process;
mod session;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::checkout::Checkout;
use crate::shell::Run;
use crate::workspace;
use counts::Counts;
use page::Page;
use session::Session;

/// Which pages to run.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Runs only these pages, by their paths; of the tour all pages up to the one named
    pages: Vec<String>,
}

/// The folder whose pages are run as one.
const TOUR: &str = "docs/tour/";

/// Runs the pages; says how many commands were run, and how many were not.
pub(crate) fn run(options: &Options) -> Result<String> {
    let units = choose(units(read_pages()?), &options.pages)?;
    let checkout = Checkout::of_this()?;
    let mut counts = Counts::default();
    for unit in &units {
        counts.add(run_unit(unit, &checkout)?);
    }
    Ok(counts.to_string())
}

/// Runs pages that belong together in a fresh copy of the checkout.
fn run_unit(pages: &[Page], checkout: &Checkout) -> Result<Counts> {
    if pages.iter().all(|page| page.steps.is_empty()) {
        return Ok(Counts::default());
    }
    checkout.renew()?;
    let mut session = Session::start(checkout)?;
    for page in pages {
        println!("{}", page.path);
        session.run(page)?;
    }
    session.end()
}

/// README.md and all of `docs/`, in the order of their paths.
fn read_pages() -> Result<Vec<Page>> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let list = Run::new("git", arguments).read()?;
    let mut paths: Vec<_> = list.lines().filter(|path| is_page(path)).collect();
    paths.sort_unstable();
    let mut problems = Vec::new();
    let mut pages = Vec::new();
    for path in paths {
        let text = fs::read_to_string(workspace::root().join(path))
            .with_context(|| format!("{path} cannot be read"))?;
        match Page::parse(path, &text) {
            Ok(page) => pages.push(page),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        return Ok(pages);
    }
    bail!("{}", problems.join("\n"))
}

fn is_page(path: &str) -> bool {
    let is_markdown = Path::new(path).extension().is_some_and(|end| end == "md");
    is_markdown && (path == "README.md" || path.starts_with("docs/"))
}

/// The pages, put together as they are run.
fn units(pages: Vec<Page>) -> Vec<Vec<Page>> {
    let (tour, others): (Vec<_>, Vec<_>) = pages
        .into_iter()
        .partition(|page| page.path.starts_with(TOUR));
    let mut units: Vec<_> = others.into_iter().map(|page| vec![page]).collect();
    units.push(tour);
    units
}

/// The units that hold a page that is asked for, each up to that page; all if none is asked for.
fn choose(units: Vec<Vec<Page>>, asked: &[String]) -> Result<Vec<Vec<Page>>> {
    if asked.is_empty() {
        return Ok(units);
    }
    for path in asked {
        if !units.iter().flatten().any(|page| page.path == *path) {
            bail!("there is no page {path}; give its path from the root of the checkout");
        }
    }
    let cut = units.into_iter().filter_map(|mut unit| {
        let last = unit.iter().rposition(|page| asked.contains(&page.path))?;
        unit.truncate(last + 1);
        Some(unit)
    });
    Ok(cut.collect())
}
