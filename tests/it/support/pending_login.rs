//! A sign-in that waits for its callback: the process, its output as it comes, and the user at the platform.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use url::Url;

use crate::support::{Home, Sandbox, get, within};

/// The timeout of one step: it takes milliseconds, and a busy machine may need longer.
pub const STEP_TIMEOUT: Duration = Duration::from_secs(40);

/// A `noesis login` at work; ended with the test.
pub struct PendingLogin {
    child: Child,
    stdout: Stream,
    stderr: Stream,
}

impl PendingLogin {
    /// Without a browser: the test opens [`Self::url`] itself.
    pub fn at(home: &Home, sandbox: &Sandbox, args: &[&str]) -> Self {
        Self::start(home.at(sandbox, &["login", "--no-browser"]).args(args))
    }

    /// A command that signs in.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self {
            stdout: Stream::read(child.stdout.take().unwrap()),
            stderr: Stream::read(child.stderr.take().unwrap()),
            child,
        }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard error so far.
    pub fn shown(&self) -> String {
        self.stderr.so_far()
    }

    /// Waits until its standard error contains these words.
    pub fn expect(&self, words: &str) {
        within(STEP_TIMEOUT, words, || self.shown().contains(words));
    }

    /// The authorization URL, as soon as it is printed: the port is open by then, and `--json` prints no note after it.
    pub fn url(&self) -> Url {
        let mut url = None;
        within(STEP_TIMEOUT, "the authorization URL", || {
            let shown = self.shown();
            let mut lines = shown.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            url = lines
                .find(|line| line.starts_with("http"))
                .map(|line| line.trim_end().parse().unwrap());
            url.is_some()
        });
        url.unwrap()
    }

    /// A parameter of the authorization URL.
    pub fn parameter(&self, name: &str) -> String {
        parameter(&self.url(), name)
    }

    /// The redirect URI with an answer that knows the state, beside other parameters.
    pub fn answer(&self, parameters: &str) -> String {
        let (uri, state) = (self.parameter("redirect_uri"), self.parameter("state"));
        format!("{uri}?{parameters}&state={state}")
    }

    /// Whether its process has ended.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Its exit status and all its output.
    pub fn end(mut self) -> Output {
        let mut status = None;
        within(STEP_TIMEOUT, "the end of the sign-in", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        Output {
            status: status.unwrap(),
            stdout: self.stdout.all(),
            stderr: self.stderr.all(),
        }
    }
}

impl Drop for PendingLogin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What comes out of a pipe, as it comes.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn read(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut piece) {
                kept.lock().unwrap().extend_from_slice(&piece[..count]);
            }
        });
        Self {
            bytes,
            reader: Some(reader),
        }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    fn all(&mut self) -> Vec<u8> {
        self.reader.take().unwrap().join().unwrap();
        self.bytes.lock().unwrap().clone()
    }
}

/// The value of a URL's parameter.
pub fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

/// Posts the consent form of a sandbox as a person would: the redirect URL that the platform answers with.
pub fn decide(url: &Url, user: &str, decision: &str) -> String {
    let page = get(url.as_str());
    let (_, after) = page.split_once(r#"name="request" value=""#).unwrap();
    let (request, _) = after.split_once('"').unwrap();
    let body = format!("request={request}&user={user}&decision={decision}");
    let authority = url.authority();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {authority}\r\norigin: http://{authority}\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        url.path(),
        body.len()
    );
    let answer = exchange(authority, &(head + &body));
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    location.unwrap_or_else(|| panic!("{answer}")).trim().to_owned()
}

/// Sends bytes and reads what comes back until the other side closes.
pub fn exchange(authority: &str, request: &str) -> String {
    use std::io::Write as _;
    let mut stream = std::net::TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A browser command made of a shell script, which finds the URL in `$1`.
pub fn browser(home: &Home, script: &str) -> String {
    // Run through `sh`: a file that a sibling test's fork still holds open for writing could not be started itself.
    let path = home.path().join("browser.sh");
    std::fs::write(&path, script).unwrap();
    format!("sh {}", path.display())
}
