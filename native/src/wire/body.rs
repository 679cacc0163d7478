//! The body of a request on its way out, watched: a server that stops reading is noticed.

use std::convert::Infallible;
use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

const PIECE: usize = 64 * 1024;

/// When the connection last took a piece; None before the first one and after the last.
#[derive(Clone, Default)]
pub(super) struct Progress(Arc<Mutex<Option<Instant>>>);

impl Progress {
    fn set(&self, at: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// Returns once no piece was taken for so long, though there are more.
    pub(super) async fn stalled(&self, limit: Duration) {
        let mut look = Instant::now() + limit;
        loop {
            sleep_until(look).await;
            let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            look = last.unwrap_or_else(Instant::now) + limit;
            if look <= Instant::now() {
                return;
            }
            if Arc::strong_count(&self.0) == 1 {
                return pending().await;
            }
        }
    }
}

pub(super) struct Body {
    pub(super) rest: Bytes,
    pub(super) progress: Progress,
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.progress.set((!self.rest.is_empty()).then(Instant::now));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
