use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

/// From what a frame in memory takes to what a caller no longer waits for.
const SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];
/// Bytes, from a frame to the longest body.
const BYTES: &[f64] = &[256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0];
/// Sizes of batches and queues.
const COUNTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0];
/// How often what was recorded is summed up, so that nobody asking costs no memory.
const UPKEEP: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    #[error("metrics cannot be recorded")]
    Buckets(#[from] BuildError),
    #[error("metrics are recorded by somebody else already")]
    Taken,
}

/// The numbers of this process.
///
/// Names are `switchboard_<thing>_<unit>`, counters end in `_total`. No label holds anything of a
/// tenant or a person.
pub struct Metrics {
    handle: PrometheusHandle,
}

pub(super) fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".into()), BYTES)?
        .set_buckets(COUNTS)?;
    Ok(builder.build_recorder())
}

impl Metrics {
    /// Begins to record.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Taken`] the second time.
    pub fn install() -> Result<Self, MetricsError> {
        let recorder = recorder()?;
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| MetricsError::Taken)?;
        Ok(Self { handle })
    }

    pub fn handle(&self) -> &PrometheusHandle {
        &self.handle
    }

    /// `GET /metrics` on an address of its own. To be spawned; ends when it is stopped.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound.
    pub fn serve(&self, bind: SocketAddr) -> io::Result<Server> {
        let handle = self.handle.clone();
        let upkeep = handle.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::new(handle.clone()))
                .route("/metrics", web::get().to(show))
                .default_service(web::to(HttpResponse::NotFound))
        });
        let server = server.workers(1).max_connections(64).disable_signals().bind(bind)?.run();
        // Ends with the system that it runs on.
        actix_web::rt::spawn(async move {
            let mut tick = tokio::time::interval(UPKEEP);
            loop {
                tick.tick().await;
                upkeep.run_upkeep();
            }
        });
        Ok(server)
    }
}

async fn show(handle: Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(handle.render())
}
