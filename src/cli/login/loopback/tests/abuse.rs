//! What no browser does: resets, silence, floods, endless heads and bodies (rule L4). After each, the genuine callback completes.

use super::*;

/// Opens `count` connections, does `talk` on each and resets it (SO_LINGER 0), 16 at a time.
fn resets(address: SocketAddr, count: usize, request: &'static [u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..count / 16 {
            let mut visits = tokio::task::JoinSet::new();
            for _ in 0..16 {
                visits.spawn(async move {
                    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
                    stream.set_zero_linger().unwrap();
                    stream.writable().await.unwrap();
                    assert_eq!(stream.try_write(request).unwrap(), request.len());
                });
            }
            visits.join_all().await;
        }
    });
}

#[test]
fn l4_800_resets_do_no_harm() {
    let desk = Desk::open();
    resets(desk.address, 400, b"GET /callback?code=a&st");
    resets(
        desk.address,
        400,
        b"GET /callback?code=a&state=b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    );
    desk.completes();
}

#[test]
fn l4_a_flood_of_10_000_forged_callbacks_does_no_harm() {
    let desk = Desk::open();
    let (address, host) = (desk.address, desk.authority.as_str());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for guess in 0..1250 {
                    let forged = format!("/callback?code=a&state={guess}");
                    let answer = answer(send(address, host, "GET", &forged, ""));
                    assert!(is_page(&answer, 400, Kind::NotHere), "{answer}");
                }
            });
        }
    });
    desk.completes();
}

#[test]
fn l4_32_idle_sockets_do_not_delay_the_callback() {
    let desk = Desk::open();
    let _idle: Vec<TcpStream> = (0..32).map(|_| desk.connect()).collect();
    let begin = Instant::now();
    desk.completes();
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[test]
fn l4_more_idle_sockets_than_there_are_places_delay_it_a_little() {
    let desk = Desk::open();
    let idle: Vec<TcpStream> = (0..400).map(|_| desk.connect()).collect();
    let begin = Instant::now();
    desk.completes();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    drop(idle);
}

#[test]
fn l4_who_has_shown_the_state_is_not_sent_away_to_make_room() {
    let desk = Desk::open();
    let browser = desk.send("GET", GENUINE, "");
    let callback = desk.callback();
    let idle: Vec<TcpStream> = (0..300).map(|_| desk.connect()).collect();
    // The last of them is served: whoever could be sent away has been.
    assert!(is_page(&desk.get("/"), 404, Kind::NotHere));
    callback.page.success();
    assert!(is_page(&answer(browser), 200, Kind::Success));
    drop(idle);
}

#[test]
fn l4_a_head_that_never_ends_is_cut_off_in_time() {
    let desk = Desk::open();
    let mut slow = desk.connect();
    let begin = Instant::now();
    let mut sent = 0;
    // A byte now and then keeps no deadline from passing.
    while slow.write_all(b"G").is_ok() && begin.elapsed() < WAIT {
        sent += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
    let end = begin.elapsed();
    assert!(
        end > Duration::from_secs(4) && end < Duration::from_secs(10),
        "{sent} bytes in {end:?}"
    );
    desk.completes();
}

#[test]
fn l4_a_request_line_of_200_mib_takes_no_memory_with_it() {
    let desk = Desk::open();
    for begin in [
        "GET /",
        "GET / HTTP/1.1\r\nX: ",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nA: ",
    ] {
        let mut stream = desk.connect();
        stream.write_all(begin.as_bytes()).unwrap();
        let piece = vec![b'a'; 1 << 20];
        let taken = (0..200).take_while(|_| stream.write_all(&piece).is_ok()).count();
        // What the system's own buffers hold on both sides; the server reads 64 KiB of it.
        assert!(taken < 16, "{taken} MiB were taken");
    }
    let mut many = desk.connect();
    let _ = many.write_all("GET / HTTP/1.1\r\n".as_bytes());
    let lines = (0..1_000_000)
        .take_while(|_| many.write_all(b"A: b\r\n").is_ok())
        .count();
    assert!(lines < 1_000_000, "endless headers were taken");
    desk.completes();
}

#[test]
fn l4_a_body_that_never_comes_keeps_nobody_waiting() {
    let desk = Desk::open();
    let begin = Instant::now();
    for headers in [
        "Content-Length: 1073741824\r\n",
        "Content-Length: 1073741824\r\nExpect: 100-continue\r\n",
        "Transfer-Encoding: chunked\r\n",
    ] {
        let poster = desk.send("POST", GENUINE, headers);
        let answer = answer(poster);
        assert!(is_page(&answer, 405, Kind::NotHere), "{headers}: {answer}");
    }
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    let browser = desk.send("GET", GENUINE, "Content-Length: 1073741824\r\n");
    desk.callback().page.success();
    assert!(is_page(&answer(browser), 200, Kind::Success));
}

#[test]
fn l4_what_is_not_http_is_let_go() {
    let desk = Desk::open();
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n\r\n\r\nSSH-2.0-OpenSSH_9.2\r\n",
        b"GET /callback?code=a HTTP/9.9\r\n\r\n",
        b"GET /callback?state=\xff\xfe HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"\0\0\0\0",
    ] {
        let mut stream = desk.connect();
        stream.write_all(noise).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
    }
    desk.completes();
}
