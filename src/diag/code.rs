//! The closed list of what can be wrong. Each code has a page in `docs/errors`, which
//! `metonic explain CODE` prints.

macro_rules! codes {
    ($($variant:ident = $slug:literal,)*) => {
        /// What is wrong, as a name that can be searched for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Code {
            $($variant,)*
        }

        impl Code {
            pub(crate) const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The name people see: `unknown-kind`.
            pub(crate) fn slug(self) -> &'static str {
                match self {
                    $(Code::$variant => $slug,)*
                }
            }

            /// The page of `docs/errors` about it.
            pub(crate) fn page(self) -> &'static str {
                match self {
                    $(Code::$variant => include_str!(concat!("../../docs/errors/", $slug, ".md")),)*
                }
            }
        }
    };
}

codes! {
    AmbiguousValue = "ambiguous-value",
    BadEntry = "bad-entry",
    BadEncoding = "bad-encoding",
    BadHistory = "bad-history",
    BadId = "bad-id",
    BadPlaceholder = "bad-placeholder",
    BadValue = "bad-value",
    ConnectFailed = "connect-failed",
    DependencyCycle = "dependency-cycle",
    DroppedError = "dropped-error",
    DuplicateEntry = "duplicate-entry",
    DuplicateKey = "duplicate-key",
    DuplicateType = "duplicate-type",
    DuplicateVariable = "duplicate-variable",
    EndlessHistory = "endless-history",
    EndlessLoop = "endless-loop",
    FileLeavesProject = "file-leaves-project",
    FileMissing = "file-missing",
    FileUnreadable = "file-unreadable",
    ForbiddenModule = "forbidden-module",
    InternalError = "internal-error",
    LuaError = "lua-error",
    LuaSyntax = "lua-syntax",
    MissingField = "missing-field",
    MissingHeartbeat = "missing-heartbeat",
    MissingMethod = "missing-method",
    NativeIteration = "native-iteration",
    NilInList = "nil-in-list",
    NoEntries = "no-entries",
    NoProject = "no-project",
    NonDeterminism = "non-determinism",
    ReservedName = "reserved-name",
    ShortenedTimeout = "shortened-timeout",
    UndefinedVariable = "undefined-variable",
    UnknownField = "unknown-field",
    UnknownKind = "unknown-kind",
    UnknownModule = "unknown-module",
    UnknownReference = "unknown-reference",
    UnsupportedOption = "unsupported-option",
    UnusedAllow = "unused-allow",
    UnusedEnvironment = "unused-environment",
    UselessTimeout = "useless-timeout",
    WrongKind = "wrong-kind",
    WrongType = "wrong-type",
    YamlLimit = "yaml-limit",
    YamlSyntax = "yaml-syntax",
}

impl Code {
    pub(crate) fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.slug() == slug)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.slug())
    }
}
