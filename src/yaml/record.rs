//! Structs that know how they are written: one definition gives the struct, its decoder, its list
//! of fields and its JSON Schema.
//!
//! ```text
//! record! {
//!     /// What the struct is.
//!     pub(crate) struct Restart with defaults checked by consistent {
//!         /// What the field means.
//!         max_delay: Duration = Duration::from_secs(90);
//!         /// A field whose name is a word of Rust.
//!         kind as "type": String;
//!         /// A field with a condition.
//!         jitter: f64 where FRACTION = 0.1;
//!         /// A field that cannot be set yet.
//!         sessions: bool = false, only "there are no sessions yet";
//!     }
//! }
//! ```

/// Defines a struct and how it is written. `with defaults`: every field may be missing, and the
/// struct has a `Default`.
macro_rules! record {
    (@field $field:ident [$($key:literal)?] [$($doc:literal)*] $type:ty, [$($rule:ident)?] [$($default:expr)?] [$($reason:literal)?]) => {
        $crate::yaml::Description::<$type> {
            key: [$($key,)? stringify!($field)][0],
            doc: &[$($doc),*],
            default: [$(Some((|| $default) as fn() -> $type),)? None][0],
            rule: [$(Some(&$rule),)? None][0],
            only_default: [$(Some($reason),)? None][0],
        }
    };
    (@default $name:ident [] $($fields:tt)*) => {};
    (@default $name:ident [$defaults:ident] $($field:ident $description:expr;)*) => {
        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $description.usual(),)* }
            }
        }
    };
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident $(with $defaults:ident)? $(checked by $check:path)? {
            $(
                $(#[doc = $field_doc:literal])*
                $field:ident $(as $key:literal)? : $type:ty
                    $(where $rule:ident)? $(= $default:expr)? $(, only $reason:literal)? ;
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $name {
            $($(#[doc = $field_doc])* $vis $field: $type,)*
        }

        $crate::yaml::record!(@default $name [$($defaults)?] $(
            $field $crate::yaml::record!(@field $field [$($key)?] [$($field_doc)*] $type, [$($rule)?] [$($default)?] [$($reason)?]);
        )*);

        impl $crate::yaml::Record for $name {
            const DOC: &'static str = concat!($($doc, "\n"),*);

            fn fields() -> Vec<$crate::yaml::FieldInfo> {
                vec![$($crate::yaml::record!(@field $field [$($key)?] [$($field_doc)*] $type, [$($rule)?] [$($default)?] [$($reason)?]).info(),)*]
            }
        }

        impl $crate::yaml::Field for $name {
            fn decode(node: &$crate::yaml::Node, cx: &mut $crate::yaml::DecodeCx<'_>) -> Option<Self> {
                #[allow(unused_variables, reason = "a record may be empty")]
                let pairs = cx.pairs(node, &[$([$($key,)? stringify!($field)][0],)*])?;
                #[allow(unused_mut, reason = "a record may be empty")]
                let (mut unread, mut good) = (Vec::new(), true);
                $(let $field = $crate::yaml::record!(@field $field [$($key)?] [$($field_doc)*] $type, [$($rule)?] [$($default)?] [$($reason)?]).decode(pairs, cx, &mut unread);)*
                $(good &= $field.is_some();)*
                // What is said of several fields is said of those that were read, too.
                let record = Self {
                    $($field: match $field {
                        Some(value) => value,
                        None => $crate::yaml::record!(@field $field [$($key)?] [$($field_doc)*] $type, [$($rule)?] [$($default)?] [$($reason)?]).fallback()?,
                    },)*
                };
                #[allow(unused_variables, reason = "not every record is checked")]
                cx.checking(unread, |cx| {
                    $($check(&record, node, cx)?;)?
                    Some(())
                })?;
                good.then_some(record)
            }

            fn type_name() -> String {
                "map".to_owned()
            }

            fn nested() -> Vec<$crate::yaml::FieldInfo> {
                <Self as $crate::yaml::Record>::fields()
            }

            fn schema() -> $crate::yaml::Schema {
                $crate::yaml::Schema::record(&<Self as $crate::yaml::Record>::fields())
            }

            fn show(&self) -> serde_json::Value {
                serde_json::Value::Null
            }
        }
    };
}

/// Defines an enum whose values are words.
macro_rules! choices {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $name:ident {
            $($(#[doc = $value_doc:literal])* $variant:ident = $word:literal,)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name {
            $($(#[doc = $value_doc])* $variant,)*
        }

        impl $crate::yaml::Field for $name {
            fn decode(node: &$crate::yaml::Node, cx: &mut $crate::yaml::DecodeCx<'_>) -> Option<Self> {
                let word = cx.choice(node, &[$($word,)*])?;
                $(if word == $word { return Some(Self::$variant); })*
                None
            }

            fn type_name() -> String {
                [$(concat!("`", $word, "`"),)*].join(" or ")
            }

            fn schema() -> $crate::yaml::Schema {
                $crate::yaml::Schema::or_placeholder(serde_json::json!({"enum": [$($word,)*]}))
            }

            fn show(&self) -> serde_json::Value {
                match self {
                    $(Self::$variant => serde_json::json!($word),)*
                }
            }
        }
    };
}

pub(crate) use {choices, record};
