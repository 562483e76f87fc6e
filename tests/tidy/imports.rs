//! Reads from the sources which module of a crate uses an item of which other module.
//!
//! A use counts for the module that defines the item, not for one that re-exports it, so a `pub use` in
//! a parent makes no arrow. Method calls, macros and tests are not included.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use syn::{
    Attribute, File, Item, ItemMod, ItemUse, UseTree, Visibility,
    visit::{self, Visit},
};

use crate::repository::{read, root};

/// The segments of a path from the root of the crate.
type Segments = Vec<String>;

/// The imports and mentions of one file.
#[derive(Default)]
struct Module {
    /// Names that the file imports or re-exports, with their paths from the root of the crate.
    imports: BTreeMap<String, Segments>,
    /// Paths from the root of the crate that the code mentions, re-exports left out.
    mentions: Vec<Segments>,
}

/// The modules of a crate by their paths.
pub(crate) struct Modules(BTreeMap<Segments, Module>);

impl Modules {
    /// Reads the crate whose root is this file.
    pub(crate) fn read(root: &Path) -> Self {
        let mut modules = BTreeMap::new();
        read_file(root, true, Vec::new(), &mut modules);
        Self(modules)
    }

    /// For each module, the other modules whose items it uses; by name, `crate` being the root.
    pub(crate) fn arrows(&self) -> BTreeMap<String, BTreeSet<String>> {
        let name = |path: &Segments| match path.as_slice() {
            [] => "crate".to_owned(),
            path => path.join("::"),
        };
        let used = |path: &Segments, module: &Module| {
            let targets = module.mentions.iter().filter_map(|mention| self.home(mention, 0));
            targets.filter(|target| target != path).map(|target| name(&target)).collect()
        };
        self.0.iter().map(|(path, module)| (name(path), used(path, module))).collect()
    }

    /// The module that defines what this path names; none for a module itself.
    fn home(&self, path: &[String], followed: usize) -> Option<Segments> {
        /// Re-exports of re-exports, at most: a glob could lead in a circle.
        const MOST: usize = 8;
        let depth = (0..=path.len()).rev().find(|&end| self.0.contains_key(&path[..end]))?;
        let (module, rest) = path.split_at(depth);
        let name = rest.first()?;
        match self.0.get(module).and_then(|found| found.imports.get(name)) {
            Some(original) if followed < MOST => {
                let path: Segments = original.iter().chain(rest.iter().skip(1)).cloned().collect();
                self.home(&path, followed + 1)
            }
            _ => Some(module.to_vec()),
        }
    }
}

fn read_file(
    path: &Path,
    is_root: bool,
    module: Segments,
    modules: &mut BTreeMap<Segments, Module>,
) {
    let file =
        syn::parse_file(&read(path)).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    let folder = match path.file_stem() {
        Some(stem) if !is_root => path.with_file_name(stem),
        _ => path.parent().unwrap_or(Path::new("")).to_owned(),
    };
    let children = children(&file);
    for child in &children {
        let place: PathBuf = folder.join(format!("{child}.rs"));
        if root().join(&place).exists() {
            let path = module.iter().chain([child]).cloned().collect();
            read_file(&place, false, path, modules);
        }
    }
    let mut reader = Reader { path: &module, children, found: Module::default() };
    reader.visit_file(&file);
    let found = reader.found;
    modules.insert(module, found);
}

/// The modules in files of their own that a file declares.
fn children(file: &File) -> Vec<String> {
    let declared = file.items.iter().filter_map(|item| match item {
        Item::Mod(child) if child.content.is_none() && !is_test(&child.attrs) => {
            Some(child.ident.to_string())
        }
        _ => None,
    });
    declared.collect()
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.parse_args::<syn::Path>();
        attribute.path().is_ident("cfg") && condition.is_ok_and(|path| path.is_ident("test"))
    })
}

/// Reads one file.
struct Reader<'a> {
    path: &'a [String],
    children: Vec<String>,
    found: Module,
}

impl Reader<'_> {
    /// A path as written here, from the root of the crate; none for another crate's.
    fn absolute(&self, written: &[String]) -> Option<Segments> {
        let first = written.first()?;
        let supers = written.iter().take_while(|segment| *segment == "super").count();
        let (base, rest) = match first.as_str() {
            "crate" => (Vec::new(), 1),
            "self" => (self.path.to_vec(), 1),
            "super" => (self.path.get(..self.path.len().checked_sub(supers)?)?.to_vec(), supers),
            child if self.children.iter().any(|name| name == child) => (self.path.to_vec(), 0),
            imported => (self.found.imports.get(imported)?.clone(), 1),
        };
        Some(base.into_iter().chain(written.iter().skip(rest).cloned()).collect())
    }

    fn import(&mut self, tree: &UseTree, mut written: Segments, is_re_export: bool) {
        match tree {
            UseTree::Path(path) => {
                written.push(path.ident.to_string());
                self.import(&path.tree, written, is_re_export);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, written.clone(), is_re_export);
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                let last = written.last().cloned().unwrap_or_default();
                self.keep(last, &written, is_re_export);
            }
            UseTree::Name(name) => {
                written.push(name.ident.to_string());
                self.keep(name.ident.to_string(), &written, is_re_export);
            }
            UseTree::Rename(rename) => {
                written.push(rename.ident.to_string());
                self.keep(rename.rename.to_string(), &written, is_re_export);
            }
            UseTree::Glob(_) => {}
        }
    }

    fn keep(&mut self, name: String, written: &[String], is_re_export: bool) {
        let Some(path) = self.absolute(written) else { return };
        if !is_re_export {
            self.found.mentions.push(path.clone());
        }
        self.found.imports.insert(name, path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test(&item.attrs) {
            self.import(&item.tree, Vec::new(), !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Segments = path.segments.iter().map(|one| one.ident.to_string()).collect();
        if written.len() > 1 {
            self.found.mentions.extend(self.absolute(&written));
        }
        visit::visit_path(self, path);
    }
}
