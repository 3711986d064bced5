//! Authorities, valid and invalid certificates, and servers that present them, all by `openssl`.

use std::io::{Read as _, Write as _};
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use crate::support::call::Call;
use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::raw::json;
use crate::support::{Home, has, now, stdout, text, until};

/// An elliptic key, as `openssl req` names it.
const KEY: &str = "ec -pkeyopt ec_paramgen_curve:prime256v1";

/// What a certificate is to be.
pub struct Order {
    /// Who signs it, by the name of its certificate; `ca` is the authority itself.
    pub issuer: &'static str,
    /// Its common name; its own name where there is none.
    pub subject: Option<&'static str>,
    /// Its extensions, a line each.
    pub extensions: String,
    /// The days on which it is good, from today.
    pub days: Range<i64>,
    /// The kind of its key, as `openssl req -newkey` takes it.
    pub key: &'static str,
    /// What it is signed with.
    pub digest: &'static str,
}

impl Order {
    /// A server's good certificate.
    pub fn of(host: &str) -> Self {
        Self {
            issuer: "ca",
            subject: None,
            extensions: format!("subjectAltName={host}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"),
            days: 0..2,
            key: KEY,
            digest: "sha256",
        }
    }

    /// That of an authority below another.
    pub fn authority() -> Self {
        Self {
            extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n".into(),
            ..Self::of("")
        }
    }
}

/// A certificate authority and what it has signed, in a folder of its own.
pub struct Authority {
    dir: Home,
}

impl Authority {
    /// `None` where `openssl` is missing, which is then said.
    pub fn new() -> Option<Self> {
        if !has("openssl") {
            return None;
        }
        let authority = Self { dir: Home::new() };
        authority.signs_itself(
            "ca",
            "noesis-test-authority",
            &["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"],
        );
        Some(authority)
    }

    pub fn openssl(&self, words: &str) {
        let output = self
            .dir
            .command("openssl")
            .args(words.split_whitespace())
            .output()
            .unwrap();
        assert!(output.status.success(), "openssl {words}: {}", text(&output));
    }

    /// Where a file of the folder is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The authority's own certificate.
    pub fn ca(&self) -> PathBuf {
        self.file("ca.pem")
    }

    pub fn ca_pem(&self) -> Vec<u8> {
        std::fs::read(self.ca()).unwrap()
    }

    /// A self-signed certificate.
    pub fn signs_itself(&self, name: &str, subject: &str, extensions: &[&str]) {
        let mut words =
            format!("req -x509 -newkey {KEY} -nodes -days 2 -subj /CN={subject} -keyout {name}.key -out {name}.pem");
        for extension in extensions {
            words.push_str(" -addext ");
            words.push_str(extension);
        }
        self.openssl(&words);
    }

    /// A certificate for `host`, such as `IP:127.0.0.1`, that is good on the given days from today.
    pub fn signs(&self, name: &str, host: &str, days: Range<i64>) {
        self.issues(
            name,
            &Order {
                days,
                ..Order::of(host)
            },
        );
    }

    /// A certificate as it is ordered.
    pub fn issues(&self, name: &str, order: &Order) {
        let Order {
            issuer, key, digest, ..
        } = order;
        std::fs::write(self.file(&format!("{name}.ext")), &order.extensions).unwrap();
        let subject = order.subject.unwrap_or(name);
        self.openssl(&format!(
            "req -newkey {key} -nodes -subj /CN={subject} -keyout {name}.key -out {name}.csr"
        ));
        if order.days.start == 0 {
            self.openssl(&format!(
                "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -{digest} -days {} \
                 -extfile {name}.ext -out {name}.pem",
                order.days.end
            ));
        } else {
            // `x509 -req` dates from now; `openssl ca` takes the dates that it is given.
            let day = |offset: i64| stamp(now() + offset * 86_400);
            let config = "[ca]\ndefault_ca=own\n[own]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n\
                          policy=any\n[any]\ncommonName=supplied\n";
            for (file, content) in [("ca.conf", config), ("index", ""), ("serial", "2a\n")] {
                std::fs::write(self.file(file), content).unwrap();
            }
            self.openssl(&format!(
                "ca -batch -config ca.conf -cert {issuer}.pem -keyfile {issuer}.key -md {digest} -in {name}.csr \
                 -extfile {name}.ext -startdate {} -enddate {} -notext -out {name}.pem",
                day(order.days.start),
                day(order.days.end)
            ));
        }
    }
}

