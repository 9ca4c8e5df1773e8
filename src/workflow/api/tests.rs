//! The stubs in `lua/types` name what the modules that only workflows have, have.

use super::{OWN, process::Process};
use crate::lua::{ModuleDef, sandbox::open, testing::stub_problems};

const STUBS: [(&str, &str); 8] = [
    ("ctx", include_str!("../../../lua/types/ctx.lua")),
    ("funcs", include_str!("../../../lua/types/funcs.lua")),
    ("logger", include_str!("../../../lua/types/logger.lua")),
    ("metrics", include_str!("../../../lua/types/metrics.lua")),
    ("process", include_str!("../../../lua/types/process.lua")),
    ("saga", include_str!("../../../lua/types/saga.lua")),
    ("time", include_str!("../../../lua/types/time.lua")),
    ("workflow", include_str!("../../../lua/types/workflow.lua")),
];

#[test]
fn stubs_and_modules_name_the_same_things() {
    for module in OWN.into_iter().chain([ModuleDef::of::<Process>()]) {
        let (_, stub) = STUBS.iter().find(|(name, _)| *name == module.name).expect(module.name);
        assert_eq!(stub_problems(&open(&super::PROFILE).unwrap(), &module, stub), Vec::<String>::new());
    }
}
