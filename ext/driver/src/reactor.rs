//! The process-wide tokio runtime: one thread waits for admin results, others come and go with calls that wait.

use std::os::unix::net::UnixStream;

use tokio::runtime::{Builder, Handle};

use crate::{Error, PerProcess};

static REACTOR: PerProcess<Result<Handle, Error>> = PerProcess::new();

/// The runtime's handle; the thread is started on first use in each process.
pub(crate) fn handle() -> Result<Handle, Error> {
    REACTOR
        .get(|| {
            let runtime =
                Builder::new_current_thread().enable_all().thread_name("karafka-call").build().map_err(system)?;
            let handle = runtime.handle().clone();
            std::thread::Builder::new()
                .name("karafka-reactor".into())
                .spawn(move || runtime.block_on(std::future::pending::<()>()))
                .map_err(system)?;
            Ok(handle)
        })
        .clone()
}

/// Has the runtime watch a socket.
pub(crate) fn listen(socket: UnixStream) -> Result<tokio::net::UnixStream, Error> {
    let runtime = handle()?;
    let _entered = runtime.enter();
    tokio::net::UnixStream::from_std(socket).map_err(system)
}

pub(crate) fn system(error: std::io::Error) -> Error {
    Error::System(error.to_string())
}
