//! What may be written for a resource type: `schemas.txt`, in which each line describes a type. A line is read when
//! somebody asks for its type.

use std::sync::{LazyLock, OnceLock};

use serde_json::Value as Json;

use super::pattern::Pattern;

/// What a property may hold.
#[derive(Debug, Default)]
pub struct Shape {
    /// Empty: anything.
    pub types: Types,
    /// By name, sorted.
    properties: Vec<(String, ShapeId)>,
    /// Other properties are allowed beside these.
    pub open: bool,
    /// The keys that the author chooses, by the pattern they have to fit; an empty pattern fits every key.
    pub keys: Vec<(Pattern, ShapeId)>,
    pub required: Vec<String>,
    pub items: Option<ShapeId>,
    /// Equal items are refused.
    pub unique: bool,
    /// The only texts that are allowed; empty: every text.
    pub values: Vec<String>,
    /// Upper and lower case are the same in `values`.
    pub any_case: bool,
    pub pattern: Option<Pattern>,
    /// Characters of a text, items of a list, or entries of a map.
    pub length: Limits,
    pub range: Limits,
    /// Of each of these, exactly one group of properties is given.
    pub one_of: Vec<Vec<Vec<String>>>,
    /// Of each of these, at least one group of properties is given.
    pub any_of: Vec<Vec<Vec<String>>>,
    /// A property and those that have to be given beside it.
    pub needs: Vec<(String, Vec<String>)>,
    /// A property and those that must not be given beside it.
    pub excludes: Vec<(String, Vec<String>)>,
}

/// Which types of JSON are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types {
    pub text: bool,
    pub integer: bool,
    pub number: bool,
    pub boolean: bool,
    pub list: bool,
    pub map: bool,
}

/// The least and the most, both allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    pub least: Option<f64>,
    pub most: Option<f64>,
}

/// A place among the shapes of a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeId(usize);

/// The description of one resource type. Pointers are JSON pointers below the properties, with `*` for every item of
/// a list.
#[derive(Debug)]
pub struct Schema {
    shapes: Vec<Shape>,
    root: ShapeId,
    /// AWS sets these; a template cannot.
    pub read_only: Vec<String>,
    /// A change of these replaces the resource.
    pub create_only: Vec<String>,
    /// A change of these may replace the resource.
    pub conditional_create_only: Vec<String>,
    /// AWS never returns these.
    pub write_only: Vec<String>,
    /// What tells two resources of the type apart within an account and a Region.
    pub identifier: Vec<String>,
    /// The type is older than the registry, which does not check it before the service does.
    pub legacy: bool,
}

struct Line {
    name: &'static str,
    description: &'static str,
    schema: OnceLock<Option<Schema>>,
}

const TEXT: &str = include_str!("schemas.txt");

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, description) = line.split_once(' ').unwrap_or((line, ""));
            Line { name, description, schema: OnceLock::new() }
        })
        .collect()
});

/// The description of a type such as `AWS::Kinesis::Stream`; `None` when there is none.
pub fn get(resource_type: &str) -> Option<&'static Schema> {
    let line = line(resource_type)?;
    line.schema.get_or_init(|| serde_json::from_str(line.description).ok().as_ref().map(Schema::read)).as_ref()
}

/// Whether CloudFormation has such a type in some Region, described or not.
pub fn exists(resource_type: &str) -> bool {
    line(resource_type).is_some()
}

/// The names of all types that CloudFormation has in some Region, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    LINES.iter().map(|line| line.name)
}

/// Where the descriptions come from, and of what date (`YYYY-MM-DD`) they are.
pub fn provenance() -> (&'static str, &'static str) {
    let mut head = TEXT.lines().map_while(|line| line.strip_prefix("# "));
    (head.next().unwrap_or_default(), head.next().unwrap_or_default())
}

fn line(resource_type: &str) -> Option<&'static Line> {
    let at = LINES.binary_search_by_key(&resource_type, |line| line.name).ok()?;
    LINES.get(at)
}

