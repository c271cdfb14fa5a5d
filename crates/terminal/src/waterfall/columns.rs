//! How the cells of a line are shared out.

use anstyle::Style;

use super::Row;
use crate::{Line, text};

/// The mark before a line.
pub(super) const MARKER: usize = 2;
/// Cells between two columns.
pub(super) const GAP: usize = 2;

/// Below this a bar says nothing.
const BAR_MIN: usize = 8;
const LABEL_MIN: usize = 8;
const SERVICE_MIN: usize = 6;

/// How many cells each column of a waterfall has.
pub(super) struct Columns {
    pub(super) service: usize,
    pub(super) label: usize,
    pub(super) bar: usize,
    duration: usize,
}

impl Columns {
    /// Labels get what they need up to a share of the width, and the bars the rest.
    pub(super) fn new(rows: &[Row<'_>], width: usize) -> Self {
        let longest = |cells: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(cells).max().unwrap_or(0);
        let service_wanted = longest(&|row| Line::plain(row.service).width()).max("service".len());
        let service = service_wanted.min((width / 5).max(SERVICE_MIN));
        let duration = longest(&|row| text::width(&row.duration)).max("took".len());

        let shared = width.saturating_sub(MARKER + service + duration + 3 * GAP);
        let label_max = (shared * 2 / 3)
            .min(shared.saturating_sub(BAR_MIN))
            .max(LABEL_MIN);
        let label = longest(&|row| row.label_width()).clamp("span".len(), label_max);
        Self {
            service,
            label,
            bar: shared.saturating_sub(label).max(BAR_MIN),
            duration,
        }
    }

    /// The duration, flush right.
    pub(super) fn duration(&self, duration: &str, style: Style) -> Line {
        let blank = self.duration.saturating_sub(text::width(duration));
        Line::styled(style, duration).indent(blank)
    }
}
