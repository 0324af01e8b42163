//! A table: where its data is and how Athena, Glue and Firehose read it.

use serde_json::json;

use super::column_type::ColumnType;
use crate::desired::{Origin, Value};
use crate::kinds::bucket::location::Location;
use crate::model::{Entry, Home, Lowering, logical_id};
use crate::source::Located;
use crate::spec::{Count, Mapping, Matching, Pattern, PlainText, Reference, Target};
use crate::{choice, record};

record! {
    /// A table of a catalog, over files in a bucket or over the records of a stream.
    pub struct CatalogTable {
        /// The folder of its files.
        optional location: Location = "location",
        /// The stream of its records, for streaming jobs.
        optional stream: Reference<TableStreams> = "stream",
        /// What a file or record is.
        required format: TableFormat = "format",
        /// Its columns and their types, in the order that CSV files have them.
        required columns: Columns = "columns",
        /// Columns whose values are the names of folders. They are not repeated in `columns`.
        optional partitions: Columns = "partitions",
        /// The values that each partition column takes, so that Athena knows the partitions without anybody adding them.
        optional projection: Mapping<ColumnName, TableProjection> = "projection",
        /// The folders of a partition below the location, e.g. `${day}/${hour}`; `day=${day}/hour=${hour}` unless told otherwise. Needs `projection`.
        optional folders: PlainText = "folders",
        /// Whether the first line of a CSV file names the columns; `false` unless told otherwise.
        optional header: bool = "header",
        /// What the table holds.
        optional description: PlainText = "description",
    }
    one_of ["location", "stream"];
}

/// Columns with their types.
pub type Columns = Mapping<ColumnName, Matching<ColumnType>>;

choice! {
    /// What a file of a table is.
    pub enum TableFormat {
        /// Apache Parquet: by columns, compressed; the least to read.
        Parquet = "parquet",
        /// Apache ORC: by columns, compressed.
        Orc = "orc",
        /// One JSON object in each line.
        Json = "json",
        /// Values with commas between them, in double quotes where they need it. Dates are days and timestamps milliseconds since 1970.
        Csv = "csv",
    }
}

record! {
    /// The values that a partition column takes.
    pub struct TableProjection {
        /// Dates or times from a first one on.
        optional dates: ProjectedDates = "dates",
        /// Whole numbers.
        optional integers: ProjectedIntegers = "integers",
        /// These and no others.
        optional values: Vec<Located<Matching<ProjectedValue>>> = "values",
    }
    one_of ["dates", "integers", "values"];
}

record! {
    /// Dates or times as they are in the names of folders.
    pub struct ProjectedDates {
        /// The first one, written as `format` says, or relative as in `NOW-1YEARS`.
        required from: Matching<ProjectedValue> = "from",
        /// The last one; `NOW` unless told otherwise.
        optional to: Matching<ProjectedValue> = "to",
        /// How they are written, as Java's `DateTimeFormatter` has it; `yyyy-MM-dd` unless told otherwise.
        optional format: PlainText = "format",
        /// From one to the next. Needed when `format` has hours or minutes; else it is one day.
        optional step: DateStep = "step",
    }
}

choice! {
    /// From one date or time to the next.
    pub enum DateStep {
        /// A year.
        Year = "year",
        /// A month.
        Month = "month",
        /// A day.
        Day = "day",
        /// An hour.
        Hour = "hour",
        /// A minute.
        Minute = "minute",
    }
}

record! {
    /// Whole numbers, with both ends.
    pub struct ProjectedIntegers {
        /// The first one.
        required from: Count<0, 999_999_999> = "from",
        /// The last one.
        required to: Count<0, 999_999_999> = "to",
        /// They are written with so many digits, zeros before them; as they are unless told otherwise.
        optional digits: Count<1, 18> = "digits",
    }
}

#[derive(Debug)]
pub struct TableStreams;

impl Target for TableStreams {
    const SECTIONS: &'static [&'static str] = &["streams"];
}

/// What Athena takes as the name of a column without quotes.
#[derive(Clone, Copy, Debug)]
pub struct ColumnName;

impl Pattern for ColumnName {
    const REGEX: &'static str = "^[a-z][a-z0-9_]{0,254}$";
    const EXPECTED: &'static str =
        "a column's name: a lower-case letter, then lower-case letters, digits and underscores, at most 255";
    const EXAMPLE: &'static str = "engine_temp";

    fn matches(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= 255
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    }
}

/// One value of a list that is kept with commas between them.
#[derive(Clone, Copy, Debug)]
pub struct ProjectedValue;

impl Pattern for ProjectedValue {
    const REGEX: &'static str = r"^[^,\n\r\u2028\u2029]+$";
    const EXPECTED: &'static str = "a value without commas";
    const EXAMPLE: &'static str = "2026-01-01";

    fn matches(text: &str) -> bool {
        !text.is_empty() && !text.contains([',', '\n', '\r', '\u{2028}', '\u{2029}'])
    }
}

impl TableFormat {
    pub fn is_text(self) -> bool {
        matches!(self, Self::Json | Self::Csv)
    }

    /// Input format, output format and serialization library.
    fn classes(self) -> [&'static str; 3] {
        const TEXT: &str = "org.apache.hadoop.mapred.TextInputFormat";
        const TEXT_OUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
        match self {
            Self::Parquet => [
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            ],
            Self::Orc => [
                "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
                "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
                "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
            ],
            Self::Json => [TEXT, TEXT_OUT, "org.openx.data.jsonserde.JsonSerDe"],
            Self::Csv => [TEXT, TEXT_OUT, "org.apache.hadoop.hive.serde2.OpenCSVSerde"],
        }
    }
}

