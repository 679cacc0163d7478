//! Serving one sandbox, in threads of claw that end with it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::hello::{self, First};
use super::request::{self, Kind, Request};
use super::rules::Rules;
use crate::policy::is_public;

/// Where it listens, in a network namespace of the sandbox's own.
pub const PORT: u16 = 3128;
/// Where nothing but TLS is spoken.
const HTTPS: u16 = 443;
/// Connections at once; more wait.
const CONNECTIONS: usize = 64;
/// Bytes of a request before its body.
const HEAD: usize = 16 * 1024;
/// Decisions that are kept.
const DECISIONS: usize = 10_000;
const CONNECT: Duration = Duration::from_secs(15);
const IDLE: Duration = Duration::from_secs(600);

/// What was asked for, and whether it was let through.
pub type Decision = (String, u16, bool);

/// A running proxy; it takes no more connections once dropped.
#[derive(Debug)]
pub(in crate::exec) struct Proxy {
    shared: Arc<Shared>,
    /// Closed by the drop: the listening thread sees it.
    _stop: OwnedFd,
}

#[derive(Debug)]
struct Shared {
    rules: Rules,
    decisions: Mutex<Vec<Decision>>,
    connections: AtomicUsize,
}

impl Proxy {
    /// Serve this listener until the drop.
    pub(in crate::exec) fn start(listener: OwnedFd, rules: Rules) -> io::Result<Self> {
        let (stop, stopped) = crate::exec::fds::pipe()?;
        let shared = Arc::new(Shared { rules, decisions: Mutex::default(), connections: AtomicUsize::new(0) });
        let listener = TcpListener::from(listener);
        listener.set_nonblocking(true)?;
        let served = Arc::clone(&shared);
        thread::Builder::new().name("claw-proxy".into()).spawn(move || listen(&listener, &stop, &served))?;
        Ok(Self { shared, _stop: stopped })
    }

