//! The manual, the schema and the decoder say the same; settings become configurations.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, sync::Arc, time::Duration};

use super::*;
use crate::{
    diag::{Code, Diagnostic, Look, render_all},
    entry::EntryId,
    function, lint,
    lua::Profile,
    registry::{self, BuildCx, Loaded, Project},
    service::Exports,
    source::Files,
    spec::{self, Section},
    temporal::{Auth, ClientConfig, Poller, WorkerConfig},
    workflow,
    yaml::{FieldInfo, Record},
};

fn load(files: &Files) -> Loaded {
    registry::load(&Project { files, kinds: ALL, system: Arc::default(), generation: 1 })
}

pub(super) fn build_cx(files: &Files, system: &[(&str, &str)]) -> BuildCx {
    let system = system.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let loaded = registry::load(&Project { files, kinds: ALL, system: Arc::new(system), generation: 1 });
    assert!(loaded.registry.is_some(), "{}", render_all(&loaded.diagnostics, &loaded.sources, Look::ASCII));
    BuildCx { registry: loaded.registry.unwrap(), env: loaded.env, process: Exports::default() }
}

pub(super) fn client(fields: &str, extra: &[(&str, &str)]) -> Result<ClientConfig, String> {
    client_of("localhost:7233", fields, extra)
}

fn client_of(address: &str, fields: &str, extra: &[(&str, &str)]) -> Result<ClientConfig, String> {
    let text = format!(
        "namespace: a\nentries:\n  - {{name: os, kind: env.storage.os}}\n  \
         - {{name: key, kind: env.variable, variable: KEY, storage: os}}\n  \
         - {{name: c, kind: temporal.client, address: '{address}', {fields}}}\n"
    );
    let files = Files::memory(extra.iter().copied().chain([("a.yaml", text.as_str())]));
    let cx = build_cx(&files, &[("KEY", "key-of-the-environment")]);
    let entry = cx.registry.get(&EntryId::parse("a:c", None).unwrap()).unwrap();
    ClientFields::config(entry, &cx).map_err(|diagnostics| render_all(&diagnostics, &cx.registry.sources, Look::ASCII))
}

fn worker(options: &str) -> WorkerConfig {
    worker_with(options, "v7").unwrap()
}

/// The settings of a worker where the variable `BUILD` is `build`.
fn worker_with(options: &str, build: &str) -> Result<WorkerConfig, String> {
    let text = format!(
        "namespace: a\nentries:\n  - {{name: os, kind: env.storage.os}}\n  \
         - {{name: build, kind: env.variable, variable: BUILD, storage: os}}\n  \
         - {{name: c, kind: temporal.client, address: 'localhost:7233'}}\n  \
         - {{name: w, kind: temporal.worker, client: c, task_queue: q, worker_options: {{{options}}}}}\n"
    );
    let cx = build_cx(&Files::memory([("a.yaml", text.as_str())]), &[("BUILD", build)]);
    let entry = cx.registry.get(&EntryId::parse("a:w", None).unwrap()).unwrap();
    let config = cx.spec::<TemporalWorker>(entry).and_then(|fields| fields.config(entry, &cx));
    config.map_err(|diagnostics| diagnostics.iter().map(|diagnostic| diagnostic.headline.clone()).collect())
}

#[test]
fn a_client_without_settings_is_plain() {
    let config = client("tq_prefix: dev-", &[]).unwrap();
    assert_eq!(config.auth, Auth::None);
    assert_eq!(config.tls, None);
    assert_eq!(config.queue_prefix, "dev-");
    assert_eq!(config.keep_alive_time, Duration::from_secs(30));
    assert_eq!(config.health_check, None);
}

#[test]
fn a_zero_duration_means_the_default() {
    let zero = "connection_timeout: 0s, keep_alive_time: 0s, keep_alive_timeout: 0s, lifecycle: {start_timeout: 1m}";
    let config = client(zero, &[]).unwrap();
    assert_eq!(config.connect_timeout, Duration::from_secs(10));
    assert_eq!(config.keep_alive_time, Duration::from_secs(30));
    assert_eq!(config.keep_alive_timeout, Duration::from_secs(10));
}

