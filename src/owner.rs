//! Whose files are trusted: those of the effective user and of root that nobody else can write.
//!
//! A file of another user may have been planted, and a file that is created in another user's folder may lock that user
//! out. Elsewhere than on Unix the permissions of the user's profile keep others out.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Who may write a file or folder besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    Nobody,
    /// The members of the user's own group, as under a umask of 002.
    OwnGroup,
}

/// Opens a regular file that only trusted users can have written. What was opened is checked, whatever its name means by
/// then; where the file cannot be opened, the error says why it would not be trusted either.
///
/// # Errors
/// As [`check`]; `InvalidInput` for what is no regular file, as reading it could block or never end.
pub fn open(path: &Path, writers: Writers) -> io::Result<File> {
    open_by(open_without_waiting, path, writers)
}

fn open_by(opening: impl FnOnce(&Path) -> io::Result<File>, path: &Path, writers: Writers) -> io::Result<File> {
    let is_usable = |data: &Metadata| {
        check(data, writers)?;
        match data.is_file() {
            true => Ok(()),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
        }
    };
    match opening(path) {
        Ok(file) => file.metadata().and_then(|data| is_usable(&data)).map(|()| file),
        Err(error) => Err(std::fs::metadata(path)
            .ok()
            .and_then(|data| is_usable(&data).err())
            .unwrap_or(error)),
    }
}

/// Does not wait for the other end of a pipe.
#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Checks where the name of a file leads: the link where it is one, and the folders of the link and of the file.
///
/// # Errors
/// `PermissionDenied`, with the reason in words that follow the name of the file.
#[cfg(unix)]
pub fn check_name(path: &Path, writers: Writers) -> io::Result<()> {
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
pub fn check_name(_path: &Path, _writers: Writers) -> io::Result<()> {
    Ok(())
}

/// Checks a file or folder.
///
/// # Errors
/// `PermissionDenied`, with the reason in words that follow the name of the file.
#[cfg(unix)]
pub fn check(data: &Metadata, writers: Writers) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    if !is_trusted_owner(data) {
        return Err(refused(&format!("it belongs to another user (uid {})", data.uid())));
    }
    if everyone_can_write(data) {
        return Err(refused("every user can write it"));
    }
    let is_own_group = writers == Writers::OwnGroup && data.gid() == rustix::process::getegid().as_raw();
    if group_can_write(data) && !is_own_group {
        return Err(refused(&format!("the group {} can write it", data.gid())));
    }
    Ok(())
}

#[cfg(not(unix))]
pub fn check(_data: &Metadata, _writers: Writers) -> io::Result<()> {
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
pub fn keep_mode(new: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    if new.metadata()?.gid() != old.gid() {
        std::os::unix::fs::fchown(new, None, Some(old.gid()))?;
    }
    new.set_permissions(std::fs::Permissions::from_mode(old.mode() & 0o777))
}

#[cfg(not(unix))]
pub fn keep_mode(_new: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Checks the folder of a file: others can replace a file in a folder that they can write, unless it is sticky, as `/tmp` is.
///
/// The file itself need not exist any more: another process may delete it meanwhile.
///
/// # Errors
/// As [`check`].
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

/// Whether it belongs to this user or to root, who is trusted anyway.
#[cfg(unix)]
pub fn is_trusted_owner(data: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    data.uid() == 0 || is_own(data)
}

#[cfg(unix)]
pub fn is_own(data: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    data.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(unix)]
pub fn everyone_can_write(data: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    data.mode() & 0o002 != 0
}

#[cfg(unix)]
pub fn group_can_write(data: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    data.mode() & 0o020 != 0
}

/// Whether its mode gives others any access: to read, to write or to search.
#[cfg(unix)]
pub fn others_have_access(data: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    data.mode() & 0o077 != 0
}

#[cfg(unix)]
fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why.to_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_checked_by_what_was_opened_and_not_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str, mode| {
            let path = dir.path().join(name);
            std::fs::write(&path, name).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        for (named, opened, is_accepted) in [(0o600, 0o666, false), (0o666, 0o600, true)] {
            let (path, other) = (at("named", named), at("opened", opened));
            let file = open_by(|_| File::open(&other), &path, Writers::Nobody);
            assert_eq!(file.is_ok(), is_accepted, "{named:o} {opened:o}");
        }
    }

    #[test]
    fn a_pipe_or_a_socket_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let (pipe, socket) = (dir.path().join("pipe"), dir.path().join("socket"));
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600)).unwrap();
        for path in [&pipe, &socket, dir.path()] {
            let why = open(path, Writers::OwnGroup).unwrap_err().to_string();
            assert_eq!(why, "it is not a regular file");
        }
    }
}
