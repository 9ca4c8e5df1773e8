//! An order that changes three databases: all of them, or none. What is in them is read from the files.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{PATIENCE, Project, Running, command, each_way, metonic, repository, server, until};

/// The example with a queue and databases of its own.
struct Shop {
    project: Project,
    queue: String,
    running: Running,
}

/// What the account has, how many lamps there are, and how many places on the van.
const BEFORE: [i64; 3] = [100, 3, 2];

impl Shop {
    fn start(story: &str, option: &str) -> Self {
        let project = Project::example("three-databases");
        let queue = format!("three-databases-{story}");
        let entries = repository::read(Path::new("examples/three-databases/_index.yaml"));
        let entries = entries.replace("task_queue: shop", &format!("task_queue: {queue}"));
        let own = entries.replace("worker_options: {", &format!("worker_options: {{{option}, "));
        assert_ne!(own, entries);
        project.write("_index.yaml", &own);
        let filled = metonic(project.path(), ["call", "shop:fill"]);
        assert_eq!(filled.code, Some(0), "{filled}");
        let running = Self::run(&project);
        Self { project, queue, running }
    }

    fn run(project: &Project) -> Running {
        let mut command = command(project.path());
        command.args(["run", ".", "--log-format", "text"]).env("TEMPORAL_ADDRESS", server().address());
        let mut running = Running::spawn(command);
        running.wait_for("Started.");
        running
    }

    fn order(&self) -> &str {
        let order = json!({"id": "1", "customer": "ada", "price": 30, "sku": "lamp", "day": "monday"});
        server().begin(&self.queue, "shop:order", &self.queue, &[order]);
        &self.queue
    }

    fn database(&self, name: &str) -> Connection {
        let database = Connection::open(self.project.path().join(format!("data/{name}.db"))).unwrap();
        // Somebody may write it at the moment.
        database.busy_timeout(PATIENCE).unwrap();
        database
    }

    fn number(&self, database: &str, query: &str) -> i64 {
        self.database(database).query_row(query, [], |row| row.get(0)).unwrap()
    }

    fn contents(&self) -> [i64; 3] {
        [
            self.number("billing", "SELECT balance FROM account"),
            self.number("stock", "SELECT count FROM item"),
            self.number("shipping", "SELECT free FROM van"),
        ]
    }

    /// How the order ended; its history has been replayed.
    fn end(&self) -> Result<Value, Value> {
        let end = server().end(&self.queue);
        self.project.replays(server(), &[&self.queue]);
        end
    }
}

#[test]
fn an_order_changes_three_databases() {
    let shop = Shop::start("shipped", "max_cached_workflows: 100");
    shop.order();
    assert_eq!(shop.end(), Ok(json!({"id": "1", "state": "shipped"})));
    assert_eq!(shop.contents(), [70, 2, 1]);
    let shown = metonic(shop.project.path(), ["call", "shop:show"]);
    assert_eq!(shown.stdout.trim(), r#"{"balance":70,"lamps":2,"places":1}"#, "{shown}");
}

#[test]
fn a_failure_in_any_database_leaves_all_three_as_they_were() {
    each_way("failures", failing_in_turn);
}

fn failing_in_turn(way: &str, option: &str) {
    for (failing, spoil, why) in [
        ("billing", "UPDATE account SET balance = 29", "ada cannot pay 30"),
        ("stock", "UPDATE item SET count = 0", "no lamp is left"),
        ("shipping", "UPDATE van SET free = 0", "no van has room on monday"),
    ] {
        let shop = Shop::start(&format!("{failing}-{way}"), option);
        shop.database(failing).execute(spoil, []).unwrap();
        let before = shop.contents();
        shop.order();
        let failure = shop.end().unwrap_err();
        assert_eq!(failure["cause"]["message"], why, "{failure}");
        assert_eq!(shop.contents(), before, "{failing}");
    }
}

#[test]
fn a_step_that_happened_before_the_process_was_killed_happens_once() {
    each_way("killed", killed_after_a_step);
}

fn killed_after_a_step(way: &str, option: &str) {
    // The first attempt changes the stock and is killed before anybody hears of it.
    let step = repository::read(Path::new("examples/three-databases/step.lua"));
    let once = step.replacen(
        "    return must(tx:commit())",
        "    must(tx:commit())\n    if database == \"shop:stock\" then require(\"time\").sleep(\"1h\") end\n    return true",
        1,
    );
    assert_ne!(once, step);
    let mut shop = Shop::start(&format!("killed-{way}"), option);
    shop.running.signal("TERM");
    assert_eq!(shop.running.end(), Some(0));
    let entries = repository::read(&shop.project.path().join("_index.yaml"));
    let entries = entries.replace("modules: [sql]", "modules: [sql, time]").replace("timeout: 10s", "timeout: 3s");
    shop.project.write("_index.yaml", &entries);
    shop.project.write("step.lua", &once);
    shop.running = Shop::run(&shop.project);
    shop.order();
    until("no lamp was taken", || shop.contents()[1] != BEFORE[1]);
    shop.running.signal("KILL");
    shop.running.end();
    shop.project.write("step.lua", &step);
    shop.running = Shop::run(&shop.project);
    assert_eq!(shop.end(), Ok(json!({"id": "1", "state": "shipped"})));
    assert_eq!(shop.contents(), [70, 2, 1]);
    assert_eq!(shop.number("stock", "SELECT count(*) FROM step WHERE state = 'done'"), 1);
}
