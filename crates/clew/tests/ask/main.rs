//! The commands that ask a backend, as a shell sees them.

mod diff;
mod doctor;
mod logs;
mod services;
mod support;