#[test]
fn a_connection_that_is_not_made_is_explained_before_the_start_is_given_up() {
    let limit = |fields: &str| client(fields, &[]).unwrap().connect_timeout;
    assert_eq!(limit("tq_prefix: dev-"), Duration::from_secs(8), "of the ten seconds that a start has");
    assert_eq!(limit("connection_timeout: 1m, lifecycle: {start_timeout: 30s}"), Duration::from_secs(24));
    assert_eq!(limit("connection_timeout: 5s"), Duration::from_secs(5));
}

#[test]
fn calls_are_compressed_unless_they_stay_on_this_machine() {
    let compressed = |address: &str, fields: &str| client_of(address, fields, &[]).unwrap().compressed;
    assert!(!compressed("localhost:7233", ""));
    assert!(compressed("temporal.internal:7233", ""));
    assert!(compressed("127.0.0.1:7233", "grpc_compression: gzip"));
    assert!(!compressed("temporal.internal:7233", "grpc_compression: none"));
}

#[test]
fn an_api_key_turns_tls_on() {
    let config = client("auth: {type: api_key, api_key_env: KEY}", &[]).unwrap();
    assert!(config.tls.is_some());
    let Auth::ApiKey(key) = config.auth else { panic!("an API key") };
    assert_eq!(key.reveal(), "key-of-the-environment");
}

#[test]
fn an_api_key_in_a_file_loses_its_line_break() {
    let config = client("auth: {type: api_key, api_key_file: key.txt}", &[("key.txt", "  file-key \r\n")]).unwrap();
    let Auth::ApiKey(key) = config.auth else { panic!("an API key") };
    assert_eq!(key.reveal(), "file-key");
}

