"""Prints the spans of a trace as DuckDB reads them from the segments of a data directory, as JSON.

    python read_segments.py <data directory>/segments <trace id>
"""

import json
import sys

import duckdb

# A parent is the distance to its row, or an id if it lies in another segment.
SPANS = """
    WITH spans AS (
        SELECT *, file_row_number AS row
        FROM read_parquet(?, union_by_name = true, filename = true, file_row_number = true)
    )
    SELECT
        lower(hex(span.span_id)) AS span_id,
        lower(hex(coalesce(span.parent_span_id, parent.span_id))) AS parent_id,
        span.name,
        span.service_name,
        span.trace_state,
        span.duration_nano,
        make_timestamp_ns(span.start_time_unix_nano::BIGINT) AS start
    FROM spans AS span
    LEFT JOIN spans AS parent
        ON parent.filename = span.filename AND parent.row = span.row + span.parent_row
    WHERE span.trace_id = unhex(?)
    ORDER BY span.start_time_unix_nano
"""


def main() -> None:
    folder, trace_id = sys.argv[1:]
    files = f"{folder}/*.parquet"
    rows = duckdb.execute(SPANS, [files, trace_id])
    names = [column[0] for column in rows.description]
    spans = [dict(zip(names, row)) for row in rows.fetchall()]
    columns = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?, union_by_name = true)", [files])
    columns = [row[0] for row in columns.fetchall()]
    print(json.dumps({"spans": spans, "columns": columns}, default=str))


if __name__ == "__main__":
    main()
