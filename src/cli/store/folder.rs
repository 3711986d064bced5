//! Folders that only their owner can access (rule S1).

use std::io;
use std::path::Path;

use super::error::StoreError;
use crate::owner;

/// Makes `dir` a folder of mode 0700, whatever the umask, and creates its missing parents alike.
///
/// Permissions of others on an existing folder are removed, as the folder belongs to this program; its existing parents are
/// left alone. A folder of another user than root is refused, also to root: its owner would be locked out of the files in it,
/// or could replace them. A folder of root is accepted where others have no access (a volume in a container).
pub(super) fn private(dir: &Path) -> Result<(), StoreError> {
    owner::check_creation_in(dir).map_err(StoreError::io("use", dir))?;
    create(dir).map_err(StoreError::io("create", dir))?;
    tighten(dir).map_err(StoreError::io("use", dir))
}

fn create(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(above) = dir.parent().filter(|above| !above.as_os_str().is_empty()) {
        create(above)?;
    }
    match make(dir) {
        // Another process created it first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        done => done,
    }
}

#[cfg(unix)]
fn make(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

    std::fs::DirBuilder::new().mode(0o700).create(dir)?;
    // A umask can remove the owner's permissions as well.
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make(dir: &Path) -> io::Result<()> {
    std::fs::create_dir(dir)
}

#[cfg(unix)]
fn tighten(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = std::fs::metadata(dir)?;
    if !owner::others_have_access(&metadata) {
        return Ok(());
    }
    if !owner::is_own(&metadata) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it belongs to another user and others have access to it",
        ));
    }
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
}

/// Elsewhere the folder inherits the permissions of the user's profile, which exclude others.
#[cfg(not(unix))]
fn tighten(_dir: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn s1_the_permissions_of_others_on_a_folder_are_removed_and_its_parent_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let above = home.path().join("shared");
        let dir = above.join("sessions");
        std::fs::create_dir_all(&dir).unwrap();
        for path in [&above, &dir] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }

        private(&dir).unwrap();

        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&above), 0o755);
    }

    #[test]
    fn s1_missing_parents_are_created_without_access_for_others() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("config/noesis/sessions");

        private(&dir).unwrap();

        for path in ["config", "config/noesis", "config/noesis/sessions"] {
            assert_eq!(mode(&home.path().join(path)), 0o700, "{path}");
        }
    }

    #[test]
    fn s1_a_folder_of_another_user_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("sessions");
        std::fs::create_dir(&dir).unwrap();
        if std::os::unix::fs::chown(&dir, Some(12345), None).is_err() {
            super::super::child::skipped("only root can change the owner of a folder");
            return;
        }
        for (dir, mode) in [(dir.clone(), 0o755), (dir.clone(), 0o700), (dir.join("below"), 0o700)] {
            std::fs::set_permissions(home.path().join("sessions"), std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = private(&dir).unwrap_err().to_string();
            assert!(refused.contains("belongs to another user (uid 12345)"), "{refused}");
        }
        assert_eq!(std::fs::read_dir(home.path().join("sessions")).unwrap().count(), 0);
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_named() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        for dir in [file.clone(), file.join("sessions")] {
            let error = private(&dir).unwrap_err();
            assert!(matches!(&error, StoreError::Io { action: "create", path, .. } if *path == dir));
        }
    }
}
