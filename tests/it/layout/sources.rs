//! The sources as the tests of the layout read them.

use std::path::{Path, PathBuf};

/// The folder of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the repository.
pub fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The files below a folder of the repository whose names end like this, as paths from the root of the repository.
pub fn files_below(dir: &str, extension: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().join(dir)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy();
                files.push(name.replace('\\', "/"));
            }
        }
    }
    files.sort();
    files
}

/// The Rust files below some folders.
pub fn rust_files(dirs: &[&str]) -> Vec<String> {
    dirs.iter().flat_map(|dir| files_below(dir, "rs")).collect()
}
