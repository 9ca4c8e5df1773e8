//! What is kept, what is refused, and how it looks to who reads it.

use insta::assert_snapshot;

use super::{measure::MeasureError, *};
use crate::value::Secret;

fn measure(name: &str, change: Change, labels: &[(&str, &str)]) -> Measure {
    checked(name, change, labels).unwrap()
}

fn checked(name: &str, change: Change, labels: &[(&str, &str)]) -> Result<Measure, MeasureError> {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Measure::new(name.to_owned(), change, labels)
}

fn wrong(name: &str, change: Change, labels: &[(&str, &str)]) -> String {
    checked(name, change, labels).unwrap_err().to_string()
}

/// The lines of `name`.
fn lines(metrics: &Metrics, name: &str) -> Vec<String> {
    let text = metrics.text();
    text.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
}

#[test]
fn values_are_told_in_the_order_of_names_and_labels() {
    let metrics = Metrics::kept();
    for (name, change, labels) in [
        ("orders", Change::Count(1.0), &[("country", "it"), ("channel", "web")][..]),
        ("orders", Change::Count(2.5), &[("channel", "shop"), ("country", "it")]),
        ("orders", Change::Count(1.0), &[("channel", "web"), ("country", "it")]),
        ("in_stock", Change::Set(7.0), &[]),
        ("in_stock", Change::Move(-2.0), &[]),
    ] {
        metrics.take(measure(name, change, labels)).unwrap();
    }
    assert_snapshot!(metrics.text(), @r#"
    # TYPE in_stock gauge
    in_stock 5
    # HELP metonic_build_info Which metonic this is; always 1.
    # TYPE metonic_build_info gauge
    metonic_build_info{version="0.1.0"} 1
    # TYPE orders counter
    orders{channel="shop",country="it"} 2.5
    orders{channel="web",country="it"} 2
    "#);
}

#[test]
fn a_histogram_counts_what_does_not_exceed_each_bound() {
    let metrics = Metrics::kept();
    for value in [0.01, 3.0, 3.0, 1e9] {
        metrics.take(measure("wait_seconds", Change::Observe(value), &[("queue", "a")])).unwrap();
    }
    let told = lines(&metrics, "wait_seconds");
    for line in [
        r#"wait_seconds_bucket{queue="a",le="0.005"} 0"#,
        r#"wait_seconds_bucket{queue="a",le="0.01"} 1"#,
        r#"wait_seconds_bucket{queue="a",le="5"} 3"#,
        r#"wait_seconds_bucket{queue="a",le="10000"} 3"#,
        r#"wait_seconds_bucket{queue="a",le="+Inf"} 4"#,
        r#"wait_seconds_sum{queue="a"} 1000000006.01"#,
        r#"wait_seconds_count{queue="a"} 4"#,
    ] {
        assert!(told.iter().any(|known| known == line), "{line} is not in {told:#?}");
    }
}

#[test]
fn the_values_of_labels_are_escaped_and_hold_no_secret() {
    let secret = Secret::new("0p3n-s3same-metrics");
    let metrics = Metrics::kept();
    let value = format!("a \"b\" \\ \n{}", secret.reveal());
    metrics.take(measure("n", Change::Count(1.0), &[("text", &value)])).unwrap();
    assert_eq!(lines(&metrics, "n{"), [r#"n{text="a \"b\" \\ \n***"} 1"#]);
}

#[test]
fn values_whose_labels_differ_in_a_secret_only_are_one() {
    let metrics = Metrics::kept();
    for text in ["f1rst-s3same-metrics", "s3cond-s3same-metrics"] {
        let secret = Secret::new(text);
        metrics.take(measure("calls", Change::Count(2.0), &[("key", secret.reveal())])).unwrap();
        metrics.take(measure("took_seconds", Change::Observe(1.5), &[("key", secret.reveal())])).unwrap();
    }
    assert_eq!(lines(&metrics, "calls{"), [r#"calls{key="***"} 4"#]);
    assert_eq!(lines(&metrics, "took_seconds_sum"), [r#"took_seconds_sum{key="***"} 3"#]);
    assert_eq!(lines(&metrics, "took_seconds_count"), [r#"took_seconds_count{key="***"} 2"#]);
}

#[test]
fn names_follow_the_rules_of_prometheus() {
    assert_snapshot!(
        [
            wrong("orders.created", Change::Count(1.0), &[]),
            wrong("1st", Change::Count(1.0), &[]),
            wrong("", Change::Count(1.0), &[]),
            wrong(&"a".repeat(201), Change::Count(1.0), &[]),
            wrong("temporal_orders", Change::Count(1.0), &[]),
            wrong("orders", Change::Count(1.0), &[("count-ry", "it")]),
            wrong("orders", Change::Count(1.0), &[("__name", "it")]),
            wrong("orders", Change::Observe(1.0), &[("le", "it")]),
            wrong("orders", Change::Count(1.0), &[("text", &"a".repeat(201))]),
            wrong("orders", Change::Count(-1.0), &[]),
            wrong("orders", Change::Set(f64::NAN), &[]),
        ]
        .join("\n"),
        @r"
    `orders.created` is no name of a metric: letters, digits and `_`, no digit first, as in `orders_created`
    `1st` is no name of a metric: letters, digits and `_`, no digit first
    `` is no name of a metric: letters, digits and `_`, no digit first
    `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no name of a metric: it has 201 bytes, 200 are allowed
    `temporal_orders` begins with `temporal_`, which is for metonic's own metrics
    `count-ry` is no name of a label: letters, digits and `_`, no digit first, as in `count_ry`
    the label `__name` belongs to Prometheus; call it something else
    the label `le` belongs to Prometheus; call it something else
    the value of label `text` has 201 bytes, 200 are allowed; a label names one of a few groups
    the counter `orders` cannot take -1: it only grows; use a gauge for what goes down
    `orders` cannot take NaN: it needs a finite number
    "
    );
}

#[test]
fn a_metric_stays_what_it_was_first() {
    let metrics = Metrics::kept();
    let take = |name, change, labels: &[(&str, &str)]| {
        metrics.take(measure(name, change, labels)).map_err(|error| error.to_string())
    };
    take("orders", Change::Count(1.0), &[("country", "it")]).unwrap();
    take("wait", Change::Observe(1.0), &[]).unwrap();
    take("size_sum", Change::Set(1.0), &[]).unwrap();
    assert_snapshot!(
        [
            take("orders", Change::Set(1.0), &[("country", "it")]),
            take("orders", Change::Count(1.0), &[("city", "Rome"), ("country", "it")]),
            take("orders", Change::Count(1.0), &[]),
            take("wait_count", Change::Set(1.0), &[]),
            take("size", Change::Observe(1.0), &[]),
        ]
        .map(Result::unwrap_err)
        .join("\n"),
        @r"
    `orders` is a counter already and cannot be a gauge as well
    `orders` has the labels `country` already and cannot have the labels `city`, `country` as well
    `orders` has the labels `country` already and cannot have no labels as well
    `wait_count` would be mixed up with the lines of the histogram `wait`; call one of them something else
    `size_sum` would be mixed up with the lines of the histogram `size`; call one of them something else
    "
    );
}

#[test]
fn one_metric_keeps_a_thousand_sets_of_labels_and_counts_them_on() {
    let metrics = Metrics::kept();
    let take = |id: usize| metrics.take(measure("orders", Change::Count(1.0), &[("id", &id.to_string())]));
    for id in 0..1_000 {
        take(id).unwrap();
    }
    let error = take(1_000).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`orders` has 1000 sets of labels, and more are not kept: a label names one of a few groups, never an id"
    );
    take(7).unwrap();
    assert_eq!(lines(&metrics, r#"orders{id="7"}"#), [r#"orders{id="7"} 2"#]);
}

#[test]
fn all_metrics_together_keep_ten_thousand_sets_of_labels() {
    let metrics = Metrics::kept();
    let take = |at: usize| metrics.take(measure(&format!("metric_{at}"), Change::Count(1.0), &[]));
    for at in 0..10_000 {
        take(at).unwrap();
    }
    assert_eq!(take(10_000).unwrap_err(), NotKept::ManyInAll { name: "metric_10000".to_owned() });
}

#[test]
fn a_metric_of_the_process_stops_at_a_thousand_sets_too() {
    let metrics = Metrics::kept();
    let info = MetricInfo { name: "own".to_owned(), help: String::new(), kind: Kind::Counter, buckets: &[] };
    for id in 0..1_001 {
        metrics.own(&info, vec![("id".to_owned(), id.to_string())]).add(1.0);
    }
    assert_eq!(lines(&metrics, "own{").len(), 1_000);
}

#[test]
fn a_loss_is_told_once_for_each_metric() {
    let registry = Registry::default();
    let told = ["orders", "orders", "wait"].map(|name| registry.is_first_loss_of(name));
    assert_eq!(told, [true, false, true]);
}

#[test]
fn nothing_is_kept_where_nobody_reads() {
    let metrics = Metrics::default();
    for name in ["orders", "wait"] {
        metrics.take(measure(name, Change::Count(1.0), &[])).unwrap();
    }
    assert_eq!((metrics.is_kept(), metrics.text()), (false, String::new()));
}
