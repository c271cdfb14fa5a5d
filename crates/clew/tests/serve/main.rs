//! `clew serve` as its users meet it: a process, its arguments, its data, its end.

mod crash;
mod damage;
mod start;
mod support;
