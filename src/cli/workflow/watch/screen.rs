//! A block of lines on a terminal that is drawn over itself.
//!
//! A line that is wider than the terminal would make two and the count of lines wrong; so the
//! terminal is told to cut lines while the block is drawn.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
};

use super::text;
use crate::{
    cli::{
        steps,
        style::{faint, strong},
        visible::visible,
    },
    ops::Change,
    temporal::PendingActivity,
};

/// So many of the last steps are shown.
const STEPS: usize = 12;

/// So many lines of details and of activities are shown.
const LINES: usize = 8;

const CUT_LINES: &str = "\u{1b}[?7l";
const WRAP_LINES: &str = "\u{1b}[?7h";

/// What is shown now.
pub(super) struct Screen {
    heading: String,
    status: String,
    details: String,
    progress: Option<String>,
    activities: BTreeMap<String, PendingActivity>,
    steps: VecDeque<String>,
    earlier: usize,
    /// How many lines stand there now.
    drawn: usize,
}

impl Screen {
    pub(super) fn new(heading: &str) -> Self {
        Self {
            heading: heading.trim_end().to_owned(),
            status: String::new(),
            details: String::new(),
            progress: None,
            activities: BTreeMap::new(),
            steps: VecDeque::new(),
            earlier: 0,
            drawn: 0,
        }
    }

    /// What to write to the terminal after a change.
    pub(super) fn after(&mut self, change: &Change) -> String {
        match change {
            Change::Step(step) => {
                self.steps.push_back(steps::line(step));
                if self.steps.len() > STEPS {
                    self.steps.pop_front();
                    self.earlier += 1;
                }
            }
            Change::Status(status) => self.status.clone_from(status),
            Change::Details(details) => self.details.clone_from(details),
            Change::Progress(progress) => self.progress = Some(text::plain(progress)),
            Change::Activity(activity) => {
                self.activities.insert(activity.id.clone(), (**activity).clone());
            }
            Change::ActivityGone(id) => {
                self.activities.remove(id);
            }
        }
        self.draw()
    }

    fn draw(&mut self) -> String {
        let lines = self.lines();
        let mut text = CUT_LINES.to_owned();
        if self.drawn > 0 {
            // Up to the first line, and away with what is below. Writing to a text cannot fail.
            let _ = write!(text, "\u{1b}[{}A\r\u{1b}[J", self.drawn);
        }
        self.drawn = 0;
        for line in lines {
            let line = visible(&line);
            text += &line;
            text.push('\n');
            // A message may have several.
            self.drawn += 1 + line.matches('\n').count();
        }
        // The last line break is the block's own: nothing may follow it.
        text.insert_str(text.len() - 1, WRAP_LINES);
        text
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{}  {}", self.heading, strong(&self.status))];
        let details = self.details.lines().filter(|line| !line.trim().is_empty());
        lines.extend(details.take(LINES).map(|line| format!("  {line}")));
        lines.extend(self.progress.as_ref().map(|progress| format!("  progress {progress}")));
        let mut activities = self.activities.values();
        for activity in activities.by_ref().take(LINES) {
            lines.push(format!("  {}  {}", activity.activity_type, text::under_way(activity)));
        }
        let more = activities.count();
        if more > 0 {
            lines.push(format!("  and {more} more under way"));
        }
        lines.push(String::new());
        if self.earlier > 0 {
            lines.push(faint(format!("  {} earlier steps", self.earlier)).to_string());
        }
        lines.extend(self.steps.iter().cloned());
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(screen: &Screen) -> String {
        anstream::adapter::strip_str(&screen.lines().join("\n")).to_string()
    }

    #[test]
    fn the_block_is_drawn_over_itself() {
        let mut screen = Screen::new("app:order  order-1\n");
        assert_eq!(screen.after(&Change::Status("RUNNING".into())).matches('\n').count(), 2);
        let second = screen.after(&Change::Details("40%".into()));
        assert!(second.starts_with("\u{1b}[?7l\u{1b}[2A\r\u{1b}[J"), "{second:?}");
        assert!(second.ends_with("\u{1b}[?7h\n"), "{second:?}");
        assert_eq!(plain(&screen), "app:order  order-1  RUNNING\n  40%\n");
    }

    #[test]
    fn what_a_run_says_moves_nothing() {
        let mut screen = Screen::new("app:order");
        let drawn = screen.after(&Change::Details("\u{1b}[2J gone".into()));
        assert!(drawn.contains("\u{fffd}[2J gone") && !drawn.contains("\u{1b}[2J"), "{drawn:?}");
    }

    #[test]
    fn details_take_a_few_lines_only() {
        let mut screen = Screen::new("app:order");
        screen.after(&Change::Details("line\n".repeat(100)));
        assert_eq!(plain(&screen).matches("line").count(), LINES);
    }
}
