//! Reads the rows of a file. Each has a histogram, which takes much more memory than its text, so their number is
//! limited while they are read.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};

use super::series::Series;

/// The maximum number of rows in a file. There are four for each class of users.
const MAX_ROWS: usize = 100;

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Series>, D::Error> {
    from.deserialize_seq(Rows)
}

struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = Vec<Series>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MAX_ROWS} rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(row) = rows.next_element()? {
            if all.len() == MAX_ROWS {
                return Err(A::Error::invalid_length(MAX_ROWS + 1, &self));
            }
            all.push(row);
        }
        Ok(all)
    }
}
