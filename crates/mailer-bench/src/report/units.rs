//! Formats numbers for reports: two or three significant digits, and a unit.

/// Formats seconds with a suitable unit, from `ns` to `s`.
#[must_use]
pub fn time(seconds: f64) -> String {
    let (value, unit) = match seconds.abs() {
        0.0 => return "0".to_owned(),
        s if s < 1e-6 => (seconds * 1e9, "ns"),
        s if s < 1e-3 => (seconds * 1e6, "µs"),
        s if s < 1.0 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    format!("{} {unit}", digits(value))
}

/// Formats a range of times, given in seconds, with one unit.
#[must_use]
pub fn times(lower: f64, upper: f64) -> String {
    let (scale, unit) = match upper.abs() {
        s if s < 1e-6 => (1e9, "ns"),
        s if s < 1e-3 => (1e6, "µs"),
        s if s < 1.0 => (1e3, "ms"),
        _ => (1.0, "s"),
    };
    range(lower * scale, upper * scale) + " " + unit
}

/// Formats a range of numbers.
#[must_use]
pub fn range(lower: f64, upper: f64) -> String {
    format!("{} to {}", digits(lower), digits(upper))
}

/// Formats a number of bytes in binary units.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are kept")]
pub fn bytes(count: u64) -> String {
    let count = count as f64;
    match count {
        c if c < 1024.0 => format!("{c} B"),
        c if c < 1024.0 * 1024.0 => format!("{} KiB", digits(c / 1024.0)),
        c => format!("{} MiB", digits(c / 1024.0 / 1024.0)),
    }
}

/// Formats a number with three significant digits, or more before the point; with two if it is below 1.
#[must_use]
pub fn digits(value: f64) -> String {
    match value.abs() {
        v if v >= 99.95 => format!("{value:.0}"),
        v if v >= 9.995 => format!("{value:.1}"),
        v if v >= 0.0995 || v == 0.0 => format!("{value:.2}"),
        v => format!("{value:.*}", places(v)),
    }
}

/// Returns the number of decimal places that show two significant digits of a value below 1.
fn places(value: f64) -> usize {
    // Rounded as it will be: 0.00996 is 1.0e-2.
    let rounded = format!("{value:.1e}");
    let exponent = rounded.rsplit_once("e-").and_then(|(_, exponent)| exponent.parse().ok());
    exponent.map_or(2, |exponent: usize| exponent + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_one_have_two_digits() {
        for (value, text) in [
            (0.12, "0.12"),
            (0.0996, "0.10"),
            (0.05, "0.050"),
            (0.0312, "0.031"),
            (0.00996, "0.010"),
            (0.0071, "0.0071"),
            (0.000_092, "0.000092"),
            (-0.031, "-0.031"),
        ] {
            assert_eq!(digits(value), text);
        }
        assert_eq!(range(0.047, 0.052), "0.047 to 0.052");
    }

    #[test]
    fn numbers_have_three_digits_and_times_a_unit() {
        for (value, text) in
            [(0.0, "0.00"), (2.766, "2.77"), (9.999, "10.0"), (44.04, "44.0"), (6842.7, "6843")]
        {
            assert_eq!(digits(value), text);
        }
        assert_eq!(time(0.000_146), "146 µs");
        assert_eq!(time(2.5e-7), "250 ns");
        assert_eq!(time(1.5), "1.50 s");
        assert_eq!(times(0.0009, 0.0011), "0.90 to 1.10 ms");
        assert_eq!(bytes(1536), "1.50 KiB");
        assert_eq!(bytes(25 << 20), "25.0 MiB");
    }
}
