use super::*;

fn id(text: &str) -> EntryId {
    EntryId::parse(text, None).unwrap()
}

fn variable(name: &str, public: Option<&str>, storage: &str) -> Variable {
    Variable { id: id(name), name: public.map(str::to_owned), storage: id(storage), default: None, readonly: false }
}

/// The process has `TOKEN` and `EMPTY`; the file has `TOKEN` and `FROM_FILE`.
fn env() -> Env {
    let system = [("TOKEN", "from-os"), ("EMPTY", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let files = Files::memory([("secrets.env", "TOKEN=from-file\nFROM_FILE=1\n")]);
    let mut env = Env::new(files, Arc::new(BTreeMap::from(system)));
    let file = FileStorage {
        path: "./secrets.env".to_owned(),
        auto_create: false,
        modes: crate::source::Modes { file: 0o600, folder: 0o700 },
    };
    env.add_storage(id("e:os"), Storage::Os);
    env.add_storage(id("e:file"), Storage::File(file));
    env.add_storage(id("e:memory"), Storage::memory());
    env.add_storage(id("e:static"), Storage::Static(BTreeMap::from([("FIXED".to_owned(), "3".to_owned())])));
    env.add_storage(id("e:chain"), Storage::Router(vec![id("e:memory"), id("e:file"), id("e:os")]));
    env.add_storage(id("e:loop"), Storage::Router(vec![id("e:loop")]));
    env.add_variable(variable("e:token", Some("TOKEN"), "e:chain")).unwrap();
    env.add_variable(variable("e:empty", Some("EMPTY"), "e:os")).unwrap();
    env.add_variable(variable("e:fixed", Some("FIXED"), "e:static")).unwrap();
    env.add_variable(variable("e:hidden", None, "e:memory")).unwrap();
    env.add_variable(variable("e:looping", Some("LOOPING"), "e:loop")).unwrap();
    env
}

#[test]
fn a_router_gives_the_first_value_it_finds() {
    assert_eq!(env().get("TOKEN"), Ok("from-file".to_owned()));
}

#[test]
fn half_a_value_is_an_error_for_who_reads_it_and_for_nobody_else() {
    let files = Files::memory([("secrets.env", "TOKEN=from-file\nFROM_FILE=\"1\"2\"\n")]);
    let mut env = Env { files, ..env() };
    env.add_variable(variable("e:half", Some("FROM_FILE"), "e:file")).unwrap();
    let wrong = env.get("FROM_FILE").unwrap_err().to_string();
    let line =
        "line 2 of the file `./secrets.env` of variables cannot be read: something stands behind the closing quote";
    assert_eq!((wrong.as_str(), env.get("TOKEN")), (line, Ok("from-file".to_owned())));
}

#[test]
fn a_router_is_written_to_at_its_first_storage() {
    let env = env();
    env.set("TOKEN", None, "written").unwrap();
    assert_eq!(env.get("TOKEN"), Ok("written".to_owned()));
}

#[test]
fn an_empty_value_counts_as_none() {
    let mut env = env();
    assert_eq!(env.get("EMPTY"), Err(EnvError::Unset("EMPTY".to_owned())));
    env.variables.get_mut(&id("e:empty")).unwrap().default = Some("d".to_owned());
    assert_eq!(env.get("EMPTY"), Ok("d".to_owned()));
}

#[test]
fn a_variable_is_found_by_name_by_id_and_in_its_namespace() {
    let env = env();
    assert_eq!(env.get("e:fixed"), Ok("3".to_owned()));
    assert_eq!(env.get_from("fixed", Some("e")), Ok("3".to_owned()));
    assert_eq!(env.get("fixed"), Err(EnvError::UnknownVariable("fixed".to_owned())));
}

#[test]
fn a_variable_without_a_public_name_is_kept_under_its_id() {
    let env = env();
    env.set("e:hidden", None, "x").unwrap();
    assert_eq!(env.get("e:hidden"), Ok("x".to_owned()));
    assert!(!env.all().values().any(|value| value == "x"));
}

#[test]
fn what_is_read_only_is_not_written() {
    let mut env = env();
    assert_eq!(env.set("FIXED", None, "4"), Err(EnvError::ReadOnlyStorage("e:static".to_owned())));
    env.variables.get_mut(&id("e:token")).unwrap().readonly = true;
    assert_eq!(env.set("TOKEN", None, "4"), Err(EnvError::ReadOnlyVariable("TOKEN".to_owned())));
}

#[test]
fn a_router_that_leads_to_itself_is_an_error() {
    assert_eq!(env().get("LOOPING"), Err(EnvError::RouterLoop("e:loop".to_owned())));
    assert_eq!(env().set("LOOPING", None, "x"), Err(EnvError::RouterLoop("e:loop".to_owned())));
}

#[test]
fn a_storage_is_asked_once_however_many_ways_lead_to_it() {
    let mut env = env();
    for step in 0..14 {
        let next = id(&format!("e:step{}", step + 1));
        env.add_storage(id(&format!("e:step{step}")), Storage::Router(vec![next; 8]));
    }
    env.add_storage(id("e:step14"), Storage::memory());
    env.add_variable(variable("e:deep", Some("DEEP"), "e:step0")).unwrap();
    // Along each way, this would take years.
    assert_eq!(env.get("DEEP"), Err(EnvError::Unset("DEEP".to_owned())));
}

#[test]
fn a_public_name_belongs_to_one_variable() {
    let mut env = env();
    assert_eq!(env.add_variable(variable("e:other", Some("TOKEN"), "e:os")), Err(id("e:token")));
}

#[test]
fn memory_outlives_a_reload() {
    let old = env();
    old.set("e:hidden", None, "x").unwrap();
    let new = env();
    new.keep_memory_of(&old);
    assert_eq!(new.get("e:hidden"), Ok("x".to_owned()));
}

#[test]
fn all_lists_what_has_a_name_and_a_value() {
    let all = env().all();
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(names, ["FIXED", "TOKEN"]);
}

#[test]
fn values_that_are_written_at_the_same_time_are_all_kept() {
    let project = tempfile::tempdir().unwrap();
    let mut env = Env::new(Files::disk(project.path()).unwrap(), Arc::default());
    let modes = crate::source::Modes { file: 0o600, folder: 0o700 };
    for storage in ["e:one", "e:two"] {
        let file = FileStorage { path: "values.env".to_owned(), auto_create: true, modes };
        env.add_storage(id(storage), Storage::File(file));
    }
    let names: Vec<String> = (0..16).map(|number| format!("V{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        let storage = if number % 2 == 0 { "e:one" } else { "e:two" };
        env.add_variable(variable(&format!("e:{}", name.to_lowercase()), Some(name), storage)).unwrap();
    }
    let written: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = names.iter().map(|name| scope.spawn(|| env.set(name, None, "kept"))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(written, vec![Ok(()); 16]);
    assert_eq!(env.all().into_keys().collect::<Vec<_>>().len(), 16);
}
