//! What a page of the documentation asks the reader to do.

#[cfg(test)]
mod tests;

/// A page, as far as it is run.
pub(crate) struct Page {
    /// Its path from the root of the checkout.
    pub(crate) path: String,
    /// What to do, in order.
    pub(crate) steps: Vec<Step>,
}

/// One thing that a reader does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The line of the page that says so.
    pub(crate) line: usize,
    /// Programs without which it cannot be done.
    pub(crate) needs: Vec<String>,
    /// What it is.
    pub(crate) action: Action,
}

/// What a reader does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Types a command and waits for its end.
    Command {
        /// What is typed.
        command: String,
        /// What the page shows of its output.
        shown: Vec<String>,
        /// What it exits with.
        exit: i32,
    },
    /// Types a command in a terminal of its own and leaves it running.
    Background {
        /// What is typed.
        command: String,
        /// What the page shows of its output, which says that it is ready.
        shown: Vec<String>,
        /// What it is called, so that it can be started anew.
        name: Option<String>,
    },
    /// Presses Ctrl-C in the terminals of these, as the text says.
    Stop {
        /// What was started under these names.
        names: Vec<String>,
    },
    /// Writes a file.
    Write {
        /// The file, from the folder in which the reader is.
        file: String,
        /// What it then holds.
        text: String,
    },
    /// Looks for a trace of this service in the backend.
    FindTrace {
        /// The name that its spans tell.
        service: String,
    },
    /// Changes a file.
    Edit {
        /// The file, from the root of the checkout.
        file: String,
        /// The lines of a unified diff, without its header.
        diff: Vec<String>,
    },
}

/// The one command that is shown and not run: it runs this.
const EXCEPTION: &str = "cargo xtask ci";

impl Page {
    /// Reads the page; fails with all that is wrong with it.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Vec<String>> {
        let mut steps = Vec::new();
        let mut problems = Vec::new();
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let result = match fence(line) {
                None => no_command(line).map_err(|problem| (index, problem)),
                Some(opened) => {
                    let closing = |line: &str| line.trim() == "```";
                    let body: Vec<_> = lines.by_ref().take_while(|(_, l)| !closing(l)).collect();
                    let body = Body::new(&body, opened.indent);
                    read_block(index, &opened, &body).map(|found| steps.extend(found))
                }
            };
            if let Err((index, problem)) = result {
                problems.push(format!("{path}:{}: {problem}", index + 1));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let path = path.to_owned();
        Ok(Self { path, steps })
    }
}

/// The opening line of a fenced block.
struct Fence<'a> {
    indent: usize,
    language: &'a str,
    attributes: Vec<&'a str>,
}

/// What is in a block: the index of each line within the page, and the line.
struct Body<'a>(Vec<(usize, &'a str)>);

/// What is wrong, at which index.
type Wrong = (usize, String);

