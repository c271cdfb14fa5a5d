//! The styles of everything that is shown: the terminal's own 16 colours, so that they suit its
//! theme, and red only for failures.

use anstyle::{AnsiColor, Color, Effects, Style};

/// A title.
pub const TITLE: Style = Style::new().effects(Effects::BOLD);
/// What matters least: guides, units, notes.
pub const DIM: Style = Style::new().effects(Effects::DIMMED);
/// What can be typed: commands, variables, code.
pub const CODE: Style = colored(AnsiColor::Cyan);
/// What went as it should.
pub const GOOD: Style = colored(AnsiColor::Green);
/// What failed.
pub const BAD: Style = colored(AnsiColor::Red);
/// What the reader's eye should find first.
pub const MARK: Style = colored(AnsiColor::Yellow).effects(Effects::BOLD);
/// A link.
pub const LINK: Style = Style::new().effects(Effects::UNDERLINE);

/// The style of a level of severity, by its name in lower case.
pub fn level(name: &str) -> Style {
    match name {
        "fatal" => BAD.effects(Effects::BOLD),
        "error" => BAD,
        "warn" => MARK,
        "info" => GOOD,
        "debug" => CODE,
        _ => DIM,
    }
}

const SERVICES: [Style; 8] = [
    colored(AnsiColor::Blue),
    colored(AnsiColor::Magenta),
    colored(AnsiColor::Green),
    colored(AnsiColor::Yellow),
    colored(AnsiColor::Cyan),
    colored(AnsiColor::BrightBlue),
    colored(AnsiColor::BrightMagenta),
    colored(AnsiColor::BrightGreen),
];

const fn colored(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// A colour for every service, the same as long as the palette lives: in the order first seen, and
/// from the start again where there are more services than colours.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    services: Vec<String>,
}

impl Palette {
    /// The colours of these services, in this order; others follow as they are seen.
    pub fn new<'a>(services: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            services: services.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The style of the service.
    pub fn style(&mut self, service: &str) -> Style {
        let known = self.services.iter().position(|known| known == service);
        let index = known.unwrap_or_else(|| {
            self.services.push(service.to_owned());
            self.services.len() - 1
        });
        SERVICES[index % SERVICES.len()]
    }
}
