//! The bytes are pinned; any order gives the same rows; what people see is what they should.

mod orders;
mod plans;
mod protocol;
mod talk;