#[test]
fn an_api_key_that_no_header_carries_is_refused() {
    let error = client("auth: {type: api_key, api_key_file: key.txt}", &[("key.txt", "two words-of-key")]).unwrap_err();
    assert!(error.contains("the API key of `a:c` is empty or has characters that no key has"), "{error}");
    assert!(!error.contains("words-of-key"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_named_at_its_place() {
    let error = client("auth: {type: api_key, api_key_file: none.txt}", &[]).unwrap_err();
    assert!(error.contains("the file `none.txt` of `a:c` cannot be read: there is no such file"), "{error}");
    assert!(error.contains("--> a.yaml:5:"), "{error}");
}

#[test]
fn a_worker_without_options_has_the_usual_ones() {
    let config = worker("");
    assert_eq!(config.max_activities, 1000);
    assert_eq!(config.activity_pollers, Poller::Fixed(20));
    assert_eq!(config.max_eager_activities, None);
    assert_eq!(config.worker_activities_per_second, None);
    assert_eq!(config.max_cached_workflows, 1000);
    assert_eq!(config.versioning, None);
    assert!(config.workflows && config.remote_activities);
}

#[test]
fn options_reach_the_worker() {
    let config = worker(
        "max_concurrent_activity_execution_size: 2, max_concurrent_workflow_task_pollers: auto, \
         disable_eager_activities: true, worker_activities_per_second: 1.5, worker_stop_timeout: 3s, \
         max_cached_workflows: 0, identity: me, deployment_name: shop, \
         build_id_env: BUILD, use_versioning: true, default_versioning_behavior: auto_upgrade",
    );
    assert_eq!(config.max_activities, 2);
    assert_eq!(config.workflow_pollers, Poller::Auto);
    assert_eq!(config.max_eager_activities, Some(0));
    assert_eq!(config.worker_activities_per_second, Some(1.5));
    assert_eq!(config.worker_stop_timeout, Duration::from_secs(3));
    let local = worker("local_activity_worker_only: true");
    assert!(local.workflows && !local.remote_activities);
    assert_eq!(config.max_cached_workflows, 0);
    assert_eq!(config.identity.as_deref(), Some("me"));
    assert_eq!(config.versioning.unwrap().build_id, "v7");
}

#[test]
fn a_version_whose_variable_is_empty_is_refused() {
    let versioned = |build_id: &str| {
        let options = "deployment_name: shop, use_versioning: true, default_versioning_behavior: pinned";
        worker_with(&format!("{options}, {build_id}"), "").unwrap_err()
    };
    assert_eq!(
        versioned("build_id: '${env:BUILD|}'"),
        "`build_id` of `a:w` gives an empty text, and `use_versioning` needs one that is not"
    );
    assert_eq!(
        versioned("build_id_env: BUILD"),
        "`build_id_env` of `a:w` has no value: the variable `BUILD` is not set and has no default"
    );
}

/// Rows of a table, one for each field, those inside others too.
fn rows(fields: &[FieldInfo], prefix: &str, table: &mut String) {
    for field in fields {
        let key = format!("{prefix}{}", field.key);
        let default = match (&field.default, field.required) {
            (Some(serde_json::Value::String(text)), _) if text.is_empty() => "empty".to_owned(),
            (Some(serde_json::Value::String(text)), _) => format!("`{text}`"),
            (Some(default), _) => format!("`{default}`"),
            (None, true) => "required".to_owned(),
            (None, false) => String::new(),
        };
        let only = field.only_default.map(|reason| format!(" Only the default: {reason}.")).unwrap_or_default();
        let _ = writeln!(table, "| `{key}` | {} | {default} | {}{only} |", field.type_name, field.doc);
        rows(&field.nested, &format!("{key}."), table);
    }
}

/// What a page has between two marks; `UPDATE_SPECS=1` writes it.
fn between(page: &str, begin: &str, end: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("registry/kinds").join(page);
    let text = spec::read(&path);
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{page} has no `{begin}`"));
    let (written, after) = rest.split_once(end).unwrap_or_else(|| panic!("{page} has no `{end}`"));
    if spec::updating() {
        std::fs::write(&path, format!("{before}{begin}{actual}{end}{after}")).unwrap();
    } else {
        assert_eq!(written, actual, "{page}");
    }
}

/// The table of fields.
fn check_table(page: &str, fields: &[FieldInfo], meta: &[FieldInfo]) {
    let mut table = String::from("| Field | Type | Default | Meaning |\n|---|---|---|---|\n");
    rows(fields, "", &mut table);
    rows(meta, "meta.", &mut table);
    between(page, "<!-- fields -->\n", "<!-- end of fields -->", &table);
}

/// The list of modules between its two marks; `UPDATE_SPECS=1` writes it.
fn check_modules(page: &str, profile: &Profile) {
    let mut names: Vec<String> = profile.modules.iter().map(|module| format!("`{}`", module.name)).collect();
    names.sort();
    between(page, "<!-- modules -->\n", "<!-- end of modules -->", &format!("{}\n", names.join(", ")));
}

#[test]
fn the_manual_lists_the_modules() {
    check_modules("function.lua.md", &function::PROFILE);
    check_modules("workflow.lua.md", &workflow::PROFILE);
}

#[test]
fn every_manual_names_every_field() {
    for kind in ALL {
        let (fields, meta) = ((kind.fields)(), (kind.meta_fields)());
        if !fields.is_empty() || !meta.is_empty() {
            check_table(&format!("{}.md", kind.name), &fields, &meta);
        }
    }
    check_table("lifecycle.md", &registry::LifecycleFields::fields(), &[]);
}

/// The sections of every manual and page about an error, and of the load specifications.
fn sections(folder: &str) -> Vec<(String, Section)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(root).unwrap().map(|item| item.unwrap().path()).collect();
    paths.sort();
    let pages = paths.iter().filter(|path| path.extension().is_some_and(|end| end == "md"));
    pages
        .flat_map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            spec::parse(&spec::read(path)).into_iter().map(move |section| (name.clone(), section))
        })
        .collect()
}

