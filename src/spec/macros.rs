//! The macros that say a shape once.

/// A mapping with known keys.
///
/// Each field is `required` or `optional`, has a doc comment (it becomes the schema's description and the book's text),
/// a Rust type that is a [`Shape`](crate::spec::Shape), and its key. `one_of` names keys of which exactly one must be
/// given.
#[macro_export]
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $presence:ident $field:ident : $type:ty = $key:literal
            ),* $(,)?
        }
        $(one_of [$($one:literal),+ $(,)?];)?
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(
                $(#[doc = $field_doc])*
                pub $field: $crate::record!(@type $presence $type),
            )*
        }

        impl $crate::spec::Shape for $name {
            fn schema(definitions: &mut $crate::spec::Definitions) -> serde_json::Value {
                definitions.define::<Self>(stringify!($name), |definitions| {
                    $crate::spec::object(
                        concat!($($doc),*),
                        vec![$((
                            $key,
                            concat!($($field_doc),*),
                            $crate::record!(@required $presence),
                            <$type as $crate::spec::Shape>::schema(definitions),
                        )),*],
                        &[$($($one),+)?],
                    )
                })
            }

            fn decode(node: &$crate::syntax::Node, decoder: &mut $crate::spec::Decoder) -> Option<Self> {
                let mut fields = decoder.fields(node, &[$($key),*], &[$($($one),+)?])?;
                $(let $field = fields.$presence::<$type>($key, decoder);)*
                fields.finish()?;
                Some(Self { $($field: $crate::record!(@unwrap $presence $field)),* })
            }
        }
    };
    (@type required $type:ty) => { $crate::source::Located<$type> };
    (@type optional $type:ty) => { Option<$crate::source::Located<$type>> };
    (@required required) => { true };
    (@required optional) => { false };
    (@unwrap required $field:ident) => { $field? };
    (@unwrap optional $field:ident) => { $field };
}

/// One word out of a few.
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident {
            $( $(#[doc = $variant_doc:literal])* $variant:ident = $word:literal ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $( $(#[doc = $variant_doc])* $variant ),*
        }

        impl $name {
            /// The word as it is written.
            #[allow(dead_code, reason = "not every choice is written back")]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl $crate::spec::Shape for $name {
            fn schema(_: &mut $crate::spec::Definitions) -> serde_json::Value {
                serde_json::json!({
                    "enum": [$($word),*],
                    "markdownEnumDescriptions": [$(concat!($($variant_doc),*).trim()),*],
                })
            }

            fn decode(node: &$crate::syntax::Node, decoder: &mut $crate::spec::Decoder) -> Option<Self> {
                match decoder.word(node, &[$($word),*])? {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
