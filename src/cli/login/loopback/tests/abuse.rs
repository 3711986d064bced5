//! Hostile clients: resets, idle sockets, floods, endless heads and bodies (rule L4). After each, the genuine callback completes.

use super::*;

/// Opens `count` connections, sends `request` on each and resets it (SO_LINGER 0), 16 at a time.
fn resets(address: SocketAddr, count: usize, request: &'static [u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..count / 16 {
            let mut connections = tokio::task::JoinSet::new();
            for _ in 0..16 {
                connections.spawn(async move {
                    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
                    stream.set_zero_linger().unwrap();
                    stream.writable().await.unwrap();
                    assert_eq!(stream.try_write(request).unwrap(), request.len());
                });
            }
            connections.join_all().await;
        }
    });
}

#[test]
fn l4_800_resets_do_not_disturb_the_callback() {
    let server = TestServer::open();
    resets(server.address, 400, b"GET /callback?code=a&st");
    resets(
        server.address,
        400,
        b"GET /callback?code=a&state=b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    );
    server.completes();
}

#[test]
fn l4_a_flood_of_10_000_forged_callbacks_does_not_disturb_the_callback() {
    let server = TestServer::open();
    let (address, host) = (server.address, server.authority.as_str());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for guess in 0..1250 {
                    let forged = format!("/callback?code=a&state={guess}");
                    let answer = answer(send(address, host, "GET", &forged, ""));
                    assert!(is_page(&answer, 400, ResultPage::NotCallback), "{answer}");
                }
            });
        }
    });
    server.completes();
}

#[test]
fn l4_32_idle_sockets_do_not_delay_the_callback() {
    let server = TestServer::open();
    let idle: Vec<TcpStream> = (0..32).map(|_| server.connect()).collect();
    server.completes();
    // None had to be closed first.
    let last = idle.last().unwrap();
    last.set_nonblocking(true).unwrap();
    assert_eq!(last.peek(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn l4_more_idle_sockets_than_permits_delay_the_callback_little() {
    let server = TestServer::open();
    let idle: Vec<TcpStream> = (0..400).map(|_| server.connect()).collect();
    let begin = Instant::now();
    server.completes();
    // 128 at a time: without being closed early, three times as many would take three of these.
    assert!(begin.elapsed() < 2 * server::HEAD_TIMEOUT, "{:?}", begin.elapsed());
    drop(idle);
}

#[test]
fn l4_a_connection_with_the_state_is_not_closed_for_others() {
    let server = TestServer::open();
    let browser = server.send("GET", GENUINE, "");
    let callback = server.callback();
    let idle: Vec<TcpStream> = (0..300).map(|_| server.connect()).collect();
    // The last of them is served: all idle connections that could be closed were.
    assert!(is_page(&server.get("/"), 404, ResultPage::NotCallback));
    callback.page.success();
    assert!(is_page(&answer(browser), 200, ResultPage::Success));
    drop(idle);
}

#[test]
fn l4_an_endless_head_times_out() {
    let server = TestServer::open();
    let mut slow = server.connect();
    let begin = Instant::now();
    let mut sent = 0;
    // A byte now and then does not extend the deadline.
    while slow.write_all(b"G").is_ok() && begin.elapsed() < WAIT {
        sent += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
    let end = begin.elapsed();
    assert!(end > Duration::from_secs(4) && end < WAIT, "{sent} bytes in {end:?}");
    server.completes();
}

#[test]
fn l4_a_request_line_of_200_mib_uses_bounded_memory() {
    let server = TestServer::open();
    for begin in [
        "GET /",
        "GET / HTTP/1.1\r\nX: ",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nA: ",
    ] {
        let mut stream = server.connect();
        stream.write_all(begin.as_bytes()).unwrap();
        let piece = vec![b'a'; 1 << 20];
        let taken = (0..200).take_while(|_| stream.write_all(&piece).is_ok()).count();
        // The size of the system's buffers on both sides; the server reads 64 KiB of it.
        assert!(taken < 16, "{taken} MiB were accepted");
    }
    let mut many = server.connect();
    let _ = many.write_all("GET / HTTP/1.1\r\n".as_bytes());
    let lines = (0..1_000_000)
        .take_while(|_| many.write_all(b"A: b\r\n").is_ok())
        .count();
    assert!(lines < 1_000_000, "endless headers were accepted");
    server.completes();
}

#[test]
fn l4_a_missing_body_is_not_waited_for() {
    let server = TestServer::open();
    for headers in [
        "Content-Length: 1073741824\r\n",
        "Content-Length: 1073741824\r\nExpect: 100-continue\r\n",
        "Transfer-Encoding: chunked\r\n",
    ] {
        let poster = server.send("POST", GENUINE, headers);
        let answer = answer(poster);
        assert!(is_page(&answer, 405, ResultPage::NotCallback), "{headers}: {answer}");
    }
    let browser = server.send("GET", GENUINE, "Content-Length: 1073741824\r\n");
    server.callback().page.success();
    assert!(is_page(&answer(browser), 200, ResultPage::Success));
}

#[test]
fn l4_a_connection_without_http_is_closed() {
    let server = TestServer::open();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n\r\n\r\nSSH-2.0-OpenSSH_9.2\r\n",
        b"GET /callback?code=a HTTP/9.9\r\n\r\n",
        b"GET /callback?state=\xff\xfe HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"\0\0\0\0",
    ] {
        let mut stream = server.connect();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
    }
    server.completes();
}
