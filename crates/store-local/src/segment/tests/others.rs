//! A segment read by others: the `parquet` crate's own readers, and beside a file that its own writer
//! made of the same spans.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, FixedSizeBinaryBuilder, Float64Builder, Int32Builder, Int64Builder,
    StringBuilder, UInt64Builder,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_select::concat::concat_batches;
use bytes::Bytes;
use clew_model::{KeyValue, Resource, Span, SpanKind, StatusCode, Value};
use clew_testkit::{service, span};
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use proptest::prelude::*;

use super::{file_of, in_order, spans};

fn reader_options() -> ArrowReaderOptions {
    // The schema of Arrow that its writer leaves in the file is left aside, since ours has none.
    ArrowReaderOptions::new()
        .with_skip_arrow_metadata(true)
        .with_page_index_policy(PageIndexPolicy::Required)
}

/// The columns of these names, of the rows that the selection leaves.
fn read(file: &Bytes, names: &[String], rows: Option<RowSelection>) -> RecordBatch {
    let builder =
        ParquetRecordBatchReaderBuilder::try_new_with_options(file.clone(), reader_options());
    let mut builder = builder.unwrap();
    let names = names.iter().map(String::as_str);
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    builder = builder.with_projection(mask);
    if let Some(rows) = rows {
        builder = builder.with_row_selection(rows);
    }
    let batches: Vec<_> = builder.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// What the spans say, as Arrow has it, by the names that columns have.
fn columns_of(spans: &[Span]) -> Vec<(String, ArrayRef, bool)> {
    let mut trace_ids = FixedSizeBinaryBuilder::new(16);
    let mut span_ids = FixedSizeBinaryBuilder::new(8);
    let mut starts = UInt64Builder::new();
    let mut durations = UInt64Builder::new();
    let mut names = StringBuilder::new();
    let mut kinds = Int32Builder::new();
    let mut codes = Int32Builder::new();
    for span in spans {
        trace_ids.append_value(span.trace_id.to_bytes()).unwrap();
        span_ids.append_value(span.span_id.to_bytes()).unwrap();
        starts.append_value(span.start.unix_nanos());
        let duration = u64::try_from(span.duration().as_nanos()).unwrap();
        durations.append_value(duration);
        names.append_value(&span.name);
        kinds.append_value(match span.kind {
            SpanKind::Internal => 1,
            SpanKind::Server => 2,
            SpanKind::Client => 3,
            SpanKind::Producer => 4,
            SpanKind::Consumer => 5,
            SpanKind::Other(number) => number,
        });
        codes.append_value(match span.status.code {
            StatusCode::Unset => 0,
            StatusCode::Ok => 1,
            StatusCode::Error => 2,
            StatusCode::Other(number) => number,
        });
    }
    let always = [
        ("trace_id", Arc::new(trace_ids.finish()) as ArrayRef),
        ("span_id", Arc::new(span_ids.finish())),
        ("start_time_unix_nano", Arc::new(starts.finish())),
        ("duration_nano", Arc::new(durations.finish())),
        ("name", Arc::new(names.finish())),
        ("kind", Arc::new(kinds.finish())),
        ("status_code", Arc::new(codes.finish())),
    ];
    let mut columns: Vec<_> = always
        .into_iter()
        .map(|(name, array)| (name.to_owned(), array, false))
        .collect();
    columns.extend(attributes_of(spans, "url.full"));
    columns
}

/// The columns of an attribute whose name no other shares.
fn attributes_of(spans: &[Span], key: &str) -> Vec<(String, ArrayRef, bool)> {
    let mut texts = StringBuilder::new();
    let mut flags = BooleanBuilder::new();
    let mut ints = Int64Builder::new();
    let mut doubles = Float64Builder::new();
    for span in spans {
        let values: Vec<&Value> = span
            .attributes
            .iter()
            .filter(|attribute| attribute.key == key)
            .map(|attribute| &attribute.value)
            .collect();
        // The first of each type.
        texts.append_option(values.iter().find_map(|value| value.as_str()));
        flags.append_option(values.iter().find_map(|value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }));
        ints.append_option(values.iter().find_map(|value| match value {
            Value::Int(number) => Some(*number),
            _ => None,
        }));
        doubles.append_option(values.iter().find_map(|value| match value {
            Value::Double(number) => Some(*number),
            _ => None,
        }));
    }
    let columns = [
        (String::new(), Arc::new(texts.finish()) as ArrayRef),
        (":bool".to_owned(), Arc::new(flags.finish())),
        (":int".to_owned(), Arc::new(ints.finish())),
        (":double".to_owned(), Arc::new(doubles.finish())),
    ];
    let used = columns
        .into_iter()
        .filter(|(_, array)| array.null_count() < array.len());
    used.map(|(suffix, array)| (format!("attributes.{key}{suffix}"), array, true))
        .collect()
}