pub(super) fn lower(this: &Entry, name: &Located<String>, table: &Located<CatalogTable>, lowering: &mut Lowering<'_>) {
    let origin = Origin::authored(&name.span);
    let account = Value::reference("AWS::AccountId", &this.derived("the Data Catalog is that of the account"));
    let description = table.description.as_ref().map(|text| Value::text(&*text.value.0, &Origin::authored(&text.span)));
    let partitions = table.partitions.as_ref().map(columns);
    let input = Value::map(&origin)
        .with("Name", Value::text(&*name.value, &origin))
        .with_some("Description", description)
        .with("TableType", Value::text("EXTERNAL_TABLE", &this.derived("Glue keeps the columns, not the data")))
        .with("Parameters", parameters(table))
        .with("StorageDescriptor", storage(table))
        .with_some("PartitionKeys", partitions);
    let database = Value::reference(logical_id(this.section, &this.name.value, ""), &origin);
    let properties =
        Value::map(&origin).with("CatalogId", account).with("DatabaseName", database).with("TableInput", input);
    let suffix = super::table_suffix(&name.value);
    let resource = lowering.add(Home::Application, this, &suffix, "AWS::Glue::Table", properties);
    resource.retain();
}

fn columns(columns: &Located<Columns>) -> Value {
    let one = |(name, kind): &(Located<String>, Located<Matching<ColumnType>>)| {
        Value::map(&Origin::authored(&name.span))
            .with("Name", Value::text(&*name.value, &Origin::authored(&name.span)))
            .with("Type", Value::text(&*kind.text, &Origin::authored(&kind.span)))
    };
    Value::list(columns.entries.iter().map(one).collect(), &Origin::authored(&columns.span))
}

fn storage(table: &CatalogTable) -> Value {
    let format = Origin::authored(&table.format.span);
    let [input, output, library] = table.format.classes();
    let settings = match table.format.value {
        TableFormat::Csv => json!({ "separatorChar": ",", "quoteChar": "\"", "escapeChar": "\\" }),
        TableFormat::Parquet | TableFormat::Orc | TableFormat::Json => json!({ "serialization.format": "1" }),
    };
    let serde = Value::map(&format)
        .with("SerializationLibrary", Value::text(library, &format))
        .with("Parameters", Value::from_json(settings, &format));
    let (location, parameters) = match (&table.location, &table.stream) {
        (Some(location), _) => (Value::sub(location.folder(), &Origin::authored(&location.span)), None),
        (None, Some(stream)) => {
            let (origin, id) = (Origin::authored(&stream.span), logical_id(&stream.section, &stream.name, ""));
            let parameters = Value::map(&origin)
                .with("typeOfData", Value::text("kinesis", &origin))
                .with("streamARN", Value::get_att(&*id, "Arn", &origin));
            (Value::reference(id, &origin), Some(parameters))
        }
        (None, None) => (Value::text("", &format), None),
    };
    Value::map(&format)
        .with("Columns", columns(&table.columns))
        .with("Location", location)
        .with("InputFormat", Value::text(input, &format))
        .with("OutputFormat", Value::text(output, &format))
        .with("SerdeInfo", serde)
        .with_some("Parameters", parameters)
}

fn parameters(table: &CatalogTable) -> Value {
    let format = Origin::authored(&table.format.span);
    let mut parameters = Value::map(&format)
        .with("EXTERNAL", Value::text("TRUE", &format))
        .with("classification", Value::text(table.format.word(), &format));
    if let Some(header) = table.header.as_ref().filter(|header| header.value) {
        parameters.set("skip.header.line.count", Value::text("1", &Origin::authored(&header.span)));
    }
    let Some(projection) = &table.projection else { return parameters };
    let origin = Origin::authored(&projection.span);
    parameters.set("projection.enabled", Value::text("true", &origin));
    for (column, values) in &projection.entries {
        let origin = Origin::authored(&values.span);
        for (setting, value) in settings(values) {
            parameters.set(format!("projection.{}.{setting}", column.value), Value::text(value, &origin));
        }
    }
    if let (Some(folders), Some(location)) = (&table.folders, &table.location) {
        let below = folders.value.0.trim_matches('/').replace("${", "${!");
        let template = Value::sub(format!("{}{below}/", location.folder()), &Origin::authored(&folders.span));
        parameters.set("storage.location.template", template);
    }
    parameters
}

/// The settings of one projected column, as Athena's table properties have them.
fn settings(projection: &TableProjection) -> Vec<(&'static str, String)> {
    if let Some(dates) = &projection.dates {
        let to = dates.to.as_ref().map_or("NOW", |to| &to.text);
        let format = dates.format.as_ref().map_or("yyyy-MM-dd", |format| &format.value.0);
        let mut settings = vec![
            ("type", "date".to_owned()),
            ("range", format!("{},{to}", dates.from.text)),
            ("format", format.to_owned()),
        ];
        if let Some(step) = &dates.step {
            settings.push(("interval", "1".to_owned()));
            settings.push(("interval.unit", format!("{}S", step.word().to_uppercase())));
        }
        return settings;
    }
    if let Some(integers) = &projection.integers {
        let mut settings =
            vec![("type", "integer".to_owned()), ("range", format!("{},{}", integers.from.0, integers.to.0))];
        settings.extend(integers.digits.as_ref().map(|digits| ("digits", digits.0.to_string())));
        return settings;
    }
    let values: Vec<_> =
        projection.values.iter().flat_map(|values| &values.value).map(|value| value.text.as_str()).collect();
    vec![("type", "enum".to_owned()), ("values", values.join(","))]
}
