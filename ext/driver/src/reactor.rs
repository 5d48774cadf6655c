//! The process's tokio runtime, whose single thread waits for replies to admin requests.

use std::{os::unix::net::UnixStream, sync::Mutex};

use tokio::runtime::{Builder, Handle};

use crate::{Error, PerProcess, sync::lock};

static REACTOR: PerProcess<Mutex<Option<Handle>>> = PerProcess::new();

/// The runtime's handle. The first use in each process starts the thread; if that fails, the next use tries again.
pub(crate) fn handle() -> Result<Handle, Error> {
    let mut reactor = lock(REACTOR.get(Mutex::default));
    if let Some(handle) = &*reactor {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_all().build().map_err(system)?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("karafka-reactor".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .map_err(system)?;
    Ok(reactor.insert(handle).clone())
}

/// Makes the runtime watch a socket.
pub(crate) fn listen(socket: UnixStream) -> Result<tokio::net::UnixStream, Error> {
    let runtime = handle()?;
    let _entered = runtime.enter();
    tokio::net::UnixStream::from_std(socket).map_err(system)
}

pub(crate) fn system(error: std::io::Error) -> Error {
    Error::System(error.to_string())
}
