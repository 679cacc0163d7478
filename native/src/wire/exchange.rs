//! One request and its answer, on their way through the runtime to whoever asked.

use std::future::{Future, poll_fn};
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use http_body::Body as _;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Client, Request, Response};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::answer::{Answer, Form, Record};
use super::body::Progress;
use super::bound::TooLong;
use super::failure::{Failure, Kind};
use super::mine::Mine;

/// Bytes that wait to be taken, about; the connection is not read meanwhile.
const MOST_WAITING: usize = 256 * 1024;
/// Bytes read of an answer that is an error, and the longest silence in it: its status says what matters.
const LONGEST_ERROR: usize = 1024 * 1024;
const ERROR_SILENCE: Duration = Duration::from_secs(10);
/// How long the end of an answer is waited for in which nothing more is expected, so that its connection can be used again.
const DRAIN: Duration = Duration::from_millis(250);

/// The beginning of an answer.
pub struct Head {
    /// As HTTP numbers it.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The text of an answer with another status than 2xx.
    pub said: String,
}

/// What has come of an answer's head.
pub enum Began {
    /// Nothing yet.
    Not,
    /// All of it.
    Head(Head),
    /// There will be none.
    End,
}

/// What has come of an answer's body.
pub enum Taken {
    /// Nothing yet: the bell rings once there is.
    Nothing,
    /// What arrived together; never empty.
    Records(Vec<Record>),
    /// Nothing more comes.
    End,
}

/// A request that was begun. Dropping it cancels it, unless it was left.
pub struct Exchange {
    running: Mine<Running>,
}

struct Running {
    shared: Arc<Shared>,
    task: AbortHandle,
    runtime: Handle,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.shared.state().is_left {
            self.task.abort();
        }
    }
}

impl Exchange {
    pub(super) fn begin(
        runtime: &Handle,
        client: Client,
        request: Request,
        progress: Progress,
        write: Duration,
    ) -> Result<Self, Failure> {
        let shared = Arc::new(Shared::new().map_err(|error| Failure::new(Kind::Connection, error.to_string()))?);
        let task = runtime.spawn(run(client, request, progress, write, Arc::clone(&shared))).abort_handle();
        Ok(Self { running: Mine::new(Running { shared, task, runtime: runtime.clone() }) })
    }

    /// Readable once there is what was waited for.
    pub fn bell(&self) -> Result<RawFd, Failure> {
        Ok(self.running.get()?.shared.bell.as_raw_fd())
    }

    /// Make the bell ring no more until there is something again.
    pub fn hush(&self) -> Result<(), Failure> {
        self.running.get()?.shared.hush();
        Ok(())
    }

    /// The bell rings once it has come. Panics if the exchange did.
    pub fn head(&self) -> Result<Began, Failure> {
        let mut state = self.running.get()?.shared.state();
        assert!(!state.panicked, "an exchange failed");
        if let Some(head) = state.head.take() {
            return Ok(Began::Head(head));
        }
        if state.end.is_some() {
            return Ok(Began::End);
        }
        state.waits = true;
        Ok(Began::Not)
    }

    /// What has come of the body. Panics if the exchange did.
    pub fn take(&self) -> Result<Taken, Failure> {
        let shared = &self.running.get()?.shared;
        let mut state = shared.state();
        assert!(!state.panicked, "an exchange failed");
        if !state.records.is_empty() {
            state.weight = 0;
            let records = mem::take(&mut state.records);
            drop(state);
            shared.room.notify_one();
            return Ok(Taken::Records(records));
        }
        if state.end.is_some() {
            return Ok(Taken::End);
        }
        state.waits = true;
        Ok(Taken::Nothing)
    }

    /// Of what has come.
    pub fn form(&self) -> Result<Form, Failure> {
        Ok(self.running.get()?.shared.answer().form())
    }

    /// What the server said instead of records.
    pub fn said(&self) -> Result<String, Failure> {
        Ok(self.running.get()?.shared.answer().said())
    }

    /// Why the answer ended as it should not.
    pub fn failure(&self) -> Result<Option<Failure>, Failure> {
        Ok(self.running.get()?.shared.state().end.clone().flatten())
    }

    /// Where nothing more is waited for: the record that only lacked its end.
    pub fn rest(&self) -> Result<Vec<Record>, Failure> {
        let mut records = Vec::new();
        match self.running.get()?.shared.answer().end(&mut records) {
            Ok(()) => Ok(records),
            Err(error) => Err(too_long(error)),
        }
    }

    /// Nothing more is expected: the rest is read and dropped, so that the connection can be used again.
    pub fn leave(&self) {
        let Ok(running) = self.running.get() else { return };
        let mut state = running.shared.state();
        if mem::replace(&mut state.is_left, true) || state.end.is_some() {
            return;
        }
        state.records.clear();
        drop(state);
        running.shared.room.notify_one();
        let task = running.task.clone();
        running.runtime.spawn(async move {
            sleep(DRAIN).await;
            task.abort();
        });
    }

    /// The connection is closed unless the answer has ended or was left.
    pub fn cancel(&self) {
        if let Ok(running) = self.running.get()
            && !running.shared.state().is_left
        {
            running.task.abort();
        }
    }
}

#[derive(Default)]
struct State {
    head: Option<Head>,
    records: Vec<Record>,
    weight: usize,
    /// Whether nothing more comes, and why not.
    end: Option<Option<Failure>>,
    /// Somebody waits for the bell.
    waits: bool,
    is_left: bool,
    panicked: bool,
}

