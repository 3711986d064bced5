//! Who imports whom: the modules of the crate with the paths that each of them names, and the circles among its files.
//!
//! An import is any path that leaves its file: in a `use`, or written where it is needed (`crate::x::y()`, `super::z`,
//! `child::f()`), in macros and attributes as well. It leads to the file that defines the name: a re-export (`pub use`) is
//! followed to where it points. A `mod` declaration is no import, nor is what a module takes from the modules below it,
//! which are its parts: `x/mod.rs` may hold the types that its children work on, and hand out what they make of them. A
//! `use` of a module by itself is none either: its names are looked up where they are used. What is compiled for tests
//! alone (`#[cfg(test)]`) is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Token, child_file, group, shipped};

/// The path of a module from the root of the crate; the root's is empty.
pub type Path = Vec<String>;

/// One module, of a file of its own or in a block of another's.
#[derive(Default)]
pub struct Module {
    /// The file below `src`.
    pub file: String,
    /// The names that it defines.
    defines: BTreeSet<String>,
    /// The names that it imports, with the path as it is written.
    imports: Vec<(String, Path)>,
    /// The paths whose names are all imported (`use x::*`).
    globs: Vec<Path>,
    /// All paths that it names.
    names: BTreeSet<Path>,
}

/// The modules of a crate by their paths.
pub struct Crate(pub BTreeMap<Path, Module>);

/// What one file takes from another, by the two names.
pub type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

impl Crate {
    /// Reads a crate from its root file on, by a function that knows the text of a file.
    pub fn read(root: &str, text: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut modules = Self(BTreeMap::new());
        let mut files = vec![(Path::new(), root.to_owned())];
        while let Some((path, file)) = files.pop() {
            let source = text(&file).unwrap_or_else(|| panic!("{file} is declared and missing"));
            let children = modules.scan(&shipped(&source), &path, &file);
            files.extend(children.into_iter().map(|child| {
                let found = child_file(&file, &child, &|file| text(file).is_some());
                let name = found.unwrap_or_else(|| panic!("`mod {child}` of {file} has no file"));
                (at(&path, &child), name)
            }));
        }
        modules
    }

    /// Notes what the tokens of a module say; the children that are files.
    fn scan(&mut self, code: &[Token], path: &Path, file: &str) -> Vec<String> {
        let (mut module, mut children) = (Module::default(), Vec::new());
        file.clone_into(&mut module.file);
        let mut i = 0;
        while i < code.len() {
            let word = |n: usize| code.get(n).map_or("", Token::text);
            match word(i) {
                "mod" if word(i + 2) == ";" => {
                    children.push(word(i + 1).to_owned());
                    i += 3;
                    continue;
                }
                "mod" if word(i + 2) == "{" => {
                    let end = i + 2 + group(&code[i + 2..]);
                    let inner = self.scan(&code[i + 3..end - 1], &at(path, word(i + 1)), file);
                    assert!(inner.is_empty(), "{file}: a block declares files");
                    i = end;
                    continue;
                }
                "use" if code[i].is_word() => {
                    i += 1 + module.import(&code[i + 1..], Path::new());
                    continue;
                }
                "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" => {
                    module.defines.insert(word(i + 1).to_owned());
                }
                _ if code[i].is_word() && word(i + 1) == "::" && !["::", "."].contains(&word(i.wrapping_sub(1))) => {
                    let mut named = vec![word(i).to_owned()];
                    while word(i + 1) == "::" && code.get(i + 2).is_some_and(Token::is_word) {
                        i += 2;
                        named.push(word(i).to_owned());
                    }
                    module.names.insert(named);
                }
                _ => {}
            }
            i += 1;
        }
        self.0.insert(path.clone(), module);
        children
    }

