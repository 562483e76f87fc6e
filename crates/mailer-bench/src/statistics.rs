//! What many measurements of one thing say.

/// The middle of measurements, and how far they lie apart: half of them lie between `lower` and
/// `upper`. Neither is moved by a few that were disturbed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// A quarter of the measurements is less.
    pub lower: f64,
    /// Half of them are less.
    pub median: f64,
    /// A quarter of them is more.
    pub upper: f64,
}

impl Quartiles {
    /// The quartiles of these measurements, in any order; `None` if there are none.
    ///
    /// One that falls between two measurements is interpolated between them, as R and NumPy do by
    /// default (type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996).
    #[must_use]
    pub fn of(measurements: &[f64]) -> Option<Self> {
        let mut sorted = measurements.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            lower: quantile(&sorted, 1)?,
            median: quantile(&sorted, 2)?,
            upper: quantile(&sorted, 3)?,
        })
    }

    /// The distance between the quartiles, as a part of the median: 0.1 if they are a tenth of it
    /// apart.
    #[must_use]
    pub fn spread(&self) -> f64 {
        (self.upper - self.lower) / self.median
    }
}

/// So many quarters of the way from the least to the greatest.
fn quantile(sorted: &[f64], quarters: usize) -> Option<f64> {
    let way = sorted.len().checked_sub(1)? * quarters;
    let (below, rest) = (*sorted.get(way / 4)?, way % 4);
    let above = sorted.get(way / 4 + 1).copied().unwrap_or(below);
    // At most 3, so exact.
    let share = f64::from(u8::try_from(rest).unwrap_or(0)) / 4.0;
    Some(below + (above - below) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_what_other_programs_say() {
        // numpy.percentile([7, 1, 3, 10], [25, 50, 75])
        let quartiles = Quartiles::of(&[7.0, 1.0, 3.0, 10.0]).unwrap();
        assert_eq!(quartiles, Quartiles { lower: 2.5, median: 5.0, upper: 7.75 });
        assert_eq!(quartiles.spread(), 1.05);
    }

    #[test]
    fn one_measurement_has_no_spread_and_none_has_no_middle() {
        let one = Quartiles::of(&[4.0]).unwrap();
        assert_eq!((one.lower, one.median, one.upper), (4.0, 4.0, 4.0));
        assert_eq!(Quartiles::of(&[]), None);
    }
}
