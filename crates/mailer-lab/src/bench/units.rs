//! Figures for people: three digits that count, and a unit.

/// Seconds, in the unit that suits them.
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

/// Two times that belong together, from the smaller to the greater, in one unit.
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

/// From one figure to another.
#[must_use]
pub fn range(lower: f64, upper: f64) -> String {
    format!("{} to {}", digits(lower), digits(upper))
}

/// Octets, in binary units.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are kept")]
pub fn octets(count: u64) -> String {
    let count = count as f64;
    match count {
        c if c < 1024.0 => format!("{c} B"),
        c if c < 1024.0 * 1024.0 => format!("{} KiB", digits(c / 1024.0)),
        c => format!("{} MiB", digits(c / 1024.0 / 1024.0)),
    }
}

/// Three digits that count; more only before the point.
#[must_use]
pub fn digits(value: f64) -> String {
    match value.abs() {
        v if v >= 99.95 => format!("{value:.0}"),
        v if v >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        for (value, text) in
            [(0.0, "0.00"), (2.766, "2.77"), (9.999, "10.0"), (44.04, "44.0"), (6842.7, "6843")]
        {
            assert_eq!(digits(value), text);
        }
        assert_eq!(time(0.000_146), "146 µs");
        assert_eq!(time(2.5e-7), "250 ns");
        assert_eq!(time(1.5), "1.50 s");
        assert_eq!(times(0.0009, 0.0011), "0.90 to 1.10 ms");
        assert_eq!(octets(1536), "1.50 KiB");
        assert_eq!(octets(25 << 20), "25.0 MiB");
    }
}
