//! Examples in the documents are projects, and the program agrees with them.
//!
//! A fenced block whose preceding line is a path in backticks and a colon (`hello/greet.lua`:) is
//! that file. All files of one document and one top folder make one project.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::support::{Project, Running, metonic, server};

/// The files that a document shows, by their path.
pub(crate) fn files_of(document: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut named = None;
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            if let Some(path) = named.take() {
                files.insert(path, body.join("\n") + "\n");
            }
        } else if let Some(path) = path_in(line) {
            named = Some(path);
        } else if !line.trim().is_empty() && !line.starts_with(char::is_lowercase) {
            named = None;
        }
    }
    files
}

/// `path/to/file.lua` of a line that begins with it, in backticks, and goes on to a block.
fn path_in(line: &str) -> Option<String> {
    let (path, _) = line.strip_prefix('`')?.split_once('`')?;
    (path.contains('/') && [".yaml", ".lua", ".json"].iter().any(|end| path.ends_with(end))).then(|| path.to_owned())
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("README.md")];
    for item in std::fs::read_dir(root.join("docs/guide")).unwrap() {
        found.push(item.unwrap().path());
    }
    found.sort();
    found
}

#[test]
fn every_project_in_the_documents_is_right() {
    let mut projects = 0;
    for document in documents() {
        let text = read(&document);
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files_of(&text) {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        for project in std::fs::read_dir(folder.path()).unwrap() {
            let output = metonic(&project.unwrap().path(), ["check", "--deny-warnings"]);
            assert_eq!(output.code, Some(0), "{}:\n{output}", document.display());
            projects += 1;
        }
    }
    assert_eq!(projects, 14, "the README and thirteen pages of the guide show a project each");
}

#[test]
fn the_cart_of_the_guide_is_filled_and_bought() {
    let guide = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/messages.md"));
    let files = files_of(&guide.replace("127.0.0.1:7233", &server().address()));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let project = Project::new(&files);
    let mut running = Running::start(&project.path().join("messages"), ["run", ".", "--log-format", "text"]);
    running.wait_for("Started.");
    server().begin("guide-cart", "shop:cart", "shop", &[]);
    assert_eq!(server().update("guide-cart", "add", "1", &[json!("lamp")]), Ok(json!(1)));
    let rejected = server().update("guide-cart", "add", "2", &[json!(5)]).unwrap_err();
    assert_eq!(rejected["message"], "an item is a text");
    server().signal("guide-cart", "note", &[json!("ring twice")]);
    let status = json!({"items": ["lamp"], "note": "ring twice"});
    assert_eq!(server().query("guide-cart", "status", &[]), Ok(status));
    server().signal("guide-cart", "checkout", &[json!("ann")]);
    let bought = json!({"status": "bought", "by": "ann", "items": ["lamp"], "note": "ring twice"});
    assert_eq!(server().end("guide-cart"), Ok(bought));
    project.part_replays("messages", server(), &["guide-cart"]);
}

#[test]
fn the_order_of_the_guide_is_quoted_and_shipped() {
    let guide = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/children.md"));
    let guide = guide.replace("127.0.0.1:7233", &server().address());
    let files = files_of(&guide.replace("task_queue: shop", "task_queue: guide-children"));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let project = Project::new(&files);
    let mut running = Running::start(&project.path().join("children"), ["run", ".", "--log-format", "text"]);
    running.wait_for("Started.");
    let order = json!({"id": "o-1", "customer": "ann", "lines": ["lamp", "shade"]});
    server().begin("guide-order", "shop:order", "guide-children", &[order]);
    assert_eq!(server().end("guide-order"), Ok(json!({"sent": "o-1", "for_price": 10})));
    project.part_replays("children", server(), &["guide-order"]);
}

#[test]
fn the_notes_of_the_guide_are_kept_and_found() {
    let guide = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/sql.md"));
    let files = files_of(&guide);
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let project = Project::new(&files);
    let call = |arguments: &[&str]| {
        let called = metonic(&project.path().join("sql"), ["call"].iter().chain(arguments));
        (called.code, called.stdout.trim().to_owned())
    };
    assert_eq!(call(&["notes:add", "\"Buy a lamp\"", "[\"home\"]"]), (Some(0), "1".to_owned()));
    assert_eq!(call(&["notes:add", "\"Buy a lamp\"", "[\"away\"]"]).0, Some(1));
    let found = r#"[{"id":1,"title":"Buy a lamp"}]"#.to_owned();
    assert_eq!(call(&["notes:find", "\"home\""]), (Some(0), found));
    assert_eq!(call(&["notes:find", "\"away\""]), (Some(0), "[]".to_owned()));
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for document in markdown_files(root) {
        for target in
            read(&document).split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
        {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            if !document.parent().unwrap().join(path).exists() {
                wrong.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "links to nothing:\n{}", wrong.join("\n"));
}

fn markdown_files(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.join("README.md")];
    let mut folders =
        vec![root.join("docs"), root.join("registry"), root.join("examples"), root.join("tests"), root.join("lua")];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "a test reads the repository itself")]
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
