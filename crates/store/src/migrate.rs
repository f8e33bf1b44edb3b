//! The version of the log's schema, and the way from older ones. Each step runs in one transaction.

use rusqlite::Connection;

use crate::StoreError;

/// The version that this program writes.
pub const SCHEMA_VERSION: i64 = 2;

/// The steps: `STEPS[n]` takes a file of version `n` to `n + 1`. Steps are never changed once shipped, only added.
const STEPS: [&str; SCHEMA_VERSION as usize] = [include_str!("schema.sql"), include_str!("schema-2.sql")];

/// Brings the file to [`SCHEMA_VERSION`].
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { found, known: SCHEMA_VERSION });
    }
    for (version, step) in STEPS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[test]
    fn a_new_file_is_of_the_newest_version_and_opens_twice() {
        let store = Store::in_memory().expect("opens");
        let again = Store::over(store.into_connection()).expect("opens again");
        let version: i64 =
            again.connection().pragma_query_value(None, "user_version", |row| row.get(0)).expect("has a version");
        assert_eq!(version, SCHEMA_VERSION);
    }

    #[test]
    fn a_file_of_an_older_version_goes_on_with_all_that_is_in_it() {
        let connection = Connection::open_in_memory().expect("opens");
        connection.execute_batch(STEPS[0]).expect("is the first version");
        connection.pragma_update(None, "user_version", 1).expect("sets");
        connection.execute("INSERT INTO setting (name, value) VALUES ('kept', x'01')", []).expect("writes");
        let store = Store::over(connection).expect("opens");
        assert_eq!(store.setting("kept").expect("reads"), Some(vec![1]));
        store.set_aside("asks", "a", Some("b"), 7).expect("has the table of the second version");
    }

    #[test]
    fn a_newer_file_is_refused_untouched() {
        let connection = Connection::open_in_memory().expect("opens");
        connection.pragma_update(None, "user_version", SCHEMA_VERSION + 1).expect("sets");
        let refused = Store::over(connection).err();
        assert!(matches!(refused, Some(StoreError::Newer { .. })), "{refused:?}");
    }
}