    /// Where a path leads that a module names: the module that defines the name, or that the path ends at; nothing where
    /// it leaves the crate.
    fn resolve(&self, from: &Path, path: &[String], depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            _ if depth > 16 => return None,
            "crate" => Path::new(),
            "self" => from.clone(),
            "super" => from.split_last()?.1.to_vec(),
            _ if self.0.contains_key(&at(from, first)) => at(from, first),
            _ => {
                let (_, import) = self.0[from].imports.iter().find(|(name, _)| name == first)?;
                // A name that is imported by itself (`use clap;`) is that of another crate.
                return if import[..] == path[..1] {
                    None
                } else {
                    self.follow(self.resolve(from, import, depth + 1)?, rest, depth)
                };
            }
        };
        self.follow(Target::Module(start), rest, depth)
    }

    /// Where the rest of a path leads from a module on.
    fn follow(&self, mut target: Target, rest: &[String], depth: usize) -> Option<Target> {
        for name in rest {
            let Target::Module(at_module) = &target else {
                break; // What belongs to a type is where the type is.
            };
            target = match name.as_str() {
                "super" => Target::Module(at_module.split_last()?.1.to_vec()),
                _ => self.lookup(at_module, name, depth)?,
            };
        }
        Some(target)
    }

    /// Where a name of a module leads.
    fn lookup(&self, from: &Path, name: &str, depth: usize) -> Option<Target> {
        if depth > 16 {
            return None;
        }
        let module = &self.0[from];
        if self.0.contains_key(&at(from, name)) {
            return Some(Target::Module(at(from, name)));
        }
        if let Some((_, import)) = module.imports.iter().find(|(known, _)| known == name) {
            return self.resolve(from, import, depth + 1);
        }
        if !module.defines.contains(name) {
            for glob in &module.globs {
                if let Some(Target::Module(of)) = self.resolve(from, glob, depth + 1)
                    && (self.0[&of].defines.contains(name)
                        || self.0[&of].imports.iter().any(|(known, _)| known == name))
                {
                    return self.lookup(&of, name, depth + 1);
                }
            }
        }
        Some(Target::Definition(from.clone()))
    }

    /// What each file takes from others.
    pub fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for (path, module) in &self.0 {
            let taken = edges.entry(module.file.clone()).or_default();
            let imports = module.imports.iter().map(|(_, import)| import);
            let mut found = Vec::new();
            for named in module.names.iter().chain(imports) {
                if let Some(Target::Definition(of)) = self.resolve(path, named, 0) {
                    found.push((of, named.last().cloned().unwrap_or_default()));
                }
            }
            for glob in &module.globs {
                if let Some(Target::Module(of)) = self.resolve(path, glob, 0) {
                    found.push((of, "*".to_owned()));
                }
            }
            for (of, name) in found {
                let file = &self.0[&of].file;
                if *file != module.file && !of.starts_with(path) {
                    taken.entry(file.clone()).or_default().insert(name);
                }
            }
        }
        edges
    }
}

impl Module {
    /// Notes a tree of imports, up to the comma or the end that follows it; how many tokens that were.
    fn import(&mut self, code: &[Token], before: Path) -> usize {
        let (mut path, mut i) = (before, 0);
        // Reads one name, star or group after another until the tree ends.
        let word = |n: usize| code.get(n).map_or("", Token::text);
        loop {
            match word(i) {
                "{" => {
                    i += 1;
                    while word(i) != "}" {
                        i += self.import(&code[i..], path.clone());
                        i += usize::from(word(i) == ",");
                    }
                    return i + 1;
                }
                "*" => {
                    self.globs.push(path);
                    return i + 1;
                }
                "::" => {
                    // `use ::x` is another crate, whatever is called `x` here.
                    path.push("::".to_owned());
                    i += 1;
                }
                name if code.get(i).is_some_and(Token::is_word) => {
                    path.push(name.to_owned());
                    i += 1;
                    if word(i) == "::" {
                        i += 1;
                        continue;
                    }
                    // `use x::{self}` imports `x`.
                    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                        path.pop();
                    }
                    let mut known = path.last().cloned().unwrap_or_default();
                    if word(i) == "as" {
                        word(i + 1).clone_into(&mut known);
                        i += 2;
                    }
                    self.imports.push((known, path));
                    return i;
                }
                _ => return i.max(1),
            }
        }
    }
}

