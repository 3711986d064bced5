//! The files of the repository, for the tests of its layout and documents.

use std::path::{Path, PathBuf};

/// The folder of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the repository.
pub fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The files below a folder of the repository whose names end like this, without what a tool builds there.
pub fn paths_below(dir: &str, end: &str) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root().join(dir)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((!path.ends_with("target")).then_some(path));
            } else if path.to_string_lossy().ends_with(end) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The files of an extension below a folder, as paths from the root of the repository.
pub fn files_below(dir: &str, extension: &str) -> Vec<String> {
    let name = |path: PathBuf| path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    let files = paths_below(dir, &format!(".{extension}")).into_iter();
    files.map(name).collect()
}

/// The Rust files below some folders.
pub fn rust_files(dirs: &[&str]) -> Vec<String> {
    dirs.iter().flat_map(|dir| files_below(dir, "rs")).collect()
}
