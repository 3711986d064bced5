//! Tests that need a process: a page that must be sent before the process exits, and a process without free file descriptors.
//!
//! The process is this test binary again, at [`a_process_that_signs_in`], with its order on standard input.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::*;

/// A sign-in in another process.
struct Process {
    child: Child,
    // Held open, as its end would be an order.
    _orders: ChildStdin,
    address: SocketAddr,
}

impl Process {
    fn start(order: &str, limit: &str) -> Self {
        let me = std::env::current_exe().unwrap();
        let name = "cli::login::loopback::tests::process::a_process_that_signs_in";
        let mut child = Command::new("sh")
            .args(["-c", &format!("{limit} exec \"$0\" \"$@\"")])
            .arg(me)
            .args([name, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut orders = child.stdin.take().unwrap();
        writeln!(orders, "{order}").unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                line.unwrap()
                    .split_once("listens at ")
                    .map(|(_, at)| at.parse().unwrap())
            })
            .unwrap();
        Self {
            child,
            _orders: orders,
            address,
        }
    }

    fn get(&self, target: &str) -> TcpStream {
        send(self.address, &self.address.to_string(), "GET", target, "")
    }
}

#[test]
#[ignore = "the process that the other tests here start"]
fn a_process_that_signs_in() {
    let mut order = String::new();
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) || std::io::stdin().read_line(&mut order).unwrap() == 0 {
        return;
    }
    let server = TestServer::open();
    writeln!(std::io::stdout(), "\nlistens at {}", server.address).unwrap();
    let page = server.callback().page;
    match order.trim() {
        "succeed" => page.success(),
        "fail" => page.failure(),
        _ => drop(page),
    }
    std::process::exit(7);
}

#[test]
fn l6_the_page_is_sent_before_the_process_exits() {
    for round in 0..10 {
        for (order, status, kind) in [
            ("succeed", 200, ResultPage::Success),
            ("fail", 400, ResultPage::Failure),
            ("drop", 400, ResultPage::Failure),
        ] {
            let mut process = Process::start(order, "");
            let answer = answer(process.get(GENUINE));
            assert!(is_page(&answer, status, kind), "{order}, round {round}: {answer}");
            assert_eq!(process.child.wait().unwrap().code(), Some(7));
        }
    }
}

#[test]
fn l4_a_process_without_free_file_descriptors_keeps_waiting() {
    let mut process = Process::start("succeed", "ulimit -n 40;");
    let mut idle: Vec<TcpStream> = (0..100).map(|_| connect(process.address)).collect();
    // Those beyond the 40 wait in the accept queue until the first ones are closed.
    let refused = answer(process.get("/"));
    assert!(is_page(&refused, 404, ResultPage::NotCallback), "{refused}");
    idle.extend((0..100).map(|_| connect(process.address)));
    let answer = answer(process.get(GENUINE));
    assert!(is_page(&answer, 200, ResultPage::Success), "{answer}");
    assert_eq!(process.child.wait().unwrap().code(), Some(7));
}
