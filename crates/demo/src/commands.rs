//! What the demo can be told to do: the ten steps, the services alone, one more call.

mod call;
mod run;
mod up;

pub use call::call;
pub use run::run;
pub use up::up;

/// What the future gives, or `None` if `stop` completes first.
async fn until<T>(
    stop: &mut (impl Future<Output = ()> + Unpin),
    future: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        () = stop => None,
        output = future => Some(output),
    }
}
