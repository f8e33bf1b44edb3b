//! The bytes are pinned; any order gives the same rows; what people see is what they should.

mod orders;
mod protocol;
mod speed;
mod talk;
