//! The `skein` program: wiring and nothing else.

fn main() {}
