//! Checks, once a process, that this build of the engine computes as every other.
//!
//! A compiler that fuses a multiplication and an addition changes the last digit of `%` and of
//! sums. A run would then replay differently on such a machine, so such a build opens no state.

use std::sync::OnceLock;

use mlua::{Lua, chunk::ChunkMode};

use super::LIBRARY_CHUNK;
use crate::source::Digest;

const SCRIPT: &str = r#"
    local results, x = {}, 0.1
    for i = 1, 500 do
        x = (x * 1.37 + i / 7) % 97.3
        results[i] = `{x} {x % 1.7} {-x // 0.3} {x * x - i * 0.1}`
    end
    return table.concat(results, "\n")
"#;

/// What the script gives everywhere.
const EXPECTED: &str = "0f8f99df636a";

static COMPUTES_ALIKE: OnceLock<bool> = OnceLock::new();

/// Fails if this build computes differently. `lua` is a state with the engine's own functions.
pub(super) fn check(lua: &Lua) -> mlua::Result<()> {
    let alike = if let Some(alike) = COMPUTES_ALIKE.get() {
        *alike
    } else {
        let text: String = lua.load(SCRIPT).set_name(LIBRARY_CHUNK).set_mode(ChunkMode::Text).eval()?;
        *COMPUTES_ALIKE.get_or_init(|| Digest::of(text.as_bytes()).short() == EXPECTED)
    };
    if alike {
        return Ok(());
    }
    Err(mlua::Error::runtime(
        "this build of metonic computes other digits than its releases do, so histories would not replay; \
         build the engine with `-ffp-contract=off`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_build_computes_as_every_other() {
        let lua = Lua::new();
        let text: String = lua.load(SCRIPT).eval().unwrap();
        assert_eq!(Digest::of(text.as_bytes()).short(), EXPECTED);
    }
}