impl<'a> Body<'a> {
    /// The lines, without the indentation that the fence has too.
    fn new(lines: &[(usize, &'a str)], indent: usize) -> Self {
        let cut = |line: &'a str| line.get(indent..).unwrap_or_default();
        Self(
            lines
                .iter()
                .map(|&(index, line)| (index, cut(line)))
                .collect(),
        )
    }
}

fn fence(line: &str) -> Option<Fence<'_>> {
    let opened = line.trim_start();
    let info = opened.strip_prefix("```")?;
    let mut words = info.split_whitespace();
    Some(Fence {
        indent: line.len() - opened.len(),
        language: words.next().unwrap_or_default(),
        attributes: words.collect(),
    })
}

fn read_block(index: usize, fence: &Fence<'_>, body: &Body<'_>) -> Result<Vec<Step>, Wrong> {
    match fence.language {
        "console" => read_console(index, fence, body),
        "diff" => read_edit(index, fence, body).map(|edit| vec![edit]),
        "sh" | "bash" | "shell" | "zsh" | "shell-session" | "powershell" => Err((
            index,
            "make it a block `console`, with `$ ` before each command, so that it is run".into(),
        )),
        "" => Err((
            index,
            "say which language the block has (`text` for none)".into(),
        )),
        _ => {
            for &(index, line) in &body.0 {
                no_command(line).map_err(|problem| (index, problem))?;
            }
            read_file(index, fence, body)
        }
    }
}

/// The file that a block of any other language shows, if it says that it is one.
fn read_file(index: usize, fence: &Fence<'_>, body: &Body<'_>) -> Result<Vec<Step>, Wrong> {
    let (mut file, mut needs) = (None, Vec::new());
    for word in &fence.attributes {
        match word.split_once('=') {
            Some(("file", name)) => file = Some(name.to_owned()),
            Some(("needs", programs)) => needs = names(programs),
            _ => return Err((index, format!("`{word}` is no attribute of a file"))),
        }
    }
    let lines: Vec<_> = body.0.iter().map(|&(_, line)| line).collect();
    let step = file.map(|file| Step {
        line: index + 1,
        needs,
        action: Action::Write {
            file,
            text: lines.join("\n") + "\n",
        },
    });
    Ok(step.into_iter().collect())
}

fn names(list: &str) -> Vec<String> {
    list.split(',').map(str::to_owned).collect()
}

/// Nothing outside of a console block looks like a command that was typed.
fn no_command(line: &str) -> Result<(), String> {
    let line = line.trim_start();
    if line.starts_with("$ ") {
        return Err("a command outside of a block `console` is not run".into());
    }
    if line.starts_with("~~~") {
        return Err("open the block with ```, which is looked at".into());
    }
    Ok(())
}

fn read_console(index: usize, fence: &Fence<'_>, body: &Body<'_>) -> Result<Vec<Step>, Wrong> {
    let attributes = Attributes::parse(&fence.attributes).map_err(|problem| (index, problem))?;
    let mut typed = read_typed(body)?;
    typed.retain(|typed| typed.command != EXCEPTION);
    if attributes.background && typed.len() != 1 {
        let problem = "a background block has exactly one command";
        return Err((index, problem.to_owned()));
    }
    Ok(attributes.steps(index, typed))
}

/// A command and what is shown below it.
struct Typed {
    index: usize,
    command: String,
    shown: Vec<String>,
}

fn read_typed(body: &Body<'_>) -> Result<Vec<Typed>, Wrong> {
    let mut typed: Vec<Typed> = Vec::new();
    for &(index, line) in &body.0 {
        if let Some(command) = line.strip_prefix("$ ") {
            typed.push(Typed {
                index,
                command: command.to_owned(),
                shown: Vec::new(),
            });
            continue;
        }
        let Some(last) = typed.last_mut() else {
            return Err((index, "a console block starts with a command (`$ `)".into()));
        };
        match line.strip_prefix("> ") {
            Some(more) if last.shown.is_empty() => last.command.extend(["\n", more]),
            _ => last.shown.push(line.to_owned()),
        }
    }
    for typed in &mut typed {
        // An empty line before the next command is for the reader's eye.
        while typed
            .shown
            .last()
            .is_some_and(|line| line.trim().is_empty())
        {
            typed.shown.pop();
        }
    }
    Ok(typed)
}

/// What follows `console`.
#[derive(Default)]
struct Attributes {
    background: bool,
    name: Option<String>,
    stop: Vec<String>,
    exit: i32,
    needs: Vec<String>,
    trace: Option<String>,
}

impl Attributes {
    fn parse(words: &[&str]) -> Result<Self, String> {
        let mut attributes = Self::default();
        for word in words {
            let unknown = || format!("`{word}` is not an attribute of a console block");
            match word.split_once('=') {
                None if *word == "background" => attributes.background = true,
                Some(("name", name)) => attributes.name = Some(name.to_owned()),
                Some(("stop", list)) => attributes.stop = names(list),
                Some(("needs", programs)) => attributes.needs = names(programs),
                Some(("trace", service)) => attributes.trace = Some(service.to_owned()),
                Some(("exit", code)) => attributes.exit = code.parse().map_err(|_| unknown())?,
                _ => return Err(unknown()),
            }
        }
        if !attributes.background && attributes.name.is_some() {
            return Err("only what runs in the background has a name".into());
        }
        Ok(attributes)
    }

    /// What the block at `index` asks for: what it stops, then its commands, then a trace of them.
    fn steps(&self, index: usize, typed: Vec<Typed>) -> Vec<Step> {
        let last = typed.len().saturating_sub(1);
        let step = |line, action| Step {
            line,
            needs: self.needs.clone(),
            action,
        };
        let mut steps = Vec::new();
        if !self.stop.is_empty() {
            let names = self.stop.clone();
            steps.push(step(index + 1, Action::Stop { names }));
        }
        for (number, typed) in typed.into_iter().enumerate() {
            let exit = if number == last { self.exit } else { 0 };
            steps.push(step(typed.index + 1, self.action(typed, exit)));
        }
        if let Some(service) = self.trace.clone() {
            steps.push(step(index + 1, Action::FindTrace { service }));
        }
        steps
    }

    fn action(&self, Typed { command, shown, .. }: Typed, exit: i32) -> Action {
        if self.background {
            let name = self.name.clone();
            Action::Background {
                command,
                shown,
                name,
            }
        } else {
            Action::Command {
                command,
                shown,
                exit,
            }
        }
    }
}

fn read_edit(index: usize, fence: &Fence<'_>, body: &Body<'_>) -> Result<Step, Wrong> {
    let [file] = fence.attributes[..] else {
        return Err((
            index,
            "name the file that the diff changes: `diff <path>`".into(),
        ));
    };
    Ok(Step {
        line: index + 1,
        needs: Vec::new(),
        action: Action::Edit {
            file: file.to_owned(),
            diff: body.0.iter().map(|&(_, line)| line.to_owned()).collect(),
        },
    })
}