impl Schema {
    /// The shape of the properties.
    pub fn root(&self) -> &Shape {
        self.shape(self.root)
    }

    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0]
    }

    /// The shape of a property at a JSON pointer below the properties, with `*` or a number for an item of a list.
    pub fn at(&self, pointer: &str) -> Option<&Shape> {
        pointer.split('/').skip(1).try_fold(self.root(), |shape, part| {
            let id = shape.items.or_else(|| shape.property(part))?;
            Some(self.shape(id))
        })
    }

    /// Whether a template can set what is at `pointer`: below what the author names freely, everything.
    pub fn settable_at(&self, pointer: &str) -> bool {
        if super::resources::covers(&self.read_only, pointer) {
            return false;
        }
        let mut shape = self.root();
        for part in pointer.split('/').skip(1) {
            match shape.items.or_else(|| shape.property(part)) {
                Some(id) => shape = self.shape(id),
                None => return !shape.is_closed() && !shape.types.is_scalar(),
            }
        }
        true
    }

    /// The places below the properties that have a property of this name, as `A.B`; empty for the properties
    /// themselves.
    pub fn places_of(&self, name: &str) -> Vec<String> {
        fn look(
            schema: &Schema,
            id: ShapeId,
            name: &str,
            place: &str,
            seen: &mut Vec<ShapeId>,
            found: &mut Vec<String>,
        ) {
            if seen.contains(&id) {
                return;
            }
            seen.push(id);
            let shape = schema.shape(id);
            if shape.property(name).is_some() {
                found.push(place.to_owned());
            }
            for (part, below) in &shape.properties {
                let place = if place.is_empty() { part.clone() } else { format!("{place}.{part}") };
                look(schema, *below, name, &place, seen, found);
            }
            for below in shape.items.iter().chain(shape.keys.iter().map(|(_, below)| below)) {
                look(schema, *below, name, place, seen, found);
            }
            seen.pop();
        }
        let mut found = Vec::new();
        look(self, self.root, name, "", &mut Vec::new(), &mut found);
        found
    }

    fn read(json: &Json) -> Self {
        let mut reader = Reader { shapes: vec![Shape::default()], definitions: Vec::new() };
        let definitions: Vec<(&String, &Json)> = json["definitions"].as_object().into_iter().flatten().collect();
        reader.definitions = definitions.iter().map(|(name, _)| name.as_str()).collect();
        reader.shapes.extend(definitions.iter().map(|_| Shape::default()));
        for (index, (_, definition)) in definitions.iter().enumerate() {
            let shape = reader.full(definition);
            reader.shapes[1 + index] = shape;
        }
        let root = reader.full(json);
        reader.shapes[0] = Shape { types: Types { map: true, ..Types::default() }, ..root };
        Schema {
            shapes: reader.shapes,
            root: ShapeId(0),
            read_only: texts(&json["readOnly"]),
            create_only: texts(&json["createOnly"]),
            conditional_create_only: texts(&json["conditionalCreateOnly"]),
            write_only: texts(&json["writeOnly"]),
            identifier: texts(&json["identifier"]),
            legacy: json["legacy"].as_bool().unwrap_or_default(),
        }
    }
}

impl Shape {
    pub fn property(&self, name: &str) -> Option<ShapeId> {
        let at = self.properties.binary_search_by_key(&name, |(name, _)| name.as_str()).ok()?;
        Some(self.properties[at].1)
    }

    /// In alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.properties.iter().map(|(name, _)| name.as_str())
    }

    /// Whether nothing but the named properties is allowed. Where a text is allowed, too, and no property is named, a
    /// map is a document of any form.
    pub fn is_closed(&self) -> bool {
        let named = !self.types.text || !self.properties.is_empty();
        self.types.map && named && !self.open && self.keys.is_empty()
    }
}

impl Types {
    pub fn is_any(self) -> bool {
        self == Types::default()
    }

    /// Only scalars of some kind.
    pub fn is_scalar(self) -> bool {
        !self.list && !self.map && !self.is_any()
    }
}

impl Limits {
    pub fn allow(self, value: f64) -> bool {
        self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }

    pub fn is_empty(self) -> bool {
        self.least.is_none() && self.most.is_none()
    }
}

struct Reader<'a> {
    shapes: Vec<Shape>,
    definitions: Vec<&'a str>,
}

