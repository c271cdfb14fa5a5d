use tempfile::TempDir;

use super::Session;
use crate::checkout::Checkout;
use crate::docs::counts::Counts;
use crate::docs::page::Page;

/// Runs a page in an empty folder; what was run, or what was wrong.
fn run(text: &str) -> Result<usize, String> {
    let scratch = TempDir::new().unwrap();
    let checkout = Checkout::of(scratch.path(), scratch.path());
    std::fs::create_dir(&checkout.home).unwrap();
    std::fs::create_dir(&checkout.folder).unwrap();
    std::fs::write(checkout.folder.join("file"), "one\n").unwrap();
    let page = Page::parse("a.md", text).map_err(|problems| problems.join("\n"))?;
    let session = Session {
        checkout: &checkout,
        running: Vec::new(),
        counts: Counts::default(),
    };
    run_to_end(session, &page).map_err(|error| format!("{error:#}"))
}

fn run_to_end(mut session: Session<'_>, page: &Page) -> anyhow::Result<usize> {
    session.run(page)?;
    session.stop_all()?;
    Ok(session.counts.run)
}

#[test]
fn commands_follow_each_other_as_in_one_terminal() {
    let text = "```console\n$ export X=1\n$ mkdir -p a\n$ cd a\n$ echo $X ${PWD##*/}\n1 a\n```\n";
    assert_eq!(run(text), Ok(4));
}

#[test]
fn what_is_printed_is_compared() {
    assert_eq!(
        run("```console\n$ echo took 5 ms\ntook [..] ms\n```\n"),
        Ok(1)
    );
    assert_eq!(
        run("\n```console\n$ echo a\nb\n```\n"),
        Err("a.md:3: `echo a` prints something else than shown:\n- b\n+ a".to_owned())
    );
    assert!(run("```console\n$ echo a\n```\n").is_err());
    assert_eq!(run("```console\n$ printf 'a\\n\\n'\na\n```\n"), Ok(1));
}

#[test]
fn exit_codes_are_compared() {
    assert_eq!(run("```console exit=3\n$ (exit 3)\n```\n"), Ok(1));
    let found = run("```console\n$ echo oh; (exit 3)\noh\n```\n").unwrap_err();
    assert!(
        found.contains("ended with exit status: 3, not with 0; it printed:\noh"),
        "{found}"
    );
}

#[test]
fn the_machine_of_whoever_runs_this_is_left_alone() {
    let text =
        "```console\n$ touch ~/x; echo ${HOME##*/} [$XDG_DATA_HOME$CARGO_PKG_NAME]\nhome []\n```\n";
    assert_eq!(run(text), Ok(1));
}

#[test]
fn what_runs_in_the_background_is_awaited_and_ended() {
    let text = "```console background\n\
                $ echo on; trap 'echo off >log; exit' INT; while :; do sleep 0.01; done\non\n\
                ```\n";
    assert_eq!(run(text), Ok(1));
}

#[test]
fn what_was_started_under_a_name_is_ended_before_it_is_started_anew() {
    let serve = "```console background name=x\n\
                 $ mkdir lock || exit; trap 'rmdir lock; exit' INT; echo on; while :; do sleep 0.01; done\non\n\
                 ```\n";
    assert_eq!(run(&[serve, serve].concat()), Ok(2));
    let other = serve.replace("name=x", "name=y");
    let found = run(&[serve, &other].concat()).unwrap_err();
    assert!(found.contains("cannot create directory"), "{found}");
}

#[test]
fn what_is_stopped_has_ended_when_the_next_command_runs() {
    let serve = "```console background name=x\n\
                 $ trap 'echo off >log; exit' INT; echo on; while :; do sleep 0.01; done\non\n\
                 ```\n";
    let stop = "```console stop=x\n$ cat log\noff\n```\n";
    assert_eq!(run(&[serve, stop].concat()), Ok(2));
    let found = run(stop).unwrap_err();
    assert_eq!(found, "a.md:1: nothing runs under the name x");
}

#[test]
fn something_in_the_background_that_ends_is_an_error() {
    let found = run("```console background\n$ echo a; (exit 4)\nb\n```\n").unwrap_err();
    assert!(
        found.contains("ended (exit status: 4): - b\n+ a"),
        "{found}"
    );
}

#[test]
fn edits_change_files() {
    let text = "```diff file\n one\n+two\n```\n```console\n$ cat file\none\ntwo\n```\n";
    assert_eq!(run(text), Ok(1));
    let found = run("```diff file\n three\n+two\n```\n").unwrap_err();
    assert!(
        found.starts_with("a.md:1: file: the file has no such lines"),
        "{found}"
    );
}

#[test]
fn files_are_written_where_the_reader_is() {
    let text = "```console\n$ mkdir -p a\n$ cd a\n```\n\
                ```python file=b.py\nprint(\"it's $HOME\")\n```\n\
                ```console\n$ cat ../a/b.py; echo [$TEXT$FILE]\nprint(\"it's $HOME\")\n[]\n```\n";
    assert_eq!(run(text), Ok(3));
}

#[test]
fn what_needs_a_program_that_is_missing_is_skipped() {
    let text = "```text file=a needs=no-such-program\na\n```\n\
                ```console stop=x needs=bash,no-such-program trace=x\n$ false\n```\n\
                ```console needs=bash\n$ ls a || echo none\n[..]\nnone\n```\n";
    assert_eq!(run(text), Ok(1));
}
