//! Shapes number the columns of a source; here they number those of the segment.

use std::collections::HashMap;
use std::sync::Arc;

use super::Merge;
use super::column::Column;
use crate::columns::{ColumnKey, Columnar, Part, SHAPE_OTHER, Values};
use crate::error::DiskError;
use crate::varint;

impl Merge<'_> {
    pub(super) fn shapes(&self) -> Result<Column, DiskError> {
        let attributes = self.keys.iter().filter(|key| is_attribute(key));
        let numbers: HashMap<&ColumnKey, u64> = attributes.zip(SHAPE_OTHER + 1..).collect();
        let convert = |source: usize, shapes: Arc<Values>| {
            let source = &*self.sources[source];
            let new_numbers = new_numbers(source, &numbers);
            if new_numbers.iter().copied().eq(1..=new_numbers.len() as u64) {
                return Ok(shapes);
            }
            let mut converted = Values::default();
            let mut bytes = Vec::new();
            for shape in shapes.iter() {
                bytes.clear();
                convert_shape(shape, &new_numbers, &mut bytes)
                    .ok_or_else(|| source.contradiction("a shape that is none"))?;
                converted.push(&bytes);
            }
            Ok(Arc::new(converted))
        };
        self.column(&ColumnKey::Part(Part::Shape), &convert)
    }
}

fn is_attribute(key: &ColumnKey) -> bool {
    matches!(key, ColumnKey::Attribute { .. })
}

/// For each column of an attribute in the source, its number in the segment.
fn new_numbers(source: &dyn Columnar, numbers: &HashMap<&ColumnKey, u64>) -> Vec<u64> {
    let keys = (0..source.column_count()).map(|column| source.key(column));
    let of_attributes = keys.filter(|key| is_attribute(key));
    of_attributes
        .map(|key| numbers.get(key).copied().unwrap_or(SHAPE_OTHER))
        .collect()
}

fn convert_shape(mut shape: &[u8], new_numbers: &[u64], out: &mut Vec<u8>) -> Option<()> {
    while !shape.is_empty() {
        let number = match varint::take(&mut shape)? {
            SHAPE_OTHER => SHAPE_OTHER,
            number => *new_numbers.get(usize::try_from(number - 1).ok()?)?,
        };
        varint::push(number, out);
    }
    Some(())
}
