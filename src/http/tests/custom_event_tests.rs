use super::*;

async fn post(scene: &Scene, path: &str, body: &str) -> Answered {
    let json = ("content-type", "application/json");
    scene.send(with_key(Method::POST, path).insert_header(json).set_payload(body.to_owned())).await
}

#[actix_web::test]
async fn a_payload_is_passed_on_digit_by_digit_and_no_body_is_an_empty_object() {
    let scene = scene();
    let exact = r#"{"b":1e400,"a":12345678901234567890123, "a":[ "\ud83d\ude00" ]}"#;

    for (path, body, told) in [
        ("/emit/ana/note", exact, format!("[ana] note {exact}").as_str()),
        ("/emit/ana/note", "", "[ana] note {}"),
        ("/emit/ana/note", " [1] ", "[ana] note [1]"),
        ("/emit/ana/note", "null", "[ana] note null"),
        ("/emit/note", r#"{"userIds":"ana","data":null}"#, "[ana] note null"),
        ("/emit/a%2Fb%20c", r#"{"userIds":["a","b","a"],"data":5}"#, "[a, b] a/b c 5"),
        ("/lead-finder/go", r#"{"socketId":"there"}"#, "there go {}"),
        ("/lead-finder/go", r#"{"socketId":"there","payload":null}"#, "there go null"),
        ("/lead-finder/sockets", r#"{"socketId":"there","payload":0.10}"#, "there sockets 0.10"),
    ] {
        let answered = post(&scene, path, body).await;

        assert_eq!(answered.body, json!({"success": true, "message": "SUCCESS"}), "{path} {body}");
        assert_eq!(scene.told.0.lock().pop().as_deref(), Some(told));
    }
}

#[actix_web::test]
async fn what_is_no_event_is_refused_and_told_to_nobody() {
    let scene = scene();
    let long = "e".repeat(129);
    for (path, body, status) in [
        ("/emit/ana/connect", "{}", 400),
        ("/emit/disconnect", r#"{"userIds":"ana","data":{}}"#, 400),
        ("/lead-finder/newListener", r#"{"socketId":"there"}"#, 400),
        (&format!("/emit/ana/{long}"), "{}", 400),
        (&format!("/emit/{long}/note"), "{}", 400),
        ("/emit/ana/note", "{", 400),
        ("/emit/ana/note", "{} {}", 400),
        ("/emit/ana/note", "\"\u{1e}\"", 400),
        ("/emit/ana/note", "[[[[[[[[[1]]]]]]]]]", 400),
        ("/emit/ana/note", &format!("\"{}\"", "x".repeat(1_000)), 413),
        ("/emit/note", "", 400),
        ("/emit/note", "[\"ana\", 5]", 400),
        ("/emit/note", r#"{"data":5}"#, 400),
        ("/emit/note", r#"{"userIds":[],"data":5}"#, 400),
        ("/emit/note", r#"{"userIds":"","data":5}"#, 400),
        ("/emit/note", r#"{"userIds":[5],"data":5}"#, 400),
        ("/emit/note", r#"{"userIds":{"a":1},"data":5}"#, 400),
        ("/emit/note", r#"{"userIds":"ana"}"#, 400),
        ("/lead-finder/go", "", 400),
        ("/lead-finder/go", r#"{"payload":{}}"#, 400),
        ("/lead-finder/go", r#"{"socketId":5}"#, 400),
        ("/lead-finder/go", r#"{"socketId":""}"#, 400),
    ] {
        let answered = post(&scene, path, body).await;

        let code = if status == 400 { "VALIDATION_ERROR" } else { "PAYLOAD_TOO_LARGE" };
        assert_eq!(answered.status, status, "{path} {body}: {}", answered.body);
        assert_envelope(&answered, status, code);
    }
    assert!(scene.told.0.lock().is_empty());

    let text = ("content-type", "text/plain");
    let request = with_key(Method::POST, "/emit/ana/note").insert_header(text).set_payload("hello");
    assert_envelope(&scene.send(request).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    assert_envelope(&scene.get("/emit/ana/note").await, 405, "METHOD_NOT_ALLOWED");
    let absent = post(&scene, "/lead-finder/go", r#"{"socketId":"absent"}"#).await;
    assert_envelope(&absent, 404, "NOT_FOUND");
}
