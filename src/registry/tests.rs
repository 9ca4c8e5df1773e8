//! What the written specifications cannot say: starts, digests, files on a disk, and garbage.

use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::{
    diag::{Code, Look, render_all},
    kinds::{self, ClientFields, TemporalClient, TemporalWorker},
    service::Exports,
    source::Files,
    yaml::{DecodeCx, Node, record},
};

const ORDERS: &str = r#"version: "1.0"
namespace: app
entries:
  - {name: os, kind: env.storage.os}
  - {name: address, kind: env.variable, variable: ADDRESS, storage: os}
  - {name: slots, kind: env.variable, variable: SLOTS, storage: os, default: 5}
  - {name: key, kind: env.variable, variable: KEY, storage: os}
  - name: tc
    kind: temporal.client
    address: "${env:ADDRESS}:7233"
    namespace: ${NAMESPACE|default}
    auth: {type: api_key, api_key: "${env:KEY}"}
    lifecycle: {auto_start: true}
  - name: w
    kind: temporal.worker
    client: tc
    task_queue: orders # the queue
    worker_options:
      max_concurrent_activity_execution_size: ${env:SLOTS|9}
  - name: fulfil
    kind: workflow.lua
    source: file://fulfil.lua
    meta: {temporal: {workflow: {worker: w}}}
"#;

const LUA: &str = "return function() return 1 end";

fn load_with(text: &str, lua: &str, system: &[(&str, &str)]) -> Loaded {
    let files = Files::memory([("app/_index.yaml", text), ("app/fulfil.lua", lua)]);
    let system = system.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    load(&Project { files: &files, kinds: kinds::ALL, system: Arc::new(system.collect()), generation: 1 })
}

fn shown(loaded: &Loaded) -> String {
    render_all(&loaded.diagnostics, &loaded.sources, Look::ASCII)
}

fn id(text: &str) -> EntryId {
    EntryId::parse(text, None).unwrap()
}

fn build_cx(loaded: &Loaded) -> BuildCx {
    BuildCx {
        registry: Arc::clone(loaded.registry.as_ref().unwrap()),
        env: Arc::clone(&loaded.env),
        process: Exports::default(),
    }
}

#[test]
fn a_start_reads_the_variables() {
    let loaded = load_with(ORDERS, LUA, &[("ADDRESS", "prod"), ("SLOTS", "12"), ("KEY", "the-secret-key\n")]);
    assert_eq!(shown(&loaded), "");
    let cx = build_cx(&loaded);
    let client = ClientFields::config(cx.registry.get(&id("app:tc")).unwrap(), &cx).unwrap();
    assert_eq!((client.address.as_str(), client.namespace.as_str()), ("prod:7233", "default"));
    assert!(!format!("{client:?}").contains("the-secret-key"));
    let entry = cx.registry.get(&id("app:w")).unwrap();
    let worker = cx.spec::<TemporalWorker>(entry).unwrap().config(entry, &cx).unwrap();
    assert_eq!(worker.max_activities, 12);
}

#[test]
fn a_variable_of_its_own_default_beats_the_one_in_the_text() {
    let loaded = load_with(ORDERS, LUA, &[("ADDRESS", "prod"), ("KEY", "the-secret-key")]);
    let cx = build_cx(&loaded);
    let worker = cx.spec::<TemporalWorker>(cx.registry.get(&id("app:w")).unwrap()).unwrap();
    assert_eq!(worker.worker_options.max_concurrent_activity_execution_size, 5);
}

#[test]
fn a_start_without_a_value_names_the_variable_and_its_place() {
    let loaded = load_with(ORDERS, LUA, &[("KEY", "the-secret-key")]);
    let cx = build_cx(&loaded);
    let diagnostics = cx.spec::<TemporalClient>(cx.registry.get(&id("app:tc")).unwrap()).unwrap_err();
    let text = render_all(&diagnostics, &loaded.sources, Look::ASCII);
    let headline = "`address` of `app:tc` has no value: the variable `ADDRESS` is not set and has no default";
    assert!(text.contains(headline), "{text}");
    assert!(text.contains("app/_index.yaml:10:15"), "{text}");
}

#[test]
fn a_value_that_does_not_fit_is_found_at_the_start() {
    let loaded = load_with(ORDERS, LUA, &[("SLOTS", "many"), ("ADDRESS", "a"), ("KEY", "k")]);
    let cx = build_cx(&loaded);
    let diagnostics = cx.spec::<TemporalWorker>(cx.registry.get(&id("app:w")).unwrap()).unwrap_err();
    assert_eq!(diagnostics.iter().next().unwrap().code, Code::WrongType);
}