/// Where a path leads.
enum Target {
    Module(Path),
    /// A name that this module defines.
    Definition(Path),
}

fn at(path: &Path, child: &str) -> Path {
    path.iter().cloned().chain([child.to_owned()]).collect()
}

/// The circles: each a set of files all of which reach each other.
pub fn circles(edges: &Edges) -> Vec<Vec<String>> {
    let reach = |start: &String| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(file) = open.pop() {
            let next = edges.get(&file).into_iter().flat_map(BTreeMap::keys);
            open.extend(next.filter(|file| seen.insert((*file).clone())).cloned());
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = edges.keys().map(|file| (file, reach(file))).collect();
    let mut found = BTreeSet::new();
    for (file, others) in &reached {
        if others.contains(*file) {
            let back = others.iter().filter(|other| reached[other].contains(*file));
            found.insert(back.cloned().collect::<Vec<_>>());
        }
    }
    found.into_iter().collect()
}

/// What a small crate's files take from each other.
fn edges_of(files: &[(&str, &str)]) -> Edges {
    let text = |name: &str| {
        let found = files.iter().find(|(file, _)| *file == name);
        found.map(|(_, text)| (*text).to_owned())
    };
    Crate::read("lib.rs", &text).edges()
}

#[test]
fn a_circle_is_found_however_its_imports_are_written() {
    let ways = [
        "use crate::b::B;",
        "use super::b::{self, B};",
        "use super::b; fn f() { b::f() }",
        "fn f() { crate::b::f() }",
        "fn f() { log!(\"{}\", super::b::f()) }",
        "use super::b::*;",
        "use crate::{c, b::{B as C}};",
        "#[arg(value_parser = crate::b::f)] struct A;",
        "mod inner { use super::super::b::B; }",
        "#[cfg(test)] mod tests { use super::*; } fn f() { crate::b::f() }",
        "#[cfg(test)] pub(crate) const fn c() {} use crate::b::B;",
    ];
    for way in ways {
        let edges = edges_of(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", way),
            ("b.rs", "use crate::c::C; pub struct B; pub fn f() {}"),
            ("c/mod.rs", "use crate::a::A; pub struct C;"),
        ]);
        assert_eq!(circles(&edges), [["a.rs", "b.rs", "c/mod.rs"]], "{way}");
    }
}

#[test]
fn what_is_no_import_closes_no_circle() {
    let ways = [
        "mod b {}",
        "use b::B;",
        "use ::b::B;",
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "#[cfg(test)] use crate::b::B;",
        "// crate::b::B",
        "const A: &str = \"crate::b::B\";",
        "use super::b;",
    ];
    for way in ways {
        let edges = edges_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", way),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ]);
        assert!(circles(&edges).is_empty(), "{way}");
    }
}

#[test]
fn a_reexport_leads_to_the_file_that_defines_the_name_and_a_parent_may_use_its_children() {
    let edges = edges_of(&[
        ("lib.rs", "mod a; mod b; pub use b::B;"),
        ("a.rs", "use crate::B; use crate::b::helper;"),
        ("b/mod.rs", "mod inner; pub use inner::*; pub fn helper() {}"),
        ("b/inner.rs", "use super::helper; pub struct B;"),
    ]);
    let taken: Vec<&String> = edges["a.rs"].keys().collect();
    assert_eq!(taken, ["b/inner.rs", "b/mod.rs"]);
    assert_eq!(edges["b/inner.rs"].len(), 1);
    assert!(edges["b/mod.rs"].is_empty() && circles(&edges).is_empty());
}