/// A moment as ASN.1 spells it: `20261123080000Z`.
fn stamp(unix: i64) -> String {
    let date = Command::new("date")
        .args(["-u", &format!("-d@{unix}"), "+%Y%m%d%H%M%SZ"])
        .output()
        .unwrap();
    stdout(&date).trim().to_owned()
}

/// `openssl s_server`, which speaks the TLS and leaves the HTTP to its standard input; all that it says of its connections,
/// and all that comes over them, is kept.
pub struct Server {
    child: Child,
    pub url: String,
    said: Arc<Said>,
}

#[derive(Default)]
struct Said {
    text: Mutex<String>,
    over: AtomicBool,
    more: Condvar,
}

impl Server {
    /// One that shows the certificate of a name.
    pub fn start(authority: &Authority, name: &str) -> Self {
        Self::with(
            authority,
            &["-cert", &format!("{name}.pem"), "-key", &format!("{name}.key")],
        )
    }

    /// One with flags of its own.
    pub fn with(authority: &Authority, flags: &[&str]) -> Self {
        let mut child = authority
            .dir
            .command("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let said = Arc::new(Said::default());
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            let mut answered = 0;
            while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                let mut text = heard.text.lock().unwrap();
                text.push_str(&String::from_utf8_lossy(&bytes[..count]));
                // Whole lines alone: the rest of the last one is still to come.
                let end = text.rfind('\n').map_or(answered, |at| at + 1);
                for line in text[answered.min(end)..end].lines() {
                    answer(&mut stdin, line);
                }
                answered = end;
                heard.more.notify_all();
            }
            heard.over.store(true, Ordering::SeqCst);
        });
        // It says where it is: `ACCEPT 127.0.0.1:40123`.
        let ready = said.says("ACCEPT ", 0);
        let (_, rest) = ready.split_once("ACCEPT ").unwrap();
        let url = format!("https://{}", rest.lines().next().unwrap().trim());
        Self { child, url, said }
    }

    /// How much it has said so far.
    pub fn mark(&self) -> usize {
        self.said.text.lock().unwrap().len()
    }

    /// All that it has said since then, once that holds a word in a line that is whole.
    #[track_caller]
    pub fn says(&self, word: &str, since: usize) -> String {
        self.said.says(word, since)
    }

    /// All that it has said, once it has ended by itself after the number of connections it was started for.
    pub fn at_its_end(&self) -> String {
        until("the server ends", || self.said.over.load(Ordering::SeqCst));
        self.said.text.lock().unwrap().clone()
    }
}

impl Said {
    #[track_caller]
    fn says(&self, word: &str, since: usize) -> String {
        let text = self.text.lock().unwrap();
        let holds = |text: &str| {
            text[since..]
                .split_once(word)
                .is_some_and(|(_, rest)| rest.contains('\n'))
        };
        let (text, wait) = self
            .more
            .wait_timeout_while(text, STEP_TIMEOUT, |text| !holds(text))
            .unwrap();
        assert!(!wait.timed_out(), "no `{word}` in {:?}", &text[since..]);
        text[since..].to_owned()
    }
}

fn answer(stdin: &mut ChildStdin, line: &str) {
    let body = if line.starts_with("POST /oauth/token ") {
        Call::Refresh.good()
    } else if line.starts_with("POST /oauth/introspect ") {
        Call::Introspect.good()
    } else if line.starts_with("POST /api/v1/activation/redeem ") {
        Call::Redeem.good()
    } else if line.starts_with("GET /.well-known/jwks.json ") {
        r#"{"keys":[]}"#.into()
    } else {
        return;
    };
    let _ = stdin.write_all(json("200 OK", &body).as_ref());
    let _ = stdin.flush();
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
