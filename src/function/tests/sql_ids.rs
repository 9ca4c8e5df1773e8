//! `last_insert_id`: of the row that a statement itself inserted, and of no other.

use super::{sql::Shop, *};

/// A shop with one connection, that has inserted the lamp with the id 1, and `setup`.
async fn with_a_lamp(setup: &str) -> Shop {
    let shop = Shop::with(|config| PoolConfig { max_open: 1, max_idle: 1, ..config }).await;
    shop.value(&format!("assert(db:execute([[{setup}]]))")).await;
    shop.value("assert(db:execute([[INSERT INTO item (name, price) VALUES ('lamp', 1)]]))").await;
    shop
}

impl Shop {
    /// The id and the number of rows that a statement gives.
    async fn executed(&self, sql: &str) -> String {
        self.value(&format!(
            "local done = assert(db:execute([[{sql}]])) return {{ done.last_insert_id, done.rows_affected }}"
        ))
        .await
    }
}

#[tokio::test]
async fn a_row_without_an_id_does_not_get_the_id_of_an_earlier_one() {
    let shop = with_a_lamp("CREATE TABLE tag (name TEXT PRIMARY KEY) WITHOUT ROWID").await;
    assert_eq!(shop.executed("INSERT INTO tag VALUES ('old')").await, "[0,1]");
}

#[tokio::test]
async fn a_row_that_is_updated_in_place_of_an_insertion_has_no_last_id() {
    let shop = with_a_lamp("CREATE TABLE tag (name TEXT)").await;
    let upsert = "INSERT INTO item (name, price) VALUES ('lamp', 2) ON CONFLICT (name) DO UPDATE SET price = 2";
    assert_eq!(shop.executed(upsert).await, "[0,1]");
    let desk = "INSERT INTO item (name, price) VALUES ('desk', 2) ON CONFLICT (name) DO UPDATE SET price = 2";
    assert_eq!(shop.executed(desk).await, "[2,1]");
}

#[tokio::test]
async fn the_same_id_in_another_table_is_the_id_of_a_row() {
    let shop = with_a_lamp("CREATE TABLE tag (name TEXT)").await;
    assert_eq!(shop.executed("INSERT INTO tag VALUES ('old')").await, "[1,1]");
}

#[tokio::test]
async fn what_a_trigger_inserts_is_not_the_last_id() {
    let trigger = "CREATE TRIGGER noted AFTER UPDATE ON item BEGIN INSERT INTO item (id, name) VALUES (7, 'note'); END";
    let shop = with_a_lamp(trigger).await;
    let upsert = "INSERT INTO item (name, price) VALUES ('lamp', 2) ON CONFLICT (name) DO UPDATE SET price = 2";
    assert_eq!(shop.executed(upsert).await, "[0,1]");
    assert_eq!(shop.items().await, r#"[{"name":"lamp"},{"name":"note"}]"#);
}

#[tokio::test]
async fn a_row_that_takes_the_place_of_another_has_a_last_id() {
    let shop = with_a_lamp("CREATE TABLE tag (name TEXT)").await;
    assert_eq!(shop.executed("REPLACE INTO item (id, name) VALUES (1, 'desk')").await, "[1,1]");
}

#[tokio::test]
async fn the_same_id_in_an_index_of_words_is_the_id_of_a_row() {
    let shop = with_a_lamp("CREATE VIRTUAL TABLE word USING fts5 (text)").await;
    assert_eq!(shop.executed("INSERT INTO word (rowid, text) VALUES (1, 'a lamp')").await, "[1,1]");
    assert_eq!(shop.executed("DELETE FROM word").await, "[0,1]");
}