#[test]
fn a_secret_from_a_variable_is_taken_out_of_texts() {
    let loaded = load_with(ORDERS, LUA, &[("ADDRESS", "prod"), ("KEY", "key-of-the-process")]);
    let cx = build_cx(&loaded);
    cx.spec::<TemporalClient>(cx.registry.get(&id("app:tc")).unwrap()).unwrap();
    assert_eq!(crate::value::redact("Bearer key-of-the-process"), "Bearer ***");
}

#[test]
fn no_debug_output_shows_what_is_written() {
    let text = ORDERS.replace("${env:KEY}", "key-in-the-file");
    let loaded = load_with(&text, LUA, &[]);
    assert!(!format!("{loaded:?}").contains("key-in-the-file"));
}

#[test]
fn a_digest_changes_with_what_the_entry_is() {
    let digest = |text: &str, lua: &str, entry: &str| {
        load_with(text, lua, &[]).registry.unwrap().get(&id(entry)).unwrap().digest
    };
    let before = digest(ORDERS, LUA, "app:fulfil");
    assert_ne!(before, digest(ORDERS, "return function() return 2 end", "app:fulfil"));
    let commented = ORDERS.replace("# the queue", "# another comment");
    assert_eq!(digest(ORDERS, LUA, "app:w"), digest(&commented, LUA, "app:w"));
    let renamed = ORDERS.replace("task_queue: orders", "task_queue: others");
    assert_ne!(digest(ORDERS, LUA, "app:w"), digest(&renamed, LUA, "app:w"));
    let stopped = ORDERS.replace("auto_start: true", "auto_start: false");
    assert_ne!(digest(ORDERS, LUA, "app:tc"), digest(&stopped, LUA, "app:tc"));
}

#[test]
fn a_file_is_suggested_for_the_first_hundred_that_are_not_there() {
    let entry = |at: usize| format!("  - {{name: l{at}, kind: library.lua, source: 'file://fulfl.lua'}}\n");
    let entries: String = (0..150).map(entry).collect();
    let shown = shown(&load_with(&format!("namespace: app\nentries:\n{entries}"), LUA, &[]));
    assert_eq!(shown.matches("did you mean `app/fulfil.lua`?").count(), 100);
}

#[test]
fn a_file_that_is_not_text_is_an_error() {
    let files = Files::Memory(BTreeMap::from([("a.yaml".to_owned(), vec![b'n', 0xff, 0xfe])]));
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    assert!(shown(&loaded).contains("error[bad-encoding]: the file `a.yaml` is not UTF-8"), "{}", shown(&loaded));
}

#[test]
fn a_file_that_is_too_large_is_an_error() {
    let text = format!("namespace: app\n# {}\n", "x".repeat(5 * 1024 * 1024));
    let loaded = load_with(&text, "", &[]);
    assert!(shown(&loaded).contains("error[yaml-limit]: the file `app/_index.yaml` is larger than 4 MiB"));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_project_is_an_error() {
    let outside = tempfile::tempdir().unwrap();
    let project = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("x.lua"), LUA).unwrap();
    std::fs::write(project.path().join("a.yaml"), "namespace: app\nname: a\nkind: library.lua\nsource: file://x.lua\n")
        .unwrap();
    std::os::unix::fs::symlink(outside.path().join("x.lua"), project.path().join("x.lua")).unwrap();
    let files = Files::disk(project.path()).unwrap();
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    assert!(shown(&loaded).contains("error[file-leaves-project]"), "{}", shown(&loaded));
}

/// A small generator of numbers, always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// One change of the kind that people and editors make.
fn mutate(text: &str, numbers: &mut Numbers) -> String {
    const BITS: [&str; 22] = [
        "\t", "\n", " ", ": ", "- ", "{", "}", "[", "]", "\"", "'", "|", "&a ", "*a", "<<: *a", "${", "${env:", "}",
        "file://", "é", "\u{feff}", "-1",
    ];
    let boundary = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let at = boundary(numbers.below(text.len() + 1));
    let end = boundary((at + numbers.below(12)).min(text.len())).max(at);
    match numbers.below(4) {
        0 => format!("{}{}", &text[..at], &text[end..]),
        1 => text[..at].to_owned(),
        2 => format!("{}{}{}", &text[..at], &text[at..end].repeat(3), &text[at..]),
        _ => format!("{}{}{}", &text[..at], BITS[numbers.below(BITS.len())], &text[end..]),
    }
}

