//! Databases, as functions use them: on real files, each test with its own.

use tempfile::TempDir;

use super::*;
use crate::function::sql::Opened;

/// A bench with the database `app:db` in a file, with the table `item(id, name, price)`.
pub(super) struct Shop {
    bench: Bench,
    folder: TempDir,
    db: Opened,
}

impl Shop {
    async fn open() -> Self {
        Self::with(|config| config).await
    }

    pub(super) async fn with(change: impl FnOnce(PoolConfig) -> PoolConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = PoolConfig {
            id: EntryId::parse("app:db", None).unwrap(),
            file: Some(folder.path().canonicalize().unwrap().join("shop.db")),
            max_open: 4,
            max_idle: 4,
            max_lifetime: None,
        };
        let databases = Databases::new(Handle::current());
        let db = databases.add(change(config));
        let mut bench = Bench::new();
        let known = vec![db.pool.id().clone()];
        let databases = ProjectDatabases { databases, known };
        bench.world = Arc::new(World { databases, grace: Duration::ZERO, ..World::clone(&bench.world) });
        let shop = Self { bench, folder, db };
        let made = "return db:execute('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL)')";
        shop.value(made).await;
        shop
    }

    async fn outcome(&self, body: &str) -> FunctionOutcome {
        self.bench.run_with(&entry("f", &code(body)), task(Vec::new()), alone()).await
    }

    /// What a function with `sql` and `db` gives.
    pub(super) async fn value(&self, body: &str) -> String {
        match self.outcome(body).await {
            FunctionOutcome::Completed(value) => value.to_json(),
            other => panic!("{body}: {other:?}"),
        }
    }

    async fn failure(&self, body: &str) -> Failure {
        match self.outcome(body).await {
            FunctionOutcome::Failed(failure) => failure,
            other => panic!("{body}: {other:?}"),
        }
    }

    /// The failure's kind, whether it may be tried again, and its message.
    async fn problem(&self, body: &str) -> (String, Option<bool>, String) {
        let failure = self.failure(body).await;
        (failure.kind, failure.retryable, failure.message)
    }

    pub(super) async fn items(&self) -> String {
        self.value("return db:query('SELECT name FROM item ORDER BY id')").await
    }
}

fn code(body: &str) -> String {
    format!("local sql = require('sql')\nreturn function(...) local db = assert(sql.get('db')) {body}\nend")
}

#[tokio::test]
async fn rows_are_written_and_read() {
    let shop = Shop::open().await;
    let body = r#"
        local one = db:execute("INSERT INTO item (name, price) VALUES (?, ?)", { "lamp", 12.5 })
        local two = db:execute("INSERT INTO item (name) VALUES (:name)", { name = "desk" })
        local raised = db:execute("UPDATE item SET price = 1 WHERE price IS NULL")
        return { one, two, raised, db:query("SELECT * FROM item WHERE id >= ? ORDER BY id", { 1 }) }
    "#;
    assert_eq!(
        shop.value(body).await,
        r#"[{"last_insert_id":1,"rows_affected":1},{"last_insert_id":2,"rows_affected":1},{"last_insert_id":0,"rows_affected":1},[{"id":1,"name":"lamp","price":12.5},{"id":2,"name":"desk","price":1}]]"#
    );
}

#[tokio::test]
async fn values_keep_what_they_are() {
    let shop = Shop::open().await;
    let body = r#"
        local json = require("json")
        db:execute("CREATE TABLE kept (big INTEGER, whole REAL, part REAL, word TEXT, raw BLOB, yes BOOLEAN, none TEXT)")
        local big = json.decode("9007199254740993")
        local bytes = "\0\255\1"
        db:execute("INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)", { big, 2, 0.1, "é", bytes, true, sql.NULL })
        local row = db:query("SELECT *, typeof(raw) AS blob, typeof(big) AS int FROM kept")[1]
        return { tostring(row.big), row.big == big, row.whole, row.part, row.word, row.raw == bytes, row.yes, row.none == nil, row.blob, row.int }
    "#;
    let kept = r#"["9007199254740993",true,2,0.1,"é",true,true,true,"blob","integer"]"#;
    assert_eq!(shop.value(body).await, kept);
}

