use super::*;
use crate::lua::testing::{lua, stub_problems};

const STUBS: &[(&str, &str)] = &[
    ("base64", include_str!("../../../lua/types/base64.lua")),
    ("crypto", include_str!("../../../lua/types/crypto.lua")),
    ("errors", include_str!("../../../lua/types/errors.lua")),
    ("hash", include_str!("../../../lua/types/hash.lua")),
    ("json", include_str!("../../../lua/types/json.lua")),
    ("os", include_str!("../../../lua/types/os.lua")),
    ("payload", include_str!("../../../lua/types/payload.lua")),
    ("uuid", include_str!("../../../lua/types/uuid.lua")),
    ("yaml", include_str!("../../../lua/types/yaml.lua")),
];

#[test]
fn stubs_and_modules_name_the_same_things() {
    for module in PURE.iter().chain(PURE_GLOBALS) {
        let (_, stub) = STUBS.iter().find(|(name, _)| *name == module.name).expect(module.name);
        assert_eq!(stub_problems(&lua(), module, stub), Vec::<String>::new());
    }
}
