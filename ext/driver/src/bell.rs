//! A descriptor that becomes readable, for event loops.

use std::{
    io::{Read, Write},
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
};

use crate::{Error, reactor};

/// Two connected sockets. Rung more often than it is listened to, it is still readable only once.
#[derive(Debug)]
pub struct Bell {
    rope: UnixStream,
    ear: UnixStream,
}

impl Bell {
    /// Silent.
    pub fn new() -> Result<Self, Error> {
        let (rope, ear) = UnixStream::pair().map_err(reactor::system)?;
        for socket in [&rope, &ear] {
            socket.set_nonblocking(true).map_err(reactor::system)?;
        }
        Ok(Self { rope, ear })
    }

    /// What rings when it is written to.
    pub fn rope(&self) -> RawFd {
        self.rope.as_raw_fd()
    }

    /// What becomes readable.
    pub fn ear(&self) -> RawFd {
        self.ear.as_raw_fd()
    }

    /// Makes it readable.
    pub fn ring(&self) {
        // A full socket is readable already.
        let _ = (&self.rope).write(&[1]);
    }

    /// Makes it unreadable.
    pub fn silence(&self) {
        let mut scratch = [0; 64];
        while (&self.ear).read(&mut scratch).is_ok_and(|count| count == scratch.len()) {}
    }
}