#[tokio::test]
async fn a_value_says_how_it_is_written() {
    let shop = Shop::open().await;
    let body = r#"
        local row = db:query(
            "SELECT typeof(?) AS a, typeof(?) AS b, typeof(?) AS c, typeof(?) AS d, typeof(?) AS e",
            { sql.as.float(1), sql.as.int("7"), sql.as.text(5), sql.as.binary("text"), sql.as.null() }
        )[1]
        return { row.a, row.b, row.c, row.d, row.e }
    "#;
    assert_eq!(shop.value(body).await, r#"["real","integer","text","blob","null"]"#);
}

#[tokio::test]
async fn a_prepared_statement_runs_often() {
    let shop = Shop::open().await;
    let body = r#"
        local insert = db:prepare("INSERT INTO item (name) VALUES (?)")
        for _, name in ipairs({ "a", "b", "c" }) do insert:execute({ name }) end
        insert:close()
        local _, closed = pcall(insert.execute, insert, { "d" })
        local _, wrong = db:prepare("INSERT INTO nowhere VALUES (1)")
        return { closed, wrong:message() }
    "#;
    assert_eq!(
        shop.value(body).await,
        r#"["f.lua:6: stmt:execute: the statement is closed","`app:db`: no such table: nowhere"]"#
    );
    assert_eq!(shop.items().await, r#"[{"name":"a"},{"name":"b"},{"name":"c"}]"#);
}

#[tokio::test]
async fn a_transaction_is_kept_when_it_is_committed() {
    let shop = Shop::open().await;
    let body = r#"
        local tx = db:begin({ isolation = sql.isolation.SERIALIZABLE })
        tx:execute("INSERT INTO item (name) VALUES ('a')")
        tx:savepoint("one")
        tx:execute("INSERT INTO item (name) VALUES ('b')")
        tx:rollback_to("one")
        local seen = { #tx:query("SELECT * FROM item"), #db:query("SELECT * FROM item") }
        tx:commit()
        local _, ended = tx:execute("INSERT INTO item (name) VALUES ('c')")
        return { seen, ended:message() }
    "#;
    assert_eq!(shop.value(body).await, r#"[[1,0],"the transaction has ended"]"#);
    assert_eq!(shop.items().await, r#"[{"name":"a"}]"#);
}

#[tokio::test]
async fn what_is_not_committed_is_taken_back_when_the_call_ends() {
    let shop = Shop::with(|config| PoolConfig { max_open: 1, ..config }).await;
    for end in ["return 1", "error('broken')", "return nil, errors.new('Mine', 'no')", "tx:rollback()"] {
        let body = format!("local tx = db:begin() tx:execute(\"INSERT INTO item (name) VALUES ('a')\") {end}");
        shop.outcome(&body).await;
        assert_eq!(shop.items().await, "[]", "{end}");
    }
}

#[tokio::test]
async fn a_transaction_that_only_reads_cannot_write_and_leaves_the_connection_as_it_was() {
    let shop = Shop::with(|config| PoolConfig { max_open: 1, ..config }).await;
    let body = r#"
        local tx = db:begin({ read_only = true })
        local _, err = tx:execute("INSERT INTO item (name) VALUES ('a')")
        tx:rollback()
        db:execute("INSERT INTO item (name) VALUES ('b')")
        return { err:kind(), err:retryable() }
    "#;
    assert_eq!(shop.value(body).await, r#"["PermissionDenied",false]"#);
    assert_eq!(shop.items().await, r#"[{"name":"b"}]"#);
}

#[tokio::test]
async fn errors_say_what_they_are_and_nothing_of_the_values() {
    let shop = Shop::open().await;
    shop.value("return db:execute(\"INSERT INTO item (name) VALUES ('secret')\")").await;
    let already = shop.failure("return db:execute('INSERT INTO item (name) VALUES (?)', { 'secret' })").await;
    assert_eq!((already.kind.as_str(), already.retryable), ("AlreadyExists", Some(false)));
    assert_eq!(already.message, "`app:db`: UNIQUE constraint failed: item.name");
    assert_eq!(already.details.unwrap().to_json(), r#"{"constraint":"unique"}"#);
    for (body, message) in [
        ("return db:query('SELEC 1')", "`app:db`: near \"SELEC\": syntax error"),
        ("return db:query('SELECT 1\\0 FROM')", "`app:db`: the statement has a zero byte in it"),
        ("return db:query('')", "`app:db`: this is no statement"),
        ("return db:query('SELECT 1; SELECT 2')", "`app:db`: these are several statements; run one at a time"),
        ("return db:query('SELECT ?')", "`app:db`: the statement has 1 parameters, and 0 were given"),
        ("return db:query('SELECT :a', { b = 1 })", "`app:db`: the parameter `a` has no value"),
        ("return db:query('SELECT :a', { a = 1, b = 1 })", "`app:db`: the statement has no parameter `b`"),
        ("return db:query('SELECT ?', { { 1 } })", "`app:db`: a list is no value of a database; encode it with `json`"),
        (
            "return db:query('SELECT 1 AS a, 2 AS a')",
            "`app:db`: two columns are called `a`; name one of them with `AS`",
        ),
    ] {
        assert_eq!(shop.problem(body).await, ("Invalid".to_owned(), Some(false), message.to_owned()));
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_with_one_that_is() {
    let shop = Shop::open().await;
    assert_eq!(
        shop.problem("return sql.get('app:dbb')").await,
        (
            "NotFound".to_owned(),
            Some(false),
            "no database of this project is called `app:dbb`; did you mean `app:db`?".to_owned()
        )
    );
    drop(shop.db);
    let body = "return function() return require('sql').get('app:db') end";
    let outcome = shop.bench.run_with(&entry("f", body), task(Vec::new()), alone()).await;
    let FunctionOutcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!((failure.kind.as_str(), failure.retryable), ("Unavailable", Some(true)));
}

#[tokio::test]
async fn nothing_leaves_the_file() {
    let shop = Shop::open().await;
    let outside = shop.folder.path().join("outside.db");
    let outside = outside.display();
    for (sql, why) in [
        (format!("ATTACH '{outside}' AS other"), "no `ATTACH`"),
        (format!("ATTACH '{outside}' || '' AS other"), "does what metonic does not know"),
        ("ATTACH ':memory:' AS other".to_owned(), "no `ATTACH`"),
        (format!("VACUUM INTO '{outside}'"), "no `ATTACH`"),
        ("SELECT load_extension('x')".to_owned(), "brings in code"),
        ("PRAGMA writable_schema = ON".to_owned(), "changes how connections work"),
        ("PRAGMA journal_mode = DELETE".to_owned(), "changes how connections work"),
        ("PRAGMA temp_store_directory = '/tmp'".to_owned(), "changes how connections work"),
        ("SELECT * FROM pragma_database_list".to_owned(), "what is not the code's business"),
        ("CREATE TEMP TABLE t (a)".to_owned(), "left for whoever gets the connection next"),
        ("BEGIN".to_owned(), "`db:begin()`"),
        ("SAVEPOINT a".to_owned(), "`tx:savepoint(name)`"),
    ] {
        let (kind, retryable, message) = shop.problem(&format!("return db:execute([[{sql}]])")).await;
        assert_eq!((kind.as_str(), retryable), ("PermissionDenied", Some(false)), "{sql}: {message}");
        assert!(message.contains(why), "{sql}: {message}");
    }
    assert!(!shop.folder.path().join("outside.db").exists());
    assert_eq!(shop.value("return db:query('PRAGMA table_info(item)')[2].name").await, r#""name""#);
}

#[tokio::test]
async fn a_result_has_an_end() {
    let shop = Shop::open().await;
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    for (sql, message) in [
        (format!("{numbers} SELECT i FROM n"), "the query gives more than 100000 rows; use `LIMIT`"),
        (
            format!("{numbers} SELECT hex(zeroblob(100000)) AS b FROM n"),
            "the query gives more than 16 MiB; ask for less at a time",
        ),
    ] {
        let (kind, _, said) = shop.problem(&format!("return db:query([[{sql}]])")).await;
        assert_eq!((kind.as_str(), said), ("Invalid", format!("`app:db`: {message}")));
    }
    assert_eq!(shop.problem("return db:query('SELECT zeroblob(100000000)')").await.0, "Invalid");
}

#[tokio::test]
async fn ten_thousand_statements_at_once_are_refused_before_they_are_read() {
    let shop = Shop::open().await;
    let body = "return db:query(('SELECT 1;'):rep(100000))";
    assert!(shop.problem(body).await.2.ends_with("these are several statements; run one at a time"));
}

/// A statement that never ends by itself.
const ENDLESS: &str =
    "db:query('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n')";

#[tokio::test]
async fn a_call_that_is_cancelled_stops_its_statement() {
    let shop = Shop::with(|config| PoolConfig { max_open: 1, ..config }).await;
    let (tx, context) = cancellable();
    let entry = entry("f", &code(&format!("return {ENDLESS}")));
    let call = shop.bench.run_with(&entry, task(Vec::new()), context);
    let cancel = async {
        while shop.db.pool.stats().in_use == 0 {
            tokio::task::yield_now().await;
        }
        tx.send_replace(Some(CancelReason::Cancel));
    };
    let (outcome, ()) = tokio::join!(call, cancel);
    assert!(matches!(outcome, FunctionOutcome::Cancelled(_)), "{outcome:?}");
    // The one connection is free again.
    assert_eq!(shop.items().await, "[]");
}

#[tokio::test]
async fn a_call_whose_time_runs_out_stops_its_statement_and_its_transaction() {
    let shop = Shop::with(|config| PoolConfig { max_open: 1, ..config }).await;
    let body = format!(
        "local tx = db:begin() tx:execute(\"INSERT INTO item (name) VALUES ('a')\") return {}",
        ENDLESS.replace("db:", "tx:")
    );
    let task = FunctionTask { start_to_close: Some(Duration::from_millis(50)), ..task(Vec::new()) };
    let outcome = shop.bench.run_with(&entry("f", &code(&body)), task, alone()).await;
    let FunctionOutcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.kind, "Timeout");
    assert_eq!(shop.items().await, "[]");
}

#[tokio::test]
async fn a_statement_holds_up_nobody_else_on_the_lane() {
    let shop = Shop::open().await;
    let body = format!(
        r#"
        local time = require("time")
        local done = channel.new(1)
        coroutine.spawn(function() time.sleep("1ms") done:send("slept") end)
        coroutine.spawn(function() {ENDLESS} end)
        return (done:receive())
    "#
    );
    assert_eq!(shop.value(&body).await, r#""slept""#);
}

#[tokio::test]
async fn a_database_that_another_one_writes_may_be_tried_again() {
    let shop = Shop::open().await;
    let other = rusqlite::Connection::open(shop.folder.path().join("shop.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (kind, retryable, message) = shop.problem("return db:execute('DELETE FROM item')").await;
    assert_eq!(
        (kind.as_str(), retryable, message.as_str()),
        ("Unavailable", Some(true), "`app:db`: database is locked")
    );
}

#[tokio::test]
async fn connections_are_kept_up_to_a_number_and_an_age() {
    let shop = Shop::with(|config| PoolConfig { max_open: 2, max_idle: 1, ..config }).await;
    let body = r"
        local one, two = db:begin({ read_only = true }), db:begin({ read_only = true })
        local stats = db:stats()
        one:rollback()
        two:rollback()
        return { stats.in_use, stats.open_connections, db:stats().idle }
    ";
    assert_eq!(shop.value(body).await, "[2,2,1]");
    let shop = Shop::with(|config| PoolConfig { max_lifetime: Some(Duration::ZERO), ..config }).await;
    assert_eq!(shop.value("db:query('SELECT 1') return db:stats().idle").await, "0");
}

#[tokio::test]
async fn a_database_in_memory_stays_while_it_runs() {
    let memory = |config| PoolConfig { file: None, max_open: 4, max_idle: 0, ..config };
    let shop = Shop::with(memory).await;
    shop.value("return db:execute(\"INSERT INTO item (name) VALUES ('a')\")").await;
    assert_eq!(shop.items().await, r#"[{"name":"a"}]"#);
}

#[tokio::test]
async fn misuse_is_raised() {
    let shop = Shop::open().await;
    for (body, message) in [
        ("db.query('SELECT 1')", "db:query: call it with a colon, on what `sql.get` gave"),
        ("db:query(1)", "db:query: `sql` must be a string, got a number"),
        ("db:query('SELECT ?, ?', { 1, nil, 3 })", "db:query: `params` is a list with holes; put `sql.NULL` there"),
        ("db:begin({ isolaton = 'x' })", "db:begin: unknown option `isolaton`; did you mean `isolation`?"),
        ("db:release() db:query('SELECT 1')", "db:query: the database was released; get it again"),
        ("return sql.builder", "sql.builder: metonic builds no statements; write the SQL, with `?` for its values"),
    ] {
        let failure = shop.failure(body).await;
        assert_eq!(failure.kind, "LuaError");
        assert!(failure.message.ends_with(message), "{}", failure.message);
    }
}

#[tokio::test]
async fn closing_waits_for_what_runs_and_refuses_what_comes() {
    let shop = Shop::open().await;
    shop.db.pool.close().await;
    assert_eq!(shop.problem("return db:query('SELECT 1')").await.2, "`app:db` is stopping");
    let left: Vec<_> = std::fs::read_dir(shop.folder.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(left, ["shop.db"], "the journal is written into the file");
}