#[test]
fn garbage_never_panics_and_every_error_has_a_place() {
    let mut numbers = Numbers(7);
    for _ in 0..1500 {
        let mut text = ORDERS.to_owned();
        for _ in 0..=numbers.below(4) {
            text = mutate(&text, &mut numbers);
        }
        let loaded = load_with(&text, LUA, &[("ADDRESS", "a")]);
        let shown = shown(&loaded);
        assert_eq!(loaded.registry.is_none(), loaded.diagnostics.has_errors());
        for diagnostic in loaded.diagnostics.iter().filter(|diagnostic| diagnostic.code != Code::NoEntries) {
            assert!(diagnostic.primary.is_some(), "{text}\n{shown}");
        }
        let _ = crate::diag::json_lines(&loaded.diagnostics, &loaded.sources);
    }
}

#[test]
fn a_large_json_file_of_entries_is_told_and_one_of_data_is_passed_over() {
    let filler = "x".repeat(5 * 1024 * 1024);
    let files = [
        (
            "a.json",
            format!(r#"{{"version": "1.0", "namespace": "app", "kind": "temporal.clint", "text": "{filler}"}}"#),
        ),
        ("b.json", format!(r#"{{"events": [{{"namespace": "app"}}], "text": "{filler}"}}"#)),
    ];
    let files = Files::memory(files.iter().map(|(path, text)| (*path, text.as_str())));
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    let headlines: Vec<&str> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
    assert_eq!(headlines, ["the file `a.json` is larger than 4 MiB"]);
}

#[test]
fn a_byte_that_is_not_utf8_is_shown_where_it_stands() {
    let text = b"namespace: app\nentries:\n  - {name: caf\xe9, kind: env.variable, default: hunter2}\n".to_vec();
    let files = Files::Memory(BTreeMap::from([("a.yaml".to_owned(), text)]));
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    insta::assert_snapshot!(shown(&loaded), @r"
    error[bad-encoding]: the file `a.yaml` is not UTF-8: byte 38 is the first that is not
     --> a.yaml:3:15
      |
    3 |   - {name: caf�, kind: env.variable, default:*********
      |               ^ not UTF-8 from here on
      |
      = help: save it as UTF-8
    ");
}

#[test]
fn a_file_in_utf_16_without_a_mark_is_told_and_not_passed_over() {
    let utf_16 = |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let entries = "# Ж\nnamespace: app\nentries:\n  - {name: v, kind: env.variable, default: hunter2}\n";
    let files = Files::Memory(BTreeMap::from([
        ("a.yaml".to_owned(), utf_16(entries, u16::to_le_bytes)),
        ("b.yml".to_owned(), utf_16(entries, u16::to_be_bytes)),
        ("c.yaml".to_owned(), b"text: a zero \0 byte".to_vec()),
        ("d.yaml".to_owned(), Vec::new()),
    ]));
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    insta::assert_snapshot!(shown(&loaded), @r"
    error[bad-encoding]: the file `a.yaml` is not UTF-8: it is UTF-16 without a byte order mark
    --> a.yaml
     = help: save it as UTF-8

    error[bad-encoding]: the file `b.yml` is not UTF-8: it is UTF-16 without a byte order mark
    --> b.yml
     = help: save it as UTF-8
    ");
}

#[test]
fn an_included_text_that_is_not_utf8_is_shown_too() {
    let yaml = "namespace: app\nname: f\nkind: library.lua\nsource: file://f.lua\n";
    let files = Files::Memory(BTreeMap::from([
        ("a.yaml".to_owned(), yaml.as_bytes().to_vec()),
        ("f.lua".to_owned(), b"return {\n  name = \"caf\xe9\",\n}\n".to_vec()),
    ]));
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    insta::assert_snapshot!(shown(&loaded), @r#"
    error[bad-encoding]: the file `f.lua`, which `app:f` includes, is not UTF-8: byte 22 is the first that is not
     --> a.yaml:4:9
      |
    4 | source: file://f.lua
      |         ^^^^^^^^^^^^
      |
     ::: f.lua:2:14
      |
    2 |   name = "caf�",
      |              - not UTF-8 from here on
      |
      = help: save it as UTF-8
    "#);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_outside_the_project_is_an_error() {
    let outside = tempfile::tempdir().unwrap();
    let project = tempfile::tempdir().unwrap();
    std::fs::write(project.path().join("a.yaml"), "namespace: app\nentries: []\n").unwrap();
    std::os::unix::fs::symlink(outside.path(), project.path().join("link")).unwrap();
    let files = Files::disk(project.path()).unwrap();
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    insta::assert_snapshot!(shown(&loaded), @r"
    error[file-leaves-project]: the folder `link` is a link to a folder outside the project
     |
     = help: copy the folder into the project; a link whose name begins with a dot is passed over
    ");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_a_link_to_nothing_of_the_project_is_named_without_a_place() {
    let outside = tempfile::tempdir().unwrap();
    let project = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("a.yaml"), "namespace: app\nentries: []\n").unwrap();
    std::os::unix::fs::symlink(outside.path().join("a.yaml"), project.path().join("a.yaml")).unwrap();
    std::os::unix::fs::symlink("nowhere.yaml", project.path().join("b.yaml")).unwrap();
    let files = Files::disk(project.path()).unwrap();
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    insta::assert_snapshot!(shown(&loaded), @r"
    error[file-leaves-project]: the file `a.yaml` is a link to a file outside the project
    --> a.yaml
     = help: copy the file into the project

    error[file-unreadable]: the file `b.yaml` is a link to a file that is not there
    --> b.yaml
     = help: mend the link, or remove it
    ");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_called_what_it_is() {
    let project = tempfile::tempdir().unwrap();
    let text = "namespace: app\nname: a\nkind: library.lua\nsource: file://sub\n";
    std::fs::write(project.path().join("a.yaml"), text).unwrap();
    std::fs::create_dir(project.path().join("sub")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(project.path().join("b.yaml")).unwrap();
    let files = Files::disk(project.path()).unwrap();
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 });
    let headlines: Vec<&str> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
    assert_eq!(
        headlines,
        [
            "the file `sub`, which `app:a` includes, cannot be read: it is a folder, and a file is wanted",
            "the file `b.yaml` cannot be read: it is a socket, and a file is wanted",
        ]
    );
}

#[test]
fn a_hundred_wrong_references_get_a_suggestion() {
    let mut text = "namespace: app\nentries:\n  - {name: memory, kind: env.storage.memory}\n".to_owned();
    for number in 0..150 {
        text += &format!("  - {{name: v{number}, kind: env.variable, storage: memry}}\n");
    }
    let loaded = load_with(&text, "", &[]);
    let unknown = || loaded.diagnostics.iter().filter(|diagnostic| diagnostic.code == Code::UnknownReference);
    assert_eq!(unknown().count(), 150);
    assert_eq!(unknown().filter(|diagnostic| diagnostic.patch.is_some()).count(), 100);
}

/// A kind with a fault of ours: it takes nothing, and does not say why.
struct Silent;

record! {
    /// Nothing.
    struct Nothing {}
}

impl Kind for Silent {
    const NAME: &'static str = "silent";
    const MANUAL: &'static str = "";
    type Fields = Nothing;
    type Spec = Nothing;

    fn build(_: Option<Nothing>, _: &Node, _: &mut DecodeCx<'_>) -> Option<Nothing> {
        None
    }
}

#[test]
fn no_entry_vanishes_in_silence() {
    static KINDS: [KindDef; 1] = [KindDef::of::<Silent>()];
    let files = Files::memory([("a.yaml", "namespace: app\nname: a\nkind: silent\n")]);
    let loaded = load(&Project { files: &files, kinds: &KINDS, system: Arc::default(), generation: 1 });
    let headlines: Vec<&str> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
    assert_eq!(headlines, ["`app:a` cannot be read, and metonic does not say why"]);
}

#[test]
fn a_zero_in_a_lifecycle_means_the_default() {
    let text = "namespace: app\nname: c\nkind: temporal.client\naddress: \"a:1\"\nlifecycle:\n  start_timeout: 0s\n  \
                stop_timeout: 0s\n  stable_threshold: 0s\n  restart: {initial_delay: 0s, max_delay: 0s, backoff_factor: 0}\n";
    let loaded = load_with(text, "", &[]);
    let cx = build_cx(&loaded);
    let entry = cx.registry.get(&id("app:c")).unwrap();
    assert_eq!(entry.lifecycle, Lifecycle::default());
    let Effective::Map(settings) = cx.effective(entry) else { panic!("settings are a map") };
    let shown = format!("{:?}", settings.iter().find(|(key, _)| key == "lifecycle"));
    assert!(!shown.contains("File"), "{shown}");
}
