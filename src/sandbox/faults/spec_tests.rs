//! Valid specifications, and the errors and hints for invalid ones.

use super::*;

fn parsed(spec: &str) -> (Kind, Share, Option<EndpointId>) {
    let fault: Fault = spec.parse().unwrap_or_else(|e| panic!("{spec}: {e}"));
    assert_eq!(fault.to_string(), spec);
    assert_eq!(fault.kind.name(), spec.split(['=', ',', '@']).next().unwrap());
    (fault.kind, fault.share, fault.endpoint)
}

#[test]
fn a_specification_is_a_fault_a_rate_and_an_endpoint() {
    let seconds = Duration::from_secs;
    let status = |code, retry_after| Kind::Status { code, retry_after };
    let tenth = Share::parse("0.1").unwrap();
    for (spec, kind, share, endpoint) in [
        (
            "latency=300ms",
            Kind::Latency(Duration::from_millis(300)),
            Share::ALL,
            None,
        ),
        (
            "latency=2s@token",
            Kind::Latency(seconds(2)),
            Share::ALL,
            Some(EndpointId::Token),
        ),
        ("status=503", status(503, None), Share::ALL, None),
        ("status=429,retry-after=7", status(429, Some(7)), Share::ALL, None),
        (
            "status=503,rate=0.1@token",
            status(503, None),
            tenth,
            Some(EndpointId::Token),
        ),
        (
            "status=503,rate=0.1,retry-after=0@jwks",
            status(503, Some(0)),
            tenth,
            Some(EndpointId::Jwks),
        ),
        (
            "reset@introspect",
            Kind::Reset,
            Share::ALL,
            Some(EndpointId::Introspect),
        ),
        ("truncate@redeem", Kind::Truncate, Share::ALL, Some(EndpointId::Redeem)),
        ("slow-body", Kind::SlowBody(seconds(30)), Share::ALL, None),
        (
            "slow-body=1h@metadata",
            Kind::SlowBody(seconds(3_600)),
            Share::ALL,
            Some(EndpointId::Metadata),
        ),
        ("rotate-keys", Kind::RotateKeys, Share::ALL, Some(EndpointId::Token)),
        ("rotate-keys@mint", Kind::RotateKeys, Share::ALL, Some(EndpointId::Mint)),
        ("skew=+90s", Kind::Skew(90), Share::ALL, None),
        ("skew=-3650d", Kind::Skew(-3_650 * 86_400), Share::ALL, None),
        (
            "latency=1.5s",
            Kind::Latency(Duration::from_millis(1_500)),
            Share::ALL,
            None,
        ),
        ("latency=1h0m", Kind::Latency(seconds(3_600)), Share::ALL, None),
        ("skew=5m@jwks", Kind::Skew(300), Share::ALL, Some(EndpointId::Jwks)),
        ("denied", Kind::Denied, Share::ALL, Some(EndpointId::Authorize)),
        (
            "denied,rate=0.1@authorize",
            Kind::Denied,
            tenth,
            Some(EndpointId::Authorize),
        ),
    ] {
        assert_eq!(parsed(spec), (kind, share, endpoint), "{spec}");
    }
}

#[test]
fn an_invalid_specification_says_why_and_what_to_write() {
    for (spec, why, hint) in [
        ("latncy=2s@token", "unknown fault `latncy`", "write `latency=2s@token`"),
        ("latncy=2@tokn", "unknown fault `latncy`", "write `latency=2s`"),
        ("latncy=2s@tokn", "unknown fault `latncy`", "write `latency=2s@token`"),
        ("503", "unknown fault `503`", "write `status=503`"),
        (
            "",
            "unknown fault ``",
            "choose from latency, status, reset, truncate, slow-body, rotate-keys, skew, denied",
        ),
        (
            "latency=2s@introspection",
            "unknown endpoint `introspection`",
            "write `latency=2s@introspect`",
        ),
        (
            "reset@overview",
            "unknown endpoint",
            "choose from authorize, token, introspect, redeem, jwks, metadata, mint",
        ),
        ("latency", "takes a duration of at most an hour", "write `latency=2s`"),
        ("latency=2", "takes a duration", "write `latency=2s`"),
        ("latency=2h", "at most an hour", "write `latency=2s`"),
        ("latency=-2s", "takes a duration", "write `latency=2s`"),
        ("latency=1mo", "takes a duration", "write `latency=2s`"),
        ("skew=3651d", "at most 3650 days", "write `skew=+90s`"),
        ("skew=-3651d", "at most 3650 days", "write `skew=+90s`"),
        ("slow-body=x", "takes a duration", "write `slow-body=5s`"),
        ("status=200", "400 to 599", "write `status=503`"),
        ("status=0503", "400 to 599", "write `status=503`"),
        ("status", "400 to 599", "write `status=503`"),
        ("skew=90", "with its sign", "write `skew=+90s`"),
        ("skew=+500ms", "with its sign", "write `skew=+90s`"),
        ("skew=+-1s", "with its sign", "write `skew=+90s`"),
        ("reset=1", "`reset` takes no value", "write `reset`"),
        ("denied@token", "for `authorize` only", "write `denied@authorize`"),
        ("rate=0.1", "needs a fault before it", "write `status=503,rate=0.1`"),
        (
            "status=503,rate=2",
            "above 0 and at most 1",
            "write `status=503,rate=0.1`",
        ),
        ("status=503,rate=0.1,rate=0.2", "given twice", "write `status=503`"),
        (
            "status=503,retry-after=1,retry-after=2",
            "given twice",
            "write `status=503`",
        ),
        (
            "status=503,retry-after=+7",
            "a number of seconds",
            "write `status=503,retry-after=7`",
        ),
        (
            "reset,retry-after=7",
            "for `status` only",
            "write `status=503,retry-after=7`",
        ),
        (
            "reset,latency=2s",
            "a second one",
            "write two specifications: `reset` and `latency=2s`",
        ),
        (
            "reset,rat=0.5@token",
            "unknown modifier `rat`",
            "write `reset,rate=0.5@token`",
        ),
        ("status=503;retry-after=7", "400 to 599", "write `status=503`"),
        ("reset,", "unknown modifier ``", "choose from rate, retry-after"),
    ] {
        let error = spec.parse::<Fault>().unwrap_err();
        assert!(error.to_string().contains(why), "{spec}: {error}");
        assert_eq!(error.hint(), hint, "{spec}");
        if let Some(instead) = hint.strip_prefix("write `") {
            parsed(instead.trim_end_matches('`'));
        }
    }
}
