//! A Socket.IO server on socketioxide and axum, as its documentation builds one.
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use axum::serve::ListenerExt;
use serde::Deserialize;
use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};

const NAMESPACE: &str = "/v1/shared";

#[derive(Deserialize)]
struct Auth {
    token: String,
    rooms: Vec<String>,
}

#[derive(Deserialize)]
struct Emit {
    rooms: Vec<String>,
    data: Value,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut words = std::env::args().skip(1);
    let (port, token) = (words.next().expect("a port"), words.next().expect("a token"));
    let (layer, io) = SocketIo::new_layer();
    io.ns(NAMESPACE, async move |socket: SocketRef, Data(auth): Data<Auth>| {
        if auth.token == token {
            socket.join(auth.rooms);
        } else {
            let _ = socket.disconnect();
        }
    });
    let app = Router::new().route("/emit/{event}", post(emit)).with_state(io).layer(layer);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await;
    let listener = listener.expect("a free port").tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await.expect("it serves");
}

async fn emit(
    State(io): State<SocketIo>,
    Path(event): Path<String>,
    axum::Json(emit): axum::Json<Emit>,
) -> &'static str {
    let namespace = io.of(NAMESPACE).expect("it is there");
    let _ = namespace.to(emit.rooms).emit(event, &emit.data).await;
    "ok"
}
