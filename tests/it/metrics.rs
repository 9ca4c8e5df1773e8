//! `--metrics-address`: one address tells what the core measures and what authors count.

use std::{net::TcpListener, path::Path};

use serde_json::json;

use crate::{
    documents::{files_of, read},
    support::{Project, Running, each_way, metonic, server, text_of},
};

/// The project of the guide, whose worker takes this option, on a queue of its own.
fn project(queue: &str, option: &str) -> Project {
    let guide = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/metrics.md"));
    let guide = guide.replace("127.0.0.1:7233", &server().address());
    let worker = format!("task_queue: {queue}\n    worker_options: {{{option}}}");
    let files = files_of(&guide.replace("task_queue: shop", &worker));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Project::new(&files)
}

#[test]
fn one_address_tells_what_the_core_measures_and_what_the_guide_counts() {
    each_way("guide-metrics", |way, option| {
        let queue = format!("guide-metrics-{way}");
        let project = project(&queue, option);
        let arguments = ["run", ".", "--log-format", "text", "--metrics-address", "0"];
        let mut running = Running::start(&project.path().join("metrics"), arguments);
        let told = running.wait_for("Metrics can be read at http://127.0.0.1:");
        let port = told.split("http://127.0.0.1:").nth(1).and_then(|rest| rest.split("/metrics").next()).unwrap();
        running.wait_for("Started.");
        let ids = [("it", 7.5), ("fr", 2.25)].map(|(country, total)| {
            let id = format!("{queue}-{country}");
            // A task that took too long would be tried again, and what it counted be counted again.
            let patient = json!({"workflowTaskTimeout": "120s"});
            server().begin_with(&id, "shop:order", &queue, &[json!({"country": country, "total": total})], patient);
            assert_eq!(server().end(&id), Ok(json!({"charged": total})));
            id
        });
        project.part_replays("metrics", server(), &ids);
        let text = text_of(port.parse().unwrap(), "/metrics");
        let worker = format!("service_name=\"temporal-core-sdk\",task_queue=\"{queue}\"");
        for line in [
            "charged_euros 9.75",
            r#"orders{country="fr"} 1"#,
            r#"orders{country="it"} 1"#,
            "orders_open 0",
            "order_seconds_count 2",
            &format!("temporal_worker_start_total{{namespace=\"default\",{worker}}} 1"),
        ] {
            assert!(text.lines().any(|known| known == line), "`{line}` is not in\n{text}");
        }
        for begin in [
            "temporal_num_pollers{",
            r#"temporal_request_total{namespace="default",operation="RespondWorkflowTaskCompleted""#,
            "temporal_worker_task_slots_available{",
            "temporal_workflow_task_execution_latency_seconds_bucket{",
        ] {
            assert!(text.lines().any(|line| line.starts_with(begin)), "`{begin}` is not in\n{text}");
        }
    });
}

/// What does not get as far as its server.
fn anywhere() -> Project {
    project("guide-metrics", "evict_after_each_task: false")
}

#[test]
fn an_address_that_is_taken_is_told_before_anything_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["run", "dev"] {
        let output = metonic(anywhere().path(), [command, "metrics", "--metrics-address", &address]);
        let expected = format!(
            "--- stderr\nerror: metrics cannot be told at `{address}`: another program listens there; name another port, \
             or 0 for any\n--- exit 69"
        );
        assert_eq!(output.to_string(), expected, "{command}");
    }
}

#[test]
fn an_address_that_is_none_is_told() {
    let output = metonic(anywhere().path(), ["run", "metrics", "--metrics-address", "localhost"]);
    assert_eq!(output.code, Some(2), "{output}");
    let expected = "it needs a port, as in `9464`, or an address with one, as in `127.0.0.1:9464`";
    assert!(output.stderr.contains(expected), "{output}");
}
