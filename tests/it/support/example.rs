//! An example as others run it: with an option of its worker, on a queue of its own.

use super::{Project, repository::read};

impl Project {
    /// A copy of `examples/{name}` whose worker takes this option, and this queue.
    pub(crate) fn example_with(name: &str, option: &str, queue: &str) -> Self {
        let entries = read(format!("examples/{name}/_index.yaml").as_ref());
        let lines: Vec<String> = entries.lines().map(|line| changed(line, option, queue)).collect();
        let changes = lines.iter().zip(entries.lines()).filter(|(new, old)| new != old).count();
        assert_eq!(changes, 2, "the worker of `{name}` does not take `{option}` and `{queue}`");
        let project = Self::example(name);
        project.write("_index.yaml", &(lines.join("\n") + "\n"));
        project
    }
}

/// A line of the example; anew, if it says where the worker works, or how.
fn changed(line: &str, option: &str, queue: &str) -> String {
    let words = line.trim_start();
    let indent = &line[..line.len() - words.len()];
    if words.starts_with("task_queue:") {
        return format!("{indent}task_queue: {queue}");
    }
    match words.strip_prefix("worker_options:").map(str::trim_start) {
        Some("") => format!("{line}\n{indent}  {option}"),
        Some(options) => format!("{indent}worker_options: {{{option}, {}", options.trim_start_matches('{')),
        None => line.to_owned(),
    }
}
