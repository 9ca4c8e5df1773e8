//! The order example on a real server, from the command line: it ships, it fails as its author
//! wrote, and it goes on after the process was killed.

use std::path::Path;

use crate::support::{
    Project, Running, Server, command, free_port, metonic,
    orders::{SHIPPED, SOLD_OUT, UNICORN, order, shipped_steps, steps},
    repository, temporal_command, until,
};

/// A copy of the example on a port of its own.
struct Orders {
    project: Project,
    port: u16,
}

impl Orders {
    fn new() -> Self {
        Self { project: Project::example("orders"), port: free_port() }
    }

    /// `metonic dev`, with one order to start.
    fn dev(&self, input: &str, more: &[&str]) -> Running {
        let mut command = command(self.project.path());
        command.args(["dev", "--log-format", "text", "--start", "orders:order", "--input", input]).args(more);
        command.env("METONIC_TEMPORAL", temporal_command().unwrap()).env("TEMPORAL_ADDRESS", self.address());
        Running::spawn(command)
    }

    /// Waits until the process's server is gone.
    fn left_alone(&self) {
        until("the server is still there", || std::net::TcpStream::connect(self.address()).is_err());
    }

    /// Waits until the process's server is gone, and replays the order from its beginning.
    fn replays(&self) {
        self.left_alone();
        let database = self.project.path().join(format!(".metonic/temporal-{}.db", self.port));
        let server = Server::start_at(self.port, Some(&database));
        self.project.replays(&server, &["order-1"]);
        server.stop();
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

#[test]
fn an_order_is_shipped() {
    let orders = Orders::new();
    let mut dev = orders.dev(&order(), &["--id", "order-1", "--exit"]);
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert_eq!(shipped_steps(&dev.said), SHIPPED);
    orders.replays();
}

#[test]
fn an_order_that_cannot_be_filled_fails_as_its_author_wrote() {
    let orders = Orders::new();
    let mut dev = orders.dev(UNICORN, &["--id", "order-1", "--exit"]);
    assert_eq!(dev.end(), Some(1), "{}", dev.said);
    assert_eq!(steps(&dev.said), SOLD_OUT);
    orders.replays();
}

#[test]
fn an_order_goes_on_after_the_process_was_killed() {
    let orders = Orders::new();
    let mut dev = orders.dev(&order(), &["--id", "order-1"]);
    dev.wait_for("orders:charge_payment");
    dev.signal("KILL");
    dev.end();
    orders.left_alone();
    let mut dev = orders.dev(&order(), &["--id", "order-1", "--exit"]);
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    let steps = steps(&dev.said);
    let charges = steps.lines().filter(|step| step.starts_with("orders:charge_payment")).count();
    assert_eq!(charges, 1, "{steps}");
    orders.replays();
}

#[test]
fn an_error_in_lua_is_shown_where_it_is_and_a_fixed_file_heals_the_run() {
    let orders = Orders::new();
    let pricing = repository::read(Path::new("examples/orders/pricing.lua"));
    orders.project.write("pricing.lua", &pricing.replace("local total = 0", "local total = nil"));
    let mut dev = orders.dev(&order(), &["--id", "order-1", "--exit"]);
    dev.wait_for("error[lua-error]: attempt to perform arithmetic (add) on nil and number");
    dev.wait_for("--> pricing.lua:8:17");
    dev.wait_for("::: order.lua:23:19");
    dev.wait_for("note: workflow orders:order, id order-1");
    orders.project.write("pricing.lua", &pricing);
    dev.wait_for("Reloaded.");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    orders.replays();
}

#[test]
fn a_syntax_error_is_found_before_anything_starts() {
    let orders = Orders::new();
    orders.project.write("pricing.lua", "return {\n");
    let output = metonic(orders.project.path(), ["run"]);
    assert_eq!(output.code, Some(78));
    assert!(output.stderr.contains("error[lua-syntax]"), "{output}");
    assert!(output.stderr.contains("--> pricing.lua:"), "{output}");
}

#[test]
fn a_second_signal_ends_at_once_what_does_not_end_by_itself() {
    let orders = Orders::new();
    // It does not end by itself before it is told to a second time.
    let entries = repository::read(Path::new("examples/orders/_index.yaml"));
    let patient = entries.replace("worker_stop_timeout: 10s", "worker_stop_timeout: 1h");
    let patient = patient.replace("      stop_timeout: 15s", "      stop_timeout: 2h");
    assert!(patient.contains("1h") && patient.contains("2h"), "{patient}");
    orders.project.write("_index.yaml", &patient);
    let activities = repository::read(Path::new("examples/orders/activities.lua"));
    orders
        .project
        .write("activities.lua", &activities.replace("time.sleep(\"300ms\")", "print(\"busy\") time.sleep(\"1h\")"));
    let mut dev = orders.dev(&order(), &["--id", "order-1"]);
    dev.wait_for("busy");
    dev.signal("TERM");
    // Two signals of one kind that are not taken in between are one.
    dev.wait_for("Stopping;");
    dev.signal("TERM");
    assert_eq!(dev.end(), Some(143), "{}", dev.said);
    orders.replays();
}
