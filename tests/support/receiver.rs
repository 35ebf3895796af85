//! Who subscribed: a small HTTP server that does with each delivery what the test says.
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver as Reports, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use super::wait::PATIENCE;

/// What becomes of one delivery.
#[derive(Clone, Debug)]
pub enum Does {
    Answers(u16),
    /// Hangs up without a word.
    HangsUp,
    /// Says nothing until the other side gives up.
    KeepsSilent,
    /// Answers 200 with a body of so many bytes.
    Rambles(usize),
    /// Sends the caller elsewhere.
    Redirects(String),
}

#[derive(Clone, Debug)]
pub struct Hook {
    pub path: String,
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    /// `x-inbox-signature`, in the form of that API.
    pub inbox_signature: String,
    pub raw: String,
    pub event: Value,
    /// It was answered 2xx.
    pub accepted: bool,
}

pub struct Receiver {
    pub address: SocketAddr,
    plan: Arc<Plan>,
    hooks: Reports<Hook>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Plan {
    next: Mutex<VecDeque<Does>>,
    otherwise: Mutex<Option<u16>>,
    over: AtomicBool,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (report, hooks) = mpsc::channel();
        let plan = Arc::new(Plan::default());
        let planned = Arc::clone(&plan);
        let listening = thread::spawn(move || {
            for stream in listener.incoming() {
                if planned.over.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), plan, report) = (stream, Arc::clone(&planned), report.clone())
                else {
                    continue;
                };
                thread::spawn(move || serve(stream, &plan, &report));
            }
        });
        Self { address, plan, hooks, listening: Some(listening) }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What becomes of the next deliveries; all others are answered 200, or as
    /// [`Self::always`] says.
    pub fn plan(&self, next: impl IntoIterator<Item = Does>) {
        self.plan.next.lock().unwrap_or_else(PoisonError::into_inner).extend(next);
    }

    /// From now on; `None`: 200.
    pub fn always(&self, status: Option<u16>) {
        *self.plan.otherwise.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }

    /// The next delivery, whatever became of it.
    pub fn next(&self) -> Hook {
        self.hooks.recv_timeout(PATIENCE).expect("a delivery")
    }

    /// The next delivery that was answered 2xx.
    pub fn accepted(&self) -> Hook {
        loop {
            let hook = self.next();
            if hook.accepted {
                return hook;
            }
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.plan.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn serve(mut stream: TcpStream, plan: &Plan, report: &Sender<Hook>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |name: &str| {
        let found = headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut body = vec![0; header("content-length").parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let raw = String::from_utf8(body).ok()?;
    let planned = plan.next.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let otherwise = *plan.otherwise.lock().unwrap_or_else(PoisonError::into_inner);
    let does = planned.unwrap_or(Does::Answers(otherwise.unwrap_or(200)));
    let accepted = match &does {
        Does::Answers(status) => (200..300).contains(status),
        Does::Rambles(_) => true,
        _ => false,
    };
    let hook = Hook {
        path,
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        inbox_signature: header("x-inbox-signature"),
        event: serde_json::from_str(&raw).unwrap_or_default(),
        raw,
        accepted,
    };
    let _ = report.send(hook);
    let head =
        |status: u16, more: &str| format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{more}");
    let _ = match does {
        Does::Answers(status) => {
            stream.write_all(head(status, "content-length: 0\r\n\r\n").as_bytes())
        }
        Does::HangsUp => Ok(()),
        Does::KeepsSilent => reader.read_to_end(&mut Vec::new()).map(drop),
        Does::Rambles(bytes) => stream
            .write_all(head(200, &format!("content-length: {bytes}\r\n\r\n")).as_bytes())
            .and_then(|()| stream.write_all(&vec![b'x'; bytes])),
        Does::Redirects(to) => stream.write_all(
            head(302, &format!("location: {to}\r\ncontent-length: 0\r\n\r\n")).as_bytes(),
        ),
    };
    Some(())
}