    /// In order.
    pub(in crate::exec) fn decisions(&self) -> Vec<Decision> {
        self.shared.decisions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn listen(listener: &TcpListener, stop: &OwnedFd, shared: &Arc<Shared>) {
    loop {
        let full = shared.connections.load(Ordering::Acquire) >= CONNECTIONS;
        let entry = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut events = [entry(stop.as_raw_fd()), entry(if full { -1 } else { listener.as_raw_fd() })];
        // SAFETY: two entries.
        unsafe { libc::poll(events.as_mut_ptr(), 2, if full { 20 } else { -1 }) };
        if events[0].revents != 0 {
            return;
        }
        let Ok((client, _)) = listener.accept() else { continue };
        shared.connections.fetch_add(1, Ordering::AcqRel);
        let served = Arc::clone(shared);
        let work = move || {
            // What goes wrong between two others is theirs to notice.
            let _ = serve(&client, &served);
            let _ = client.shutdown(Shutdown::Both);
            served.connections.fetch_sub(1, Ordering::AcqRel);
        };
        if thread::Builder::new().name("claw-proxy".into()).spawn(work).is_err() {
            shared.connections.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn serve(mut client: &TcpStream, shared: &Shared) -> io::Result<()> {
    client.set_nonblocking(false)?;
    client.set_read_timeout(Some(IDLE))?;
    client.set_write_timeout(Some(IDLE))?;
    let (head, rest) = read_head(client)?;
    let request = match request::parse(&head) {
        Ok(request) => request,
        Err(status) => return answer(client, status, "this proxy takes CONNECT and plain http:// requests"),
    };
    let server = match connect(&request, shared) {
        Ok(server) => server,
        Err((status, why)) => return answer(client, status, &why),
    };
    server.set_read_timeout(Some(IDLE))?;
    server.set_write_timeout(Some(IDLE))?;
    let mut to_server = &server;
    match request.kind {
        Kind::Tunnel => {
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            tunnel(client, &server, rest, &request, shared);
            Ok(())
        }
        Kind::Plain { head, body } => {
            to_server.write_all(head.as_bytes())?;
            let mut body = (&rest[..]).chain(client).take(body);
            thread::scope(|scope| {
                let answered = scope.spawn(|| {
                    let _ = io::copy(&mut &server, &mut &*client);
                    // Whoever still sends is not heard any more.
                    let _ = client.shutdown(Shutdown::Both);
                });
                let _ = io::copy(&mut body, &mut to_server);
                let _ = answered.join();
            });
            Ok(())
        }
    }
}

/// Up to the empty line; what came behind it.
fn read_head(mut client: &TcpStream) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let n = client.read(&mut piece)?;
        head.extend_from_slice(&piece[..n]);
        if let Some(at) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let rest = head.split_off(at + 4);
            return Ok((head, rest));
        }
        if n == 0 || head.len() > HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

/// To an address that was looked at; every decision is kept.
fn connect(request: &Request, shared: &Shared) -> Result<TcpStream, (&'static str, String)> {
    let (host, port) = (&request.host, request.port);
    let refused = |why: String| {
        shared.keep((host.to_string(), port, false));
        Err(("403 Forbidden", why))
    };
    if !shared.rules.allow(host, port) {
        return refused(format!("{host}:{port} is not among what was granted"));
    }
    let found: io::Result<Vec<SocketAddr>> = (host.to_string(), port).to_socket_addrs().map(Iterator::collect);
    let found = found.map_err(|error| ("502 Bad Gateway", format!("{host} was not found: {error}")))?;
    let fine: Vec<_> = found.iter().filter(|to| host.may_be_local() || is_public(to.ip())).collect();
    if fine.is_empty() {
        return refused(format!("{host} leads to no address of the public internet"));
    }
    shared.keep((host.to_string(), port, true));
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for to in fine {
        match TcpStream::connect_timeout(to, CONNECT) {
            Ok(server) => return Ok(server),
            Err(error) => last = error,
        }
    }
    Err(("502 Bad Gateway", format!("{host}:{port} does not answer: {last}")))
}

impl Shared {
    fn keep(&self, decision: Decision) {
        let mut decisions = self.decisions.lock().unwrap_or_else(PoisonError::into_inner);
        if decisions.len() < DECISIONS {
            decisions.push(decision);
        }
    }
}

/// Both ways until their ends. What the client says first is looked at before the server hears it; a server that speaks
/// first is heard meanwhile.
fn tunnel(client: &TcpStream, mut server: &TcpStream, rest: Vec<u8>, request: &Request, shared: &Shared) {
    thread::scope(|scope| {
        scope.spawn(|| copy(server, client));
        let begun = begin(client, rest, request, shared).and_then(|first| server.write_all(&first));
        if begun.is_ok() {
            copy(client, server);
        } else {
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    });
}

/// The first bytes of a tunnel, if they ask for nothing but what was granted. Err once the client was told.
fn begin(mut client: &TcpStream, mut bytes: Vec<u8>, request: &Request, shared: &Shared) -> io::Result<Vec<u8>> {
    let (host, port) = (&request.host, request.port);
    let mut piece = [0; 4096];
    let mut ended = false;
    loop {
        let asked = match hello::first(&bytes) {
            First::Unfinished if bytes.is_empty() && ended => return Ok(bytes),
            First::Unfinished if !ended => {
                let n = client.read(&mut piece)?;
                bytes.extend_from_slice(&piece[..n]);
                ended = n == 0;
                continue;
            }
            First::Plain if port != HTTPS => return Ok(bytes),
            First::Hello(hello) => hello.judged(host, port, &shared.rules),
            First::Plain | First::Broken | First::Unfinished => Err(host.clone()),
        };
        let Err(name) = asked else { return Ok(bytes) };
        shared.keep((name.to_string(), port, false));
        if bytes.first() == Some(&hello::HANDSHAKE) {
            client.write_all(&hello::ACCESS_DENIED)?;
        }
        return Err(io::ErrorKind::PermissionDenied.into());
    }
}

/// Until its end, which is passed on.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    match io::copy(&mut from, &mut to) {
        Ok(_) => drop(to.shutdown(Shutdown::Write)),
        Err(_) => {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        }
    }
}

fn answer(mut client: &TcpStream, status: &str, why: &str) -> io::Result<()> {
    let text = format!("claw: {why}\n");
    let length = text.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    )
}
