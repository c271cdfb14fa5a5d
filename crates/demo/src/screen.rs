//! What the demo's reader sees.

pub(crate) mod source;

use std::io::{self, Write as _};
use std::time::Duration;

use anstyle::Style;
use clew_model::{SeverityLevel, SpanId, Trace};
use clew_terminal::style::{self, BAD, CODE, DIM, GOOD, LINK, MARK, TITLE};
use clew_terminal::{
    Edit, Line, Palette, Spinner, Waterfall, duration, listing, paragraph, table, terminal_width,
};

use self::source::Source;
use crate::backend::logs::LogLine;
use crate::services::environment::{self, Environment};
use crate::services::{BANDS_API, CLIENT, REVIEWS_API};
use crate::traces::checks::Check;
use crate::traces::{headers, logs};

/// Everything but titles is this far from the edge.
const MARGIN: usize = 2;
/// Wider rules would only be longer.
const RULE_MAX: usize = 96;
/// Where the notes beside variables begin.
const NOTE_COLUMN: usize = 52;
/// The longest of these notes.
const NOTE_WIDTH: usize = 22;
/// The longest bar of a comparison.
const BAR_MAX: usize = 30;

/// The reader's screen.
#[derive(Debug)]
pub(crate) struct Screen {
    palette: Palette,
    /// Whether the last line was empty.
    is_blank: bool,
    /// The first time that something could not be written.
    failure: Option<io::Error>,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self {
            palette: Palette::new([CLIENT, BANDS_API, REVIEWS_API]),
            is_blank: false,
            failure: None,
        }
    }

    /// Whether all that was shown could be written; if not, nobody reads any more.
    pub(crate) fn ensure_open(&mut self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// How many cells there are between the margin and the edge.
    fn width() -> usize {
        terminal_width() - MARGIN
    }

    fn write(&mut self, line: &Line) {
        self.is_blank = line.width() == 0;
        let written = writeln!(anstream::stdout(), "{line}");
        if let Err(error) = written {
            self.failure.get_or_insert(error);
        }
    }

    /// A line at the margin.
    pub(crate) fn line(&mut self, line: Line) {
        self.write(&line.cut(Self::width()).indent(MARGIN));
    }

    /// What the reader is to do; the line is ended by that.
    pub(crate) fn prompt(&mut self, text: &str) {
        self.blank();
        let line = Line::styled(DIM, text).cut(Self::width()).indent(MARGIN);
        let mut stdout = anstream::stdout();
        let written = write!(stdout, "{line}").and_then(|()| stdout.flush());
        self.is_blank = false;
        if let Err(error) = written {
            self.failure.get_or_insert(error);
        }
    }

    /// The reader has asked to stop, most likely by Ctrl-C, which leaves its mark on the line.
    pub(crate) fn stopping(&mut self) {
        self.write(&Line::new());
        self.line(Line::styled(
            DIM,
            "Stopping everything that was started; Ctrl-C again to kill it.",
        ));
    }

    /// A text as it is, from the edge and never cut.
    pub(crate) fn verbatim(&mut self, text: &str) {
        for line in text.lines() {
            self.write(&Line::plain(line));
        }
    }

    /// A command on a line of its own: never cut, since it is there to be copied.
    pub(crate) fn command(&mut self, command: &str) {
        self.write(&Line::styled(CODE, command).indent(MARGIN));
    }

    pub(crate) fn lines(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            self.line(line);
        }
    }

    /// An empty line, unless there is one already.
    pub(crate) fn blank(&mut self) {
        if !self.is_blank {
            self.write(&Line::new());
        }
    }

    /// A title across the screen.
    pub(crate) fn title(&mut self, number: &str, title: &str) {
        let mut line = Line::styled(DIM, "━━ ").with(MARK, number);
        line.push(TITLE, title);
        line.push(Style::new(), " ");
        let width = terminal_width().min(RULE_MAX);
        let rest = "━".repeat(width.saturating_sub(line.width()));
        self.blank();
        self.write(&line.with(DIM, &rest));
        self.blank();
    }

    /// A paragraph; what is between backticks is code.
    pub(crate) fn say(&mut self, text: &str) {
        self.lines(paragraph(text, Self::width()));
        self.blank();
    }

    /// What is shown next, on a line of its own.
    pub(crate) fn caption(&mut self, text: &str) {
        self.line(Line::styled(TITLE, text));
    }

    /// A region of a source file, whose lines come or go.
    pub(crate) fn source(&mut self, source: Source, region: &str, edit: Edit) {
        self.line(Line::styled(DIM, source.path));
        for (index, part) in source.region(region, edit).iter().enumerate() {
            if index > 0 {
                self.line(Line::styled(DIM, "  ⋮"));
            }
            self.listing(part);
        }
        self.blank();
    }

    fn listing(&mut self, part: &[(Edit, String)]) {
        let part = part.iter().map(|(edit, line)| (*edit, line.as_str()));
        self.lines(listing(part, Self::width()));
    }

    /// The variables that a process runs with.
    pub(crate) fn environment(&mut self, environment: &Environment) {
        for (name, value) in environment.variables() {
            self.variable(CODE, "  ", name, value);
        }
        self.blank();
    }

    /// The variables that a process no longer runs with, and those that it runs with instead.
    pub(crate) fn environment_change(&mut self, before: &Environment, now: &Environment) {
        for (name, old, value) in now.changes_since(before) {
            if let Some(old) = old {
                self.variable(BAD, "- ", name, old);
            }
            self.variable(GOOD, "+ ", name, value);
        }
        self.blank();
    }

    fn variable(&mut self, style: Style, mark: &str, name: &str, value: &str) {
        let note = environment::meaning(name, value);
        let mut line = Line::styled(style, &format!("{mark}{name}={value}"));
        if line.width() >= NOTE_COLUMN {
            self.lines(Line::styled(style, &format!("{mark}{name}=")).broken(Self::width()));
            line = Line::styled(style, &format!("    {value}"));
        }
        if Self::width() >= NOTE_COLUMN + NOTE_WIDTH {
            self.line(line.fit(NOTE_COLUMN).with(DIM, note));
        } else {
            self.line(line);
            self.line(Line::styled(DIM, note).indent(4));
        }
    }

    /// The headers of a request of this caller.
    pub(crate) fn headers(
        &mut self,
        caption: &str,
        traceparent: Option<&str>,
        tracestate: Option<&str>,
        caller: Option<&str>,
    ) {
        let style = caller.map_or(CODE, |caller| self.palette.style(caller));
        self.caption(caption);
        self.lines(headers::lines(
            traceparent,
            tracestate,
            style,
            Self::width(),
        ));
        self.blank();
    }

    /// The services in their colours, each with an arrow to the one that it calls.
    pub(crate) fn path(&mut self, services: &[&str]) {
        let mut line = Line::new();
        for (index, service) in services.iter().enumerate() {
            if index > 0 {
                line.push(DIM, " ──HTTP──▶ ");
            }
            line.push(self.palette.style(service), service);
        }
        self.line(line);
        self.blank();
    }

    /// A trace beside its URL, and its waterfall; `marked` are the spans to point at.
    pub(crate) fn trace(&mut self, trace: &Trace, url: &str, marked: &[SpanId]) {
        // Never cut: it is there to be opened.
        self.write(&Line::styled(LINK, url).indent(MARGIN));
        let waterfall = Waterfall::new(trace).mark(marked);
        // The waterfall has a margin of its own, where it points at spans.
        for line in waterfall.lines(terminal_width(), &mut self.palette) {
            self.write(&line);
        }
        self.blank();
    }

    /// The log records of a trace: how long after its start they were written, by whom, and in
    /// which span.
    pub(crate) fn logs(&mut self, lines: &[LogLine], trace: &Trace) {
        let spans = logs::by_id(trace);
        let start = trace.spans.iter().map(|span| span.start).min();
        let head = ["after", "service", "level", "what it says", "span"];
        let mut rows = vec![head.map(|name| Line::styled(DIM, name)).to_vec()];
        rows.extend(lines.iter().map(|line| {
            let after = start.map_or(Duration::ZERO, |start| line.time.since(start));
            let level = line.level.map_or("", SeverityLevel::name);
            let span = line.span_id.and_then(|id| spans.get(&id));
            let service = self.palette.style(&line.service);
            vec![
                Line::plain(&format!("{:>7}", duration(after))),
                Line::styled(service, &line.service),
                Line::styled(style::level(level), &level.to_uppercase()),
                Line::plain(&line.text),
                Line::styled(DIM, span.map_or("", |span| &span.name)),
            ]
        }));
        self.table(&rows);
    }

    /// A claim that was checked.
    pub(crate) fn check(&mut self, check: &Check) {
        let (mark, style) = match check.problem {
            None => ("✓ ", GOOD),
            Some(_) => ("✗ ", BAD),
        };
        let text = match &check.problem {
            None => check.claim.clone(),
            Some(problem) => format!("{}: {problem}", check.claim),
        };
        let wrapped = paragraph(&text, Self::width() - mark.chars().count());
        for (index, line) in wrapped.into_iter().enumerate() {
            let mark = if index == 0 { mark } else { "  " };
            self.line(Line::styled(style, mark).join(line));
        }
    }

    /// Rows in columns.
    pub(crate) fn table(&mut self, rows: &[Vec<Line>]) {
        self.lines(table(rows, Self::width()));
        self.blank();
    }

    /// A sign of life until it is dropped.
    pub(crate) fn wait(&mut self, label: &str) -> Spinner {
        // Half-written lines would mix with it.
        if let Err(error) = anstream::stdout().flush() {
            self.failure.get_or_insert(error);
        }
        Spinner::start(label)
    }

    /// A bar as long as `part` is of `whole`, beside the duration.
    pub(crate) fn bar(part: Duration, whole: Duration, style: Style) -> Line {
        let cells_max = BAR_MAX.min(Self::width() / 3);
        let cells = part.as_nanos() * cells_max as u128 / whole.as_nanos().max(1);
        let cells = usize::try_from(cells).map_or(cells_max, |cells| cells.min(cells_max));
        let bar = if cells == 0 {
            "▏".to_owned()
        } else {
            "█".repeat(cells)
        };
        Line::styled(style, &bar).with(Style::new(), &format!(" {}", duration(part)))
    }
}
