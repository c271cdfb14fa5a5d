use super::*;

async fn send(request: &[u8]) -> io::Result<RequestHead> {
    let mirror = Mirror::listen().await.unwrap();
    let url = mirror.url().unwrap();
    let address = url.trim_start_matches("http://").to_owned();
    let request = request.to_vec();
    let sender = async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The mirror hangs up on a request that is too long.
        let _ = stream.write_all(&request).await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    };
    let (head, answer) = tokio::join!(mirror.request(), sender);
    if head.is_ok() {
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    }
    head
}

#[tokio::test]
async fn headers_are_seen_as_they_were_sent() {
    let head = send(b"GET /bands/x HTTP/1.1\r\nhost: a\r\nTraceParent: 00-1 \r\n\r\n")
        .await
        .unwrap();
    assert_eq!(head.header("traceparent"), Some("00-1"));
    assert_eq!(head.header("tracestate"), None);
    // The request line is not a header.
    assert_eq!(head.header("GET /bands/x HTTP/1.1"), None);
}

#[tokio::test]
async fn a_request_without_an_end_is_not_read_for_ever() {
    let error = send(&vec![b'x'; HEAD_BYTES_MAX + 1]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
}
