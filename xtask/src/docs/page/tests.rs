use super::{Action, Page, Step};

fn steps(text: &str) -> Vec<Step> {
    Page::parse("a.md", text).map(|page| page.steps).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    Page::parse("a.md", text).err().unwrap_or_default()
}

fn step(line: usize, action: Action) -> Step {
    Step {
        line,
        needs: Vec::new(),
        action,
    }
}

fn command(line: usize, command: &str, shown: &[&str], exit: i32) -> Step {
    let action = Action::Command {
        command: command.to_owned(),
        shown: shown.iter().map(|&line| line.to_owned()).collect(),
        exit,
    };
    step(line, action)
}

#[test]
fn commands_and_what_they_print() {
    let text = "# A\n\n```console exit=2\n$ one\n  a\n\n$ two \\\n> more\n\nb\n```\n";
    assert_eq!(
        steps(text),
        [
            command(4, "one", &["  a"], 0),
            command(7, "two \\\nmore", &["", "b"], 2),
        ]
    );
}

#[test]
fn a_block_within_a_list_loses_the_indentation_of_the_list() {
    let text = "- first:\n  ```console\n  $ one\n    a\n  ```\n";
    assert_eq!(steps(text), [command(3, "one", &["  a"], 0)]);
}

#[test]
fn what_runs_in_the_background() {
    let text = "```console background name=api\n$ serve\nready\n```\n";
    let action = Action::Background {
        command: "serve".to_owned(),
        shown: vec!["ready".to_owned()],
        name: Some("api".to_owned()),
    };
    assert_eq!(steps(text), [step(2, action)]);
}

#[test]
fn what_is_stopped_before_a_command() {
    let text = "```console stop=a,b\n$ one\n```\n";
    let names = vec!["a".to_owned(), "b".to_owned()];
    let stop = step(1, Action::Stop { names });
    assert_eq!(steps(text), [stop, command(2, "one", &[], 0)]);
}

#[test]
fn edits() {
    let text = "```diff src/a.rs\n a\n+b\n```\n";
    let action = Action::Edit {
        file: "src/a.rs".to_owned(),
        diff: vec![" a".to_owned(), "+b".to_owned()],
    };
    assert_eq!(steps(text), [step(1, action)]);
}

#[test]
fn files() {
    let text = "```go file=main.go needs=go\npackage main\n\n// END\n```\n";
    let action = Action::Write {
        file: "main.go".to_owned(),
        text: "package main\n\n// END\n".to_owned(),
    };
    let needs = vec!["go".to_owned()];
    let line = 1;
    assert_eq!(
        steps(text),
        [Step {
            line,
            needs,
            action
        }]
    );
}

#[test]
fn what_needs_a_program_and_what_leaves_a_trace() {
    let found = steps("```console stop=a needs=mvn,javac trace=hello\n$ one\n```\n");
    let names = vec!["a".to_owned()];
    let service = "hello".to_owned();
    let mut wanted = [
        step(1, Action::Stop { names }),
        command(2, "one", &[], 0),
        step(1, Action::FindTrace { service }),
    ];
    for step in &mut wanted {
        step.needs = vec!["mvn".to_owned(), "javac".to_owned()];
    }
    assert_eq!(found, wanted);
}

#[test]
fn the_one_command_that_is_not_run() {
    assert_eq!(steps("```console\n$ cargo xtask ci\n```\n"), []);
    let text = "```console\n$ cargo xtask ci --only fmt\n```\n";
    assert_eq!(steps(text).len(), 1);
}

#[test]
fn other_languages_are_read_only() {
    assert_eq!(steps("```rust\nfn f() {}\n```\n```text\na\n```\n"), []);
}

#[test]
fn commands_cannot_hide() {
    let hidden = "a command outside of a block `console` is not run";
    assert_eq!(problems("a\n    $ rm x\n"), [format!("a.md:2: {hidden}")]);
    assert_eq!(
        problems("```text\n$ rm x\n```\n"),
        [format!("a.md:2: {hidden}")]
    );
    for language in ["sh", "bash", "shell", ""] {
        assert_eq!(problems(&format!("```{language}\nrm x\n```\n")).len(), 1);
    }
    assert_eq!(problems("~~~\nrm x\n~~~\n").len(), 2);
}

#[test]
fn blocks_that_make_no_sense_are_problems() {
    let all = "```console\nno command\n```\n\n\
               ```console backgruond\n$ a\n```\n\n\
               ```console name=x\n$ a\n```\n\n\
               ```console background\n$ a\n$ b\n```\n\n\
               ```diff\n+a\n```\n\n\
               ```go fiel=a\n```\n";
    assert_eq!(
        problems(all),
        [
            "a.md:2: a console block starts with a command (`$ `)",
            "a.md:5: `backgruond` is not an attribute of a console block",
            "a.md:9: only what runs in the background has a name",
            "a.md:13: a background block has exactly one command",
            "a.md:18: name the file that the diff changes: `diff <path>`",
            "a.md:22: `fiel=a` is no attribute of a file",
        ]
    );
}