impl Reader<'_> {
    fn shape(&mut self, json: &Json) -> ShapeId {
        let name = json.as_str().and_then(|word| word.strip_prefix('#'));
        match name.and_then(|name| self.definitions.iter().position(|known| *known == name)) {
            Some(index) => ShapeId(1 + index),
            None => {
                let shape = self.full(json);
                self.shapes.push(shape);
                ShapeId(self.shapes.len() - 1)
            }
        }
    }

    fn full(&mut self, json: &Json) -> Shape {
        let Json::Object(words) = json else { return Shape { types: types(json), ..Shape::default() } };
        let mut shape = Shape::default();
        for (word, value) in words {
            match word.as_str() {
                "type" => shape.types = types(value),
                "properties" => shape.properties = self.properties(value),
                "keys" => {
                    shape.keys =
                        self.properties(value).into_iter().map(|(text, id)| (Pattern::new(&text), id)).collect();
                }
                "items" => shape.items = Some(self.shape(value)),
                "open" => shape.open = true,
                "required" => shape.required = texts(value),
                "enum" => shape.values = texts(value),
                "anyCase" => shape.any_case = true,
                "uniqueItems" => shape.unique = true,
                "pattern" => shape.pattern = value.as_str().map(Pattern::new),
                "minLength" | "minItems" | "minProperties" => shape.length.least = value.as_f64(),
                "maxLength" | "maxItems" | "maxProperties" => shape.length.most = value.as_f64(),
                "minimum" => shape.range.least = value.as_f64(),
                "maximum" => shape.range.most = value.as_f64(),
                "oneOf" => shape.one_of = groups(value),
                "anyOf" => shape.any_of = groups(value),
                "needs" => shape.needs = partners(value),
                "excludes" => shape.excludes = partners(value),
                _ => {}
            }
        }
        shape
    }

    fn properties(&mut self, json: &Json) -> Vec<(String, ShapeId)> {
        let entries = json.as_object().into_iter().flatten();
        let mut properties: Vec<_> = entries.map(|(name, shape)| (name.clone(), self.shape(shape))).collect();
        properties.sort_by(|(a, _), (b, _)| a.cmp(b));
        properties
    }
}

fn types(json: &Json) -> Types {
    let mut types = Types::default();
    let words = match json {
        Json::Array(words) => words.as_slice(),
        word => std::slice::from_ref(word),
    };
    for word in words {
        match word.as_str() {
            Some("string") => types.text = true,
            Some("integer") => types.integer = true,
            Some("number") => types.number = true,
            Some("boolean") => types.boolean = true,
            Some("array") => types.list = true,
            Some("object") => types.map = true,
            _ => {}
        }
    }
    types
}

fn texts(list: &Json) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

fn groups(list: &Json) -> Vec<Vec<Vec<String>>> {
    let inner = |list: &Json| list.as_array().into_iter().flatten().map(texts).collect();
    list.as_array().into_iter().flatten().map(inner).collect()
}

fn partners(json: &Json) -> Vec<(String, Vec<String>)> {
    let entries = json.as_object().into_iter().flatten();
    entries.map(|(name, names)| (name.clone(), texts(names))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::facts::resources;

    #[test]
    fn names_are_sorted_and_every_description_can_be_read() {
        assert!(names().count() > 1500);
        assert!(names().is_sorted());
        let described: Vec<_> = LINES.iter().filter(|line| !line.description.is_empty()).collect();
        assert!(described.len() > 250);
        for line in described {
            let schema = get(line.name).unwrap_or_else(|| panic!("{} cannot be read", line.name));
            let places = [&schema.read_only, &schema.create_only].into_iter().flatten();
            assert!(places.clone().all(|pointer| pointer.starts_with('/')), "{}", line.name);
            for shape in &schema.shapes {
                for (name, _) in shape.needs.iter().chain(&shape.excludes) {
                    assert!(shape.property(name).is_some(), "{}: {name}", line.name);
                }
            }
        }
        assert!(resources::names().all(|name| get(name).is_some()));
        assert_eq!(provenance().1.len(), 10);
    }

    #[test]
    fn every_pattern_compiles() {
        let shapes = LINES.iter().filter_map(|line| get(line.name)).flat_map(|schema| &schema.shapes);
        let patterns: BTreeSet<&str> = shapes
            .flat_map(|shape| shape.pattern.iter().chain(shape.keys.iter().map(|(pattern, _)| pattern)))
            .map(|pattern| pattern.text.as_str())
            .collect();
        let broken: Vec<_> = patterns.into_iter().filter(|text| !Pattern::new(text).compiles()).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }

    #[test]
    fn a_shape_is_found_by_its_pointer() {
        let schema = get("AWS::CodePipeline::Pipeline").unwrap();
        let order = schema.at("/Stages/0/Actions/*/RunOrder").unwrap();
        assert!(order.types.integer);
        assert!(schema.root().required.contains(&"Stages".to_owned()));
        assert!(schema.root().is_closed());
        assert_eq!(schema.places_of("RunOrder"), ["Stages.Actions"]);
        assert_eq!(schema.places_of("Stages"), [""]);
        assert!(get("AWS::Nothing::Here").is_none() && !exists("AWS::Nothing::Here"));
        assert!(exists("AWS::QLDB::Ledger") || exists("AWS::QuickSight::Theme"));
    }
}
