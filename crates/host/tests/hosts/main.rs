//! Real hosts over loopback, in one process and one test program: it is linked once.

mod alone;
mod apart;
mod common;
mod devices;
mod direct;
mod files;
mod joining;
mod safe;
mod talk;