/// The same spans as Arrow's writer writes them.
fn file_by_arrow(columns: Vec<(String, ArrayRef, bool)>) -> Bytes {
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap().into()
}

fn check(batches: &[Vec<Span>]) -> Result<(), TestCaseError> {
    let spans: Vec<Span> = in_order(batches)
        .into_iter()
        .map(|(span, _)| span)
        .collect();
    if spans.is_empty() {
        return Ok(());
    }
    let (ours, _) = file_of(batches);
    let columns = columns_of(&spans);
    let names: Vec<String> = columns.iter().map(|(name, ..)| name.clone()).collect();
    let theirs = file_by_arrow(columns);
    let (read_ours, read_theirs) = (read(&ours, &names, None), read(&theirs, &names, None));
    // In the file's order of columns, which is not the same.
    for name in &names {
        let column = |batch: &RecordBatch| batch.column_by_name(name).cloned();
        // As text, in which NaN equals itself.
        let (ours, theirs) = (column(&read_ours), column(&read_theirs));
        prop_assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{}", name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn columns_are_read_as_those_that_arrow_writes(batches in spans::batches()) {
        check(&batches)?;
    }
}

/// Spans enough for several pages, with columns of every layout.
fn many_spans() -> Vec<Vec<Span>> {
    let mut random = fastrand::Rng::with_seed(7);
    let services: Vec<Arc<Resource>> = ["web", "cart"].map(service).to_vec();
    let mut batch = |position: u64| {
        let resource = &services[position as usize % services.len()];
        let spans = (0..500).map(|number| {
            let rare = random.u32(..);
            let mut attributes = vec![
                KeyValue::new("http.route", format!("/bands/{}", rare % 50)),
                KeyValue::new("url.full", format!("http://localhost/bands/{rare:x}")),
            ];
            if rare.is_multiple_of(5) {
                attributes.push(KeyValue::new("url.full", i64::from(rare % 7)));
            }
            if rare.is_multiple_of(9) {
                attributes.push(KeyValue::new("url.full", rare.is_multiple_of(2)));
            }
            Span {
                name: format!("GET {}", rare % 3),
                attributes,
                ..span(
                    resource,
                    u128::from(rare % 2000) + 1,
                    position * 500 + number + 1,
                )
            }
        });
        spans.collect()
    };
    (0..50).map(&mut batch).collect()
}

#[test]
fn columns_of_many_pages_are_read_as_those_that_arrow_writes() {
    check(&many_spans()).unwrap();
}

/// The index of pages leads to the right rows.
#[test]
fn any_rows_are_selected_by_the_index_of_pages() {
    let (file, _) = file_of(&many_spans());
    let names = [
        "trace_id",
        "name",
        "attributes.url.full",
        "attributes.url.full:int",
    ];
    let names = names.map(str::to_owned);
    let all = read(&file, &names, None);
    for (skip, take) in [(0, 1), (8191, 2), (16_384, 100), (24_999, 1)] {
        let selection = vec![RowSelector::skip(skip), RowSelector::select(take)];
        let selected = read(&file, &names, Some(selection.into()));
        assert_eq!(selected, all.slice(skip, take));
    }
}

#[test]
fn the_bloom_filter_has_every_trace() {
    let batches = many_spans();
    let (file, _) = file_of(&batches);
    let properties = ReaderProperties::builder()
        .set_read_bloom_filter(true)
        .build();
    let options = ReadOptionsBuilder::new().with_reader_properties(properties);
    let reader = SerializedFileReader::new_with_options(file, options.build()).unwrap();
    let group = reader.get_row_group(0).unwrap();
    let filter = group.get_column_bloom_filter(0).unwrap();
    for span in batches.iter().flatten() {
        assert!(filter.check(&span.trace_id.to_bytes()[..]));
    }
    let absent = (1_u128 << 100..).take(1000);
    let found = absent.filter(|id| filter.check(&id.to_be_bytes()[..]));
    assert!(found.count() < 100);
}

#[test]
fn names_of_columns_differ_when_case_is_ignored() {
    let keys = ["user", "USER", "User", "user~2"];
    let attributes = keys.map(|key| KeyValue::new(key, key)).to_vec();
    let (file, _) = file_of(&[vec![Span {
        attributes,
        ..span(&service("web"), 1, 1)
    }]]);
    let reader = SerializedFileReader::new(file).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let names: Vec<&str> = schema
        .columns()
        .iter()
        .map(|column| column.name())
        .collect();
    let of_attributes = names.iter().filter(|name| name.starts_with("attributes."));
    assert_eq!(
        of_attributes.collect::<Vec<_>>(),
        [
            &"attributes.user",
            &"attributes.USER~2",
            &"attributes.User~3",
            &"attributes.user~2~2"
        ]
    );
}
