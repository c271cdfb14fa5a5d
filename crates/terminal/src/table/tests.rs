use super::*;

fn row(cells: &[&str]) -> Vec<Line> {
    cells.iter().map(|cell| Line::plain(cell)).collect()
}

fn drawn(rows: &[Vec<Line>], width: usize) -> Vec<String> {
    table(rows, width).iter().map(Line::text).collect()
}

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let rows = [
        row(&["", "before", "after"]),
        row(&["it took", "7.40 s", "12 ms"]),
    ];
    assert_eq!(
        drawn(&rows, 80),
        ["         before  after", "it took  7.40 s  12 ms"]
    );
}

#[test]
fn lines_fit_the_terminal() {
    let rows = [
        row(&["traceparent", "00-0af7651916cd43dd8448eb211c80319c"]),
        row(&[]),
    ];
    assert_eq!(drawn(&rows, 20), ["traceparent  00-0af…", ""]);
}
