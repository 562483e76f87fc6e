//! Summaries of repeated measurements.

/// The quartiles of repeated measurements: half of them lie between `lower` and `upper`. A few disturbed
/// measurements do not move them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// The lower quartile: a quarter of the measurements are below it.
    pub lower: f64,
    /// The median, in the unit of the values.
    pub median: f64,
    /// The upper quartile: a quarter of the measurements are above it.
    pub upper: f64,
}

impl Quartiles {
    /// Returns the quartiles of these measurements, in any order; `None` if there are none.
    ///
    /// A quartile between two measurements is interpolated linearly, as R and NumPy do by default (type 7
    /// of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996).
    #[must_use]
    pub fn new(measurements: &[f64]) -> Option<Self> {
        let mut sorted = measurements.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            lower: quantile(&sorted, 1)?,
            median: quantile(&sorted, 2)?,
            upper: quantile(&sorted, 3)?,
        })
    }

    /// Returns the distance between the quartiles divided by the median.
    #[must_use]
    pub fn spread(&self) -> f64 {
        (self.upper - self.lower) / self.median
    }
}

/// Returns the value `quarters` quarters of the way from the least to the greatest.
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
    fn quartiles_are_those_of_numpy() {
        // numpy.percentile([7, 1, 3, 10], [25, 50, 75])
        let quartiles = Quartiles::new(&[7.0, 1.0, 3.0, 10.0]).unwrap();
        assert_eq!(quartiles, Quartiles { lower: 2.5, median: 5.0, upper: 7.75 });
        assert_eq!(quartiles.spread(), 1.05);
    }

    #[test]
    fn one_measurement_has_no_spread() {
        let one = Quartiles::new(&[4.0]).unwrap();
        assert_eq!((one.lower, one.median, one.upper), (4.0, 4.0, 4.0));
        assert_eq!(Quartiles::new(&[]), None);
    }
}