struct Shared {
    state: Mutex<State>,
    answer: Mutex<Answer>,
    room: Notify,
    bell: OwnedFd,
}

impl Shared {
    fn new() -> std::io::Result<Self> {
        // SAFETY: the descriptor is new and nobody else's.
        let bell = unsafe {
            let fd = libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK);
            if fd < 0 {
                return Err(std::io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd)
        };
        Ok(Self { state: Mutex::default(), answer: Mutex::default(), room: Notify::new(), bell })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self) -> MutexGuard<'_, Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        if mem::take(&mut state.waits) {
            drop(state);
            // SAFETY: the descriptor lives as long as this. A full counter rings as well.
            unsafe { libc::eventfd_write(self.bell.as_raw_fd(), 1) };
        }
    }

    fn hush(&self) {
        let mut count = 0;
        // SAFETY: as above; an empty counter is one that does not ring.
        unsafe { libc::eventfd_read(self.bell.as_raw_fd(), &raw mut count) };
    }

    /// Waits while too much waits to be taken.
    async fn push(&self, records: &mut Vec<Record>) {
        if !records.is_empty() {
            let weight: usize = records.iter().map(Record::weight).sum();
            self.change(|state| {
                if state.is_left {
                    records.clear();
                } else {
                    state.weight += weight;
                    state.records.append(records);
                }
            });
        }
        while self.state().weight > MOST_WAITING && !self.state().is_left {
            self.room.notified().await;
        }
    }
}

/// In a task whose panic nobody else would hear of.
struct Watch(Arc<Shared>);

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.change(|state| {
                state.panicked = true;
                state.end = Some(None);
            });
        }
    }
}

async fn run(client: Client, request: Request, progress: Progress, write: Duration, shared: Arc<Shared>) {
    let _watch = Watch(Arc::clone(&shared));
    let failure = match unless(client.execute(request), progress.stalled(write)).await {
        None => Some(Failure::new(Kind::Timeout, "the request was not taken")),
        Some(Err(error)) => Some(Failure::of(&error.without_url())),
        Some(Ok(response)) => receive(response, &shared).await,
    };
    shared.change(|state| state.end = Some(failure));
}

/// What the future comes to, or None if the other one is done first.
async fn unless<T>(future: impl Future<Output = T>, other: impl Future<Output = ()>) -> Option<T> {
    let (mut future, mut other) = (pin!(future), pin!(other));
    poll_fn(|context| {
        if let Poll::Ready(done) = future.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        other.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// Why the answer has no end.
async fn receive(response: Response, shared: &Shared) -> Option<Failure> {
    let status = response.status();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), latin(value.as_bytes()))).collect();
    let mut head = Head { status: status.as_u16(), headers, said: String::new() };
    if !status.is_success() {
        head.said = error_text(response).await;
        shared.change(|state| state.head = Some(head));
        return None;
    }
    shared.change(|state| state.head = Some(head));
    let (mut body, mut records) = (Body::from(response), Vec::new());
    loop {
        let gathered = gather(&mut body, &shared.answer, &mut records).await;
        shared.push(&mut records).await;
        match gathered {
            Gathered::More => {}
            Gathered::Failed(failure) => return Some(failure),
            Gathered::Whole => break,
        }
    }
    let ended = shared.answer().end(&mut records);
    shared.push(&mut records).await;
    ended.err().map(too_long)
}

enum Gathered {
    More,
    Whole,
    Failed(Failure),
}

/// What can be had at once, and what is only behind another task of the runtime.
async fn gather(body: &mut Body, answer: &Mutex<Answer>, records: &mut Vec<Record>) -> Gathered {
    let (mut has_yielded, mut size) = (false, 0);
    poll_fn(|context| {
        loop {
            let frame = match Pin::new(&mut *body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => frame,
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Gathered::Failed(Failure::of(&error.without_url())));
                }
                Poll::Ready(None) => return Poll::Ready(Gathered::Whole),
                Poll::Pending if records.is_empty() => return Poll::Pending,
                Poll::Pending if has_yielded => return Poll::Ready(Gathered::More),
                Poll::Pending => {
                    has_yielded = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            };
            has_yielded = false;
            let Ok(data) = frame.into_data() else { continue };
            size += data.len();
            let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = answer.feed(&data, records) {
                return Poll::Ready(Gathered::Failed(too_long(error)));
            }
            if answer.is_full() {
                return Poll::Ready(Gathered::Whole);
            }
            if size > MOST_WAITING && !records.is_empty() {
                return Poll::Ready(Gathered::More);
            }
        }
    })
    .await
}

fn too_long(error: TooLong) -> Failure {
    Failure::new(Kind::Broken, error.to_string())
}

async fn error_text(mut response: Response) -> String {
    let kind = response.headers().get(CONTENT_TYPE).map(|value| latin(value.as_bytes())).unwrap_or_default();
    let mut data = Vec::new();
    while let Ok(Ok(Some(piece))) = timeout(ERROR_SILENCE, response.chunk()).await {
        data.extend_from_slice(&piece);
        if data.len() > LONGEST_ERROR {
            break;
        }
    }
    data.truncate(LONGEST_ERROR);
    let label = kind.to_ascii_lowercase().split("charset=").nth(1).map(|rest| {
        rest.split(';')
            .next()
            .unwrap_or_default()
            .trim_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace())
            .to_owned()
    });
    let encoding = label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    encoding.unwrap_or(encoding_rs::UTF_8).decode(&data).0.into_owned()
}

/// As HTTP has it where it is not ASCII.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
