//! Whose files are trusted: those of the effective user and of root that nobody else can write.
//!
//! A file of another user may have been planted, and a file that is created in another user's folder may lock that user
//! out. Elsewhere than on Unix the permissions of the user's profile keep others out.

use std::io;
use std::path::Path;

/// Who may write a file or folder besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    Nobody,
    /// The members of the user's own group, as under a umask of 002.
    OwnGroup,
}

/// Checks a file that is read: the file, the link to it where it is one, and the folders of both.
///
/// # Errors
/// `PermissionDenied`, with the reason in words that follow the name of the file.
#[cfg(unix)]
pub fn check_file(path: &Path, writers: Writers) -> io::Result<()> {
    check(&std::fs::metadata(path)?, writers)?;
    let link = std::fs::symlink_metadata(path)?;
    if !is_trusted_owner(&link) {
        return Err(refused("it is a link of another user"));
    }
    check_folder(path, writers)?;
    if link.is_symlink() {
        check_folder(&std::fs::canonicalize(path)?, writers)?;
    }
    Ok(())
}

#[cfg(not(unix))]
pub fn check_file(_path: &Path, _writers: Writers) -> io::Result<()> {
    Ok(())
}

/// Checks what was opened, whatever its name means by now.
///
/// # Errors
/// As [`check_file`].
#[cfg(unix)]
pub fn check(data: &std::fs::Metadata, writers: Writers) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    if !is_trusted_owner(data) {
        return Err(refused(&format!("it belongs to another user (uid {})", data.uid())));
    }
    if data.mode() & 0o002 != 0 {
        return Err(refused("every user can write it"));
    }
    let is_own_group = writers == Writers::OwnGroup && data.gid() == rustix::process::getegid().as_raw();
    if data.mode() & 0o020 != 0 && !is_own_group {
        return Err(refused(&format!("the group {} can write it", data.gid())));
    }
    Ok(())
}

#[cfg(not(unix))]
pub fn check(_data: &std::fs::Metadata, _writers: Writers) -> io::Result<()> {
    Ok(())
}

/// Checks the folder in which a file or folder will be created, or the nearest one above it that exists. In a folder of
/// another user it could not be given to that user, and would lock the user out.
///
/// # Errors
/// `PermissionDenied`, where the folder belongs to a user other than this one and root.
#[cfg(unix)]
pub fn check_creation_in(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let folder = std::path::absolute(folder)?;
    let Some((nearest, data)) = folder
        .ancestors()
        .find_map(|folder| Some((folder, std::fs::metadata(folder).ok()?)))
    else {
        return Ok(());
    };
    if is_trusted_owner(&data) {
        return Ok(());
    }
    Err(refused(&format!(
        "`{}` belongs to another user (uid {}), who would be locked out of it",
        nearest.display(),
        data.uid()
    )))
}

#[cfg(not(unix))]
pub fn check_creation_in(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Gives a file that replaces another the mode and group of that one. Its owner is this user: see [`check_creation_in`].
///
/// # Errors
/// Where this user is not a member of the group.
#[cfg(unix)]
pub fn keep_mode(new: &std::fs::File, old: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    if new.metadata()?.gid() != old.gid() {
        std::os::unix::fs::fchown(new, None, Some(old.gid()))?;
    }
    new.set_permissions(std::fs::Permissions::from_mode(old.mode() & 0o777))
}

#[cfg(not(unix))]
pub fn keep_mode(_new: &std::fs::File, _old: &std::fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Checks the folder of a file: others can replace a file in a folder that they can write, unless it is sticky, as `/tmp` is.
///
/// The file itself need not exist any more: another process may delete it meanwhile.
///
/// # Errors
/// As [`check_file`].
#[cfg(unix)]
pub fn check_folder(path: &Path, writers: Writers) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let data = std::fs::metadata(folder)?;
    if data.mode() & 0o1000 != 0 && is_trusted_owner(&data) {
        return Ok(());
    }
    check(&data, writers).map_err(|why| refused(&format!("of its folder: {why}")))
}

#[cfg(not(unix))]
pub fn check_folder(_path: &Path, _writers: Writers) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_trusted_owner(data: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    data.uid() == 0 || data.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(unix)]
fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why.to_owned())
}
