//! The key cache on disk, rule K6: shared by processes, replaced by rename, and trusted only where nobody else can write.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use noesis::KeyCache;
use serde_json::json;

use super::cache::Endpoint;
use super::{NOW, jwk, set};
use crate::support::{Home, skipped};

const HOUR: i64 = 3_600;

/// A cache with a memory of its own, as a process has.
fn cache(endpoint: &Endpoint, folder: &Path) -> KeyCache {
    endpoint.builder().disk(folder).waits_for_refresh(true).build().unwrap()
}

/// The one entry in the folder.
fn entry(folder: &Path) -> PathBuf {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "json"))
        .unwrap()
}

#[tokio::test]
async fn k6_processes_share_a_set_on_disk() {
    let (home, endpoint) = (Home::new(), Endpoint::new());
    let folder = home.path().join("keys");
    let cache = || endpoint.disk_cache(&folder);
    // Each has its own memory, as processes have.
    let caches: Vec<KeyCache> = (0..64).map(|_| cache()).collect();
    let calls: Vec<_> = caches
        .iter()
        .cloned()
        .map(|cache| tokio::spawn(async move { cache.keys(NOW).await }))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().len(), 1);
    }
    assert_eq!(endpoint.requests(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in std::fs::read_dir(&folder).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }
    // The time of the last request is shared as well.
    endpoint.is_down();
    cache().keys(NOW + 7 * HOUR).await.unwrap();
    assert_eq!(endpoint.requests(), 3);
    let next = cache();
    next.keys(NOW + 7 * HOUR + 29).await.unwrap();
    assert_eq!(endpoint.requests(), 3);
    assert!(next.last_failure().is_some());
    // Offline, it is used as long as the file exists.
    let offline = || endpoint.builder().disk(&folder).offline(true).build().unwrap();
    assert_eq!(offline().keys(NOW + 1_000 * HOUR).await.unwrap().len(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
    let error = offline().keys(NOW).await.unwrap_err();
    assert!(error.message.contains("no keys of"), "{error}");
    assert_eq!(endpoint.requests(), 3);
}

#[tokio::test]
async fn k6_a_corrupt_or_foreign_file_is_a_cache_miss() {
    let (home, endpoint) = (Home::new(), Endpoint::new());
    let folder = home.path().join("keys");
    let cache = || endpoint.disk_cache(&folder);
    cache().keys(NOW).await.unwrap();
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "json"))
        .unwrap();
    let good = std::fs::read_to_string(&file).unwrap();
    let requests = AtomicUsize::new(1);
    let fetches_again = async |what: &str| {
        assert_eq!(cache().keys(NOW).await.unwrap().len(), 1, "{what}");
        assert_eq!(
            endpoint.requests(),
            requests.fetch_add(1, Ordering::SeqCst) + 1,
            "{what}"
        );
    };
    for (what, text) in [
        ("empty", String::new()),
        ("cut", good[..good.len() / 2].to_owned()),
        ("no JSON", "\0\u{1}".repeat(1_000)),
        ("another's", good.replace("/.well-known/", "/other/")),
        (
            "of tomorrow",
            good.replace(
                &format!("\"fetched_at\":{NOW}"),
                &format!("\"fetched_at\":{}", NOW + 86_400),
            ),
        ),
        ("with members of its own", good.replacen('{', "{\"own\":1,", 1)),
        (
            "no set in it",
            good.replace("kty", "ktx").replace("keys\\\"", "kees\\\""),
        ),
        ("large", " ".repeat(3 * 1024 * 1024)),
    ] {
        assert_ne!(text, good, "{what}");
        std::fs::write(&file, text).unwrap();
        fetches_again(what).await;
        assert_eq!(std::fs::read_to_string(&file).unwrap(), good, "{what}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
        fetches_again("a file that others can write").await;
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(&folder, open).unwrap();
        fetches_again("a folder that others can write").await;
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    fetches_again("a folder in its place").await;
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    fetches_again("a file in the folder's place").await;
}

#[cfg(unix)]
#[tokio::test]
async fn k6_the_file_is_replaced_by_rename_and_never_written_in_place() {
    use std::os::unix::fs::MetadataExt as _;
    let (home, endpoint) = (Home::new(), Endpoint::new());
    let folder = home.path().join("keys");
    cache(&endpoint, &folder).keys(NOW).await.unwrap();
    let file = entry(&folder);
    let old = std::fs::read_to_string(&file).unwrap();
    // What a reader sees that opened the file before the next fetch.
    let opened = home.path().join("opened");
    std::fs::hard_link(&file, &opened).unwrap();
    endpoint.says("200 OK", &set(&[jwk(json!({"kid": "2026-02"}))]));
    cache(&endpoint, &folder).keys(NOW + 7 * HOUR).await.unwrap();
    assert_eq!(std::fs::read_to_string(&opened).unwrap(), old);
    assert!(std::fs::read_to_string(&file).unwrap().contains("2026-02"));
    let inode = |path: &Path| std::fs::metadata(path).unwrap().ino();
    assert_ne!(inode(&file), inode(&opened));
    // The same where a failed fetch is recorded.
    std::fs::remove_file(&opened).unwrap();
    std::fs::hard_link(&file, &opened).unwrap();
    endpoint.is_down();
    cache(&endpoint, &folder).keys(NOW + 14 * HOUR).await.unwrap();
    assert_ne!(inode(&file), inode(&opened));
    let names = std::fs::read_dir(&folder).unwrap();
    let temporary = names.filter(|name| name.as_ref().unwrap().path().extension().is_some_and(|it| it == "tmp"));
    assert_eq!(temporary.count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn k6_a_file_or_folder_of_another_user_is_a_cache_miss() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let (home, endpoint) = (Home::new(), Endpoint::new());
    let folder = home.path().join("keys");
    cache(&endpoint, &folder).keys(NOW).await.unwrap();
    let file = entry(&folder);
    let own = std::fs::metadata(&file).unwrap().uid();
    let other = own + 1;
    if chown(&file, Some(other), None).is_err() {
        return skipped("only root can give a file to another user");
    }
    cache(&endpoint, &folder).keys(NOW).await.unwrap();
    assert_eq!(endpoint.requests(), 2, "the file of another user");
    assert_eq!(std::fs::metadata(&file).unwrap().uid(), own, "it is replaced");
    chown(&folder, Some(other), None).unwrap();
    cache(&endpoint, &folder).keys(NOW).await.unwrap();
    assert_eq!(endpoint.requests(), 3, "the folder of another user");
    // Both of them: a folder that another user prepared, with a file in it.
    chown(&file, Some(other), None).unwrap();
    cache(&endpoint, &folder).keys(NOW).await.unwrap();
    assert_eq!(endpoint.requests(), 4, "both of another user");
    chown(&folder, Some(own), None).unwrap();
    chown(&file, Some(own), None).unwrap();
    cache(&endpoint, &folder).keys(NOW).await.unwrap();
    assert_eq!(endpoint.requests(), 4, "both of the user again");
}
