//! What a TCP connection needs before the first byte, and what becomes of one that is upgraded.
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_codec::Framed;
use actix_http::body::{BoxBody, MessageBody, to_bytes};
use actix_http::h1::{Codec, SendResponse};
use actix_http::{HttpService, Request, Response};
use actix_server::Server;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_factory, fn_service,
    map_config,
};
use actix_web::Error;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use socket2::{Domain, SockRef, Socket, Type};

use super::websocket::Takeover;

/// A peer that takes nothing off its socket for so long is gone.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Connections beyond the limit that are taken to be answered.
const SPARE: usize = 1024;

/// Connections that wait in the kernel to be taken.
const BACKLOG: i32 = 1024;

/// How the server threads are run.
#[derive(Clone, Copy, Debug)]
pub struct Staff {
    pub threads: usize,
    /// Connections of the whole node; 0: no limit.
    pub connections: usize,
    /// For requests under way when the server is told to stop.
    pub shutdown_timeout: Duration,
}

/// Serves on `address`. `apps` is called on each server thread and gives the same application twice:
/// one answers requests, the other those that ask for a websocket, whose connection is then handed
/// over. It is given where it serves.
///
/// - An aborted poll is noticed at once; with half-closed connections allowed it never is.
/// - A server thread takes as many connections as the whole node may have, and some more; actix's
///   own limit would leave them waiting in the kernel without an answer.
/// - Small packets leave at once, and a peer that has stopped reading is cut.
///
/// # Errors
///
/// The address cannot be listened on.
pub fn serve<F, I, S, B>(
    address: SocketAddr,
    staff: Staff,
    apps: F,
) -> io::Result<(Server, SocketAddr)>
where
    F: Fn() -> [I; 2] + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let listener = listen(address)?;
    let address = listener.local_addr()?;
    // Above our own limit, so that it is we who answer, and ordinary requests still get in.
    let room = match staff.connections {
        0 => usize::MAX / 2,
        limit => limit + SPARE,
    };
    let server = Server::build();
    let stopping = server.graceful_shutdown_signal();
    let server = server
        .workers(staff.threads)
        .max_concurrent_connections(room)
        .shutdown_timeout(staff.shutdown_timeout.as_secs())
        .disable_signals()
        .listen("switchboard", listener, move || {
            let stopping = stopping.clone();
            let [requests, sockets] = apps().map(|app| {
                let app = app.into_factory().map_err(|error| error.into().error_response());
                map_config(app, |()| AppConfig::default())
            });
            let sockets = Rc::new(sockets);
            HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .client_disconnect_timeout(Duration::from_secs(1))
                .h1_allow_half_closed(false)
                .local_addr(address)
                .on_connect_ext(|stream, _| on_connect(stream))
                .upgrade(fn_factory(move || {
                    let app = sockets.new_service(());
                    async move {
                        let app = Rc::new(app.await?);
                        Ok::<_, S::InitError>(fn_service(move |(request, connection)| {
                            answer(Rc::clone(&app), request, connection)
                        }))
                    }
                }))
                .finish(requests)
                .tcp()
        })?;
    Ok((server.run(), address))
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn on_connect(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    if let Err(error) = socket.set_tcp_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED)) {
        tracing::debug!(%error, "cannot set TCP_USER_TIMEOUT");
    }
}

/// Asks the application, as for any request; what it takes over is its own from then on.
async fn answer<S, B>(
    app: Rc<S>,
    request: Request,
    connection: Framed<TcpStream, Codec>,
) -> Result<(), actix_http::Error>
where
    S: Service<Request>,
    S::Error: Into<Response<BoxBody>>,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
{
    let mut answer = match app.call(request).await {
        Ok(answer) => answer.into().map_into_boxed_body(),
        Err(error) => error.into(),
    };
    let Some(takeover) = answer.extensions_mut().remove::<Takeover>() else {
        // Refused; short, like everything that is said to somebody who wants a websocket.
        let (answer, body) = answer.into_parts();
        let body = to_bytes(body).await.unwrap_or_default();
        return SendResponse::new(connection, answer.set_body(body)).await.map(drop);
    };
    let parts = SendResponse::new(connection, answer.set_body(())).await?.into_parts();
    takeover.begin(parts.io, parts.read_buf);
    Ok(())
}
