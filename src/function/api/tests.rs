//! The stubs in `lua/types` name what the modules of functions have.

use super::OWN;
use crate::lua::{sandbox::open, testing::stub_problems};

const STUBS: [(&str, &str); OWN.len()] = [
    ("activity", include_str!("../../../lua/types/activity.lua")),
    ("ctx", include_str!("../../../lua/types/ctx.lua")),
    ("env", include_str!("../../../lua/types/env.lua")),
    ("funcs", include_str!("../../../lua/types/funcs.lua")),
    ("http_client", include_str!("../../../lua/types/http_client.lua")),
    ("logger", include_str!("../../../lua/types/logger.lua")),
    ("metrics", include_str!("../../../lua/types/metrics.lua")),
    ("sql", include_str!("../../../lua/types/sql.lua")),
    ("time", include_str!("../../../lua/types/time.lua")),
];

#[test]
fn stubs_and_modules_name_the_same_things() {
    for module in OWN {
        let (_, stub) = STUBS.iter().find(|(name, _)| *name == module.name).expect(module.name);
        assert_eq!(stub_problems(&open(&super::PROFILE).unwrap(), &module, stub), Vec::<String>::new());
    }
}
