//! The schemas in docs/schema.

use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// Returns the file of a schema.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/schema/{name}.schema.json"))
}

pub(crate) struct Schema {
    schemas: Schemas,
    document: SchemaIndex,
}

impl Schema {
    pub(crate) fn load(name: &str) -> Self {
        let path = path(name);
        let path = path.to_str().expect("the path is UTF-8");
        let mut schemas = Schemas::new();
        let document = Compiler::new().compile(path, &mut schemas).expect("it is a schema");
        Self { schemas, document }
    }

    pub(crate) fn matches(&self, document: &Value) -> Result<(), String> {
        self.schemas.validate(document, self.document).map_err(|error| format!("{error:#}"))
    }

    #[track_caller]
    pub(crate) fn check(&self, document: &Value) {
        self.matches(document).unwrap_or_else(|error| panic!("{error}\n{document:#}"));
    }
}
