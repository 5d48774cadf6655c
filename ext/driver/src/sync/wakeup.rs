//! A descriptor that wakes event loops by becoming readable.

use std::{
    io::{Read, Write},
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
};

use crate::{Error, reactor};

/// A pair of connected sockets. Once notified, it is readable until it is cleared.
#[derive(Debug)]
pub struct Wakeup {
    writer: UnixStream,
    reader: UnixStream,
}

impl Wakeup {
    /// Creates a pair that is not readable.
    pub fn new() -> Result<Self, Error> {
        let (writer, reader) = UnixStream::pair().map_err(reactor::system)?;
        for socket in [&writer, &reader] {
            socket.set_nonblocking(true).map_err(reactor::system)?;
        }
        Ok(Self { writer, reader })
    }

    /// The end to write a byte to.
    pub fn writer(&self) -> RawFd {
        self.writer.as_raw_fd()
    }

    /// The end that becomes readable.
    pub fn reader(&self) -> RawFd {
        self.reader.as_raw_fd()
    }

    /// Makes it readable.
    pub fn notify(&self) {
        // If the socket is full, the other end is readable already.
        let _ = (&self.writer).write(&[1]);
    }

    /// Makes it unreadable.
    pub fn clear(&self) {
        let mut scratch = [0; 64];
        while (&self.reader).read(&mut scratch).is_ok_and(|count| count == scratch.len()) {}
    }

    /// Whether it has been notified since it was last cleared.
    #[cfg(test)]
    pub fn is_readable(&self) -> bool {
        let mut poll = libc::pollfd { fd: self.reader(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one live structure.
        unsafe { libc::poll(&mut poll, 1, 0) == 1 }
    }
}
