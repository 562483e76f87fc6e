//! A picture of lines, boxes and texts as SVG, legible on light and on dark pages.
//!
//! A page shows a picture as an image, which does not know the page's theme. So each picture has a background
//! of its own, and its colours follow the reader's system.

use std::fmt::Write as _;

/// The colours. A class names a role, and each role has a light and a dark colour.
const STYLE: &str = "<style>\
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;fill:#1f2933}\
.card{fill:#fbfbf8;stroke:#d5d8dc}.title{font-weight:700}.soft{fill:#5c6670}\
.line{stroke:#8a939c;fill:none}.out{stroke:#1b62b5;fill:none;stroke-width:1.5}\
.in{stroke:#8f4a00;fill:none;stroke-width:1.5}.done{stroke:#1a7a3c;fill:none;stroke-width:2}\
.tls{stroke:#7a3fa8;fill:none;stroke-width:1.5}.wait{stroke:#b3261e;fill:none;stroke-width:2}\
.box{fill:#e9eef5;stroke:#8a939c}.safe{fill:#9fb8d6}.doubt{fill:#e2a33b}.stored{fill:#7fb98f}.dashed{stroke-dasharray:4 3}\
@media (prefers-color-scheme:dark){text{fill:#e3e7eb}.card{fill:#1b1f24;stroke:#3a4149}.soft{fill:#a3adb7}\
.line{stroke:#77818b}.out{stroke:#6aa9f4}.in{stroke:#e09a4a}.done{stroke:#57c07d}.tls{stroke:#c08cea}\
.wait{stroke:#ff7b72}.box{fill:#2a313a;stroke:#77818b}.safe{fill:#41618a}.doubt{fill:#a8701a}.stored{fill:#35734a}}\
</style>";

/// The width of a character, in pixels.
pub(super) const CHARACTER: f64 = 7.23;

/// Where a text stands relative to its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture.
pub(super) struct Drawing {
    width: f64,
    height: f64,
    shapes: String,
}

impl Drawing {
    pub(super) fn new(width: f64) -> Self {
        Self { width, height: 0.0, shapes: String::new() }
    }

    /// Makes the picture at least this high.
    pub(super) fn reach(&mut self, y: f64) {
        self.height = self.height.max(y);
    }

    pub(super) fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(
            self.shapes,
            "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
        );
        self.reach(y + 12.0);
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = writeln!(
            self.shapes,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        );
        self.reach(y1.max(y2) + 8.0);
    }

    /// A line with a head at its end.
    pub(super) fn arrow(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.line(class, from, to);
        let angle = (to.1 - from.1).atan2(to.0 - from.0);
        let wing =
            |turn: f64| (to.0 - 7.0 * (angle + turn).cos(), to.1 - 7.0 * (angle + turn).sin());
        self.line(class, wing(0.45), to);
        self.line(class, wing(-0.45), to);
    }

    pub(super) fn rectangle(&mut self, class: &str, (x, y): (f64, f64), (w, h): (f64, f64)) {
        let _ = writeln!(
            self.shapes,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"3\"/>"
        );
        self.reach(y + h + 8.0);
    }

    /// Returns the file. The title is what a screen reader reads.
    pub(super) fn svg(&self, title: &str) -> String {
        let (width, height) = (self.width, self.height + 4.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{title}</title>\n{STYLE}\n\
             <rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\"/>\n{}</svg>\n",
            width - 1.0,
            height - 1.0,
            self.shapes
        )
    }
}
