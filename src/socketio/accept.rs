//! What a TCP connection needs before the first byte, and what the server must be told.
use std::any::Any;
use std::fmt;
use std::time::Duration;

use actix_http::{Request, Response};
use actix_service::IntoServiceFactory;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Extensions, Service, ServiceFactory};
use actix_web::rt::net::TcpStream;
use actix_web::{Error, HttpServer};
use socket2::SockRef;

/// A peer that takes nothing off its socket for so long is gone. It is the only thing that ends a
/// connection whose writer is stuck: nothing above the kernel gets to run for it.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Connections beyond the limit that are taken to be answered.
const SPARE: usize = 1024;

/// What long-lived connections need of a server. Before `bind`.
///
/// - An aborted poll is noticed at once; with half-closed connections allowed it never is.
/// - A server thread takes as many connections as the whole node may have (0: no limit), and some
///   more; actix's own limit would leave them waiting in the kernel without an answer.
/// - Small packets leave at once, and a peer that has stopped reading is cut.
pub fn tune<F, I, S, B>(
    server: HttpServer<F, I, S, B>,
    connections: usize,
) -> HttpServer<F, I, S, B>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    // Above our own limit, so that it is we who answer, and ordinary requests still get in.
    let room = if connections == 0 { usize::MAX / 2 } else { connections + SPARE };
    server.h1_allow_half_closed(false).max_connections(room).on_connect(on_connect)
}

fn on_connect(connection: &dyn Any, _: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    let socket = SockRef::from(stream);
    if let Err(error) = socket.set_tcp_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED)) {
        tracing::debug!(%error, "cannot set TCP_USER_TIMEOUT");
    }
}