fn files_of(section: &Section) -> BTreeMap<String, Vec<u8>> {
    let files = section.blocks.iter().filter(|block| !block.argument.is_empty());
    files.map(|block| (block.argument.clone(), block.text.clone().into_bytes())).collect()
}

#[test]
fn every_example_of_a_manual_loads() {
    let mut examples = 0;
    for (page, section) in sections("registry/kinds") {
        let files = files_of(&section);
        if files.is_empty() {
            continue;
        }
        examples += 1;
        let loaded = load(&Files::Memory(files));
        let shown = render_all(&loaded.diagnostics, &loaded.sources, Look::ASCII);
        assert!(loaded.diagnostics.is_empty(), "{page}: {}\n{shown}", section.title);
    }
    assert!(examples >= ALL.len(), "a manual has an example");
}

/// A page's `Example` has files that lead to the page's own diagnostic.
#[test]
fn every_example_of_an_error_leads_to_it() {
    for (page, section) in sections("docs/errors") {
        let files = files_of(&section);
        if files.is_empty() || section.title != "Example" {
            continue;
        }
        let set = section.blocks.iter().filter(|block| block.word == "environment");
        let set = set.flat_map(|block| block.text.lines()).filter_map(|line| line.split_once('='));
        let system = Arc::new(set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        let files = Files::Memory(files);
        let loaded = registry::load(&Project { files: &files, kinds: ALL, system, generation: 1 });
        let shown = render_all(&loaded.diagnostics, &loaded.sources, Look::ASCII);
        let codes: Vec<&str> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.code.slug()).collect();
        assert_eq!(codes, [page.as_str()], "{shown}");
    }
}

/// The page of a likely mistake shows it, and shows it mended.
#[test]
fn every_page_of_a_likely_mistake_says_how_it_is_mended() {
    let pages = sections("docs/errors");
    for code in lint::CODES.into_iter().chain([Code::UnusedAllow]) {
        let files = |title: &str| {
            let section = pages.iter().find(|(page, section)| page == code.slug() && section.title == title);
            files_of(&section.unwrap_or_else(|| panic!("`{code}` has no `{title}`")).1)
        };
        assert!(!files("Example").is_empty(), "`{code}` has no example");
        let mended = load(&Files::Memory(files("What to do")));
        let shown = render_all(&mended.diagnostics, &mended.sources, Look::ASCII);
        assert!(mended.diagnostics.is_empty() && mended.entries > 0, "{code}: {shown}");
    }
}

/// Whether a schema can see this error: it is about one field, not about several together.
fn is_structural(diagnostic: &Diagnostic) -> bool {
    match diagnostic.code {
        Code::UnknownField | Code::WrongType | Code::UnknownKind => true,
        Code::MissingField => diagnostic.headline.contains("needs the field"),
        _ => false,
    }
}

#[test]
fn the_schema_and_the_decoder_agree() {
    let validator = jsonschema::validator_for(&registry::schema(ALL)).unwrap();
    let mut compared = 0;
    for (page, section) in sections("tests/spec/load").into_iter().chain(sections("registry/kinds")) {
        let files = files_of(&section);
        let yaml: Vec<_> = files.iter().filter(|(path, _)| path.ends_with(".yaml")).collect();
        let [(path, text)] = yaml.as_slice() else { continue };
        let mut sources = crate::source::SourceMap::default();
        let text = String::from_utf8((*text).clone()).unwrap();
        let source = sources.add(path, text.as_str());
        let Some(root) = crate::yaml::parse(source, &text).root else { continue };
        let Ok(json) = serde_json::to_value(root.to_value()) else { continue };
        let loaded = load(&Files::Memory(files));
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        let title = &section.title;
        if loaded.registry.is_some() && loaded.entries > 0 {
            assert!(errors.is_empty(), "{page}: {title}\n{}", errors.join("\n"));
            compared += 1;
        } else if !text.contains("${") && loaded.diagnostics.iter().any(is_structural) {
            assert!(!errors.is_empty(), "{page}: {title}: the schema finds nothing wrong");
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared} fixtures were compared");
}
