//! The user's time zone: `TZ` as the C library reads it, or else the system's.
//!
//! One file of the time zone database is read by its name. jiff's own lookup (`tzdb-zoneinfo`) lists the whole database first:
//! 2.9 million instructions, five times a whole `noesis decode`, where this takes 0.06 million.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::tz::TimeZone;

/// Where systems keep the time zone database.
const FOLDERS: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/usr/lib/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/etc/zoneinfo",
];

/// The largest file that is read; those of the database have a few KiB.
const MAX_FILE: u64 = 256 * 1024;

/// The transitions of a rule that names none, such as `EST5EDT`, as in the C library: those of the United States.
const USUAL_TRANSITIONS: &str = ",M3.2.0,M11.1.0";

/// The time zone of the user, read once; `None` where none can be found, and times are given in UTC.
pub(crate) fn local() -> Option<TimeZone> {
    static LOCAL: OnceLock<Option<TimeZone>> = OnceLock::new();
    LOCAL.get_or_init(|| of(&|name| std::env::var_os(name))).clone()
}

fn of(env: &dyn Fn(&str) -> Option<OsString>) -> Option<TimeZone> {
    let Some(tz) = env("TZ") else {
        return TimeZone::try_system().ok();
    };
    let tz = tz.to_str()?;
    let name = tz.strip_prefix(':').unwrap_or(tz);
    match name {
        // What the C library takes for UTC, whether or not there is a database.
        "" | "UTC" | "UTC0" => Some(TimeZone::UTC),
        name => in_database(name, env("TZDIR").map(PathBuf::from))
            .or_else(|| TimeZone::posix(name).ok())
            .or_else(|| TimeZone::posix(&format!("{name}{USUAL_TRANSITIONS}")).ok()),
    }
}

/// The time zone in a file of the database, or at an absolute path.
fn in_database(name: &str, folder: Option<PathBuf>) -> Option<TimeZone> {
    let folders = folder.into_iter().chain(FOLDERS.map(PathBuf::from));
    let paths = folders.map(|folder| folder.join(name));
    let data = paths.into_iter().find_map(|path| read(&path))?;
    TimeZone::tzif(name, &data).ok()
}

/// A file of the database. A device is not read, as it may never end.
fn read(path: &Path) -> Option<Vec<u8>> {
    let metadata = std::fs::metadata(path).ok()?;
    match metadata.is_file() && metadata.len() <= MAX_FILE {
        true => std::fs::read(path).ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// A folder with one file: the zone `There`, whose offset is 5 hours 30 minutes.
    fn database() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        // Version 2: an empty block of version 1, a block with one type of local time, and a rule.
        let block = |kind: &[u8]| {
            [
                b"TZif2",
                &[0; 15][..],
                &[0; 12],
                &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4],
                kind,
            ]
            .concat()
        };
        let kind = [&19_800_i32.to_be_bytes()[..], &[0, 0], b"+HM\0"].concat();
        let file = [block(&kind), block(&kind), b"\n<+0530>-5:30\n".to_vec()].concat();
        std::fs::create_dir(folder.path().join("Area")).unwrap();
        std::fs::write(folder.path().join("Area/There"), file).unwrap();
        folder
    }

    /// The offset in summer and in winter, in minutes.
    fn offsets(tz: &str) -> Option<(i32, i32)> {
        let database = database();
        let zone = of(&|name| match name {
            "TZ" => Some(tz.replace("DATABASE", database.path().to_str().unwrap()).into()),
            "TZDIR" => Some(database.path().into()),
            _ => None,
        })?;
        let at = |unix| zone.to_offset(Timestamp::from_second(unix).unwrap()).seconds() / 60;
        Some((at(1_782_208_800), at(1_795_883_931)))
    }

    #[test]
    fn every_form_of_tz_is_read_as_the_c_library_does() {
        for (tz, expected) in [
            ("Area/There", (330, 330)),
            (":Area/There", (330, 330)),
            ("DATABASE/Area/There", (330, 330)),
            (":DATABASE/Area/There", (330, 330)),
            ("CET-1CEST,M3.5.0,M10.5.0/3", (120, 60)),
            ("XXX5YYY", (-240, -300)),
            ("<+03>-3", (180, 180)),
            ("XXX-14", (840, 840)),
            ("", (0, 0)),
            (":", (0, 0)),
            ("UTC", (0, 0)),
            (":UTC", (0, 0)),
            ("UTC0", (0, 0)),
        ] {
            assert_eq!(offsets(tz), Some(expected), "{tz}");
        }
    }

    #[test]
    fn a_zone_that_cannot_be_found_is_none() {
        for tz in [
            "Nowhere/There",
            "Area",
            "area/There",
            ":Nowhere",
            "/dev/zero",
            "/nowhere",
            "../..",
            "5",
            "X",
        ] {
            assert_eq!(offsets(tz), None, "{tz}");
        }
    }
}
