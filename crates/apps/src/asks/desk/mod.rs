//! The desk: what a person may do and ask. Local, free to change.

mod act;
mod answer;
pub(super) mod aside;
mod ask;
mod command;
mod draw;
mod duty;
mod find;
mod hear;
mod like;
mod now;
mod patterns;
mod post;
mod promise;
mod question;
mod said;
mod show;
mod typed;

pub use act::decide;
pub use answer::{
    Answer, AskDetail, AskRow, NewsRow, Next, PartRow, PatternRow, Person, PromiseRow, ReviewRow, Spot, StepRow, Todo,
    WordRow,
};
pub use ask::query;
pub use command::Command;
pub use draw::text;
pub use hear::ending;
pub use question::Query;
pub use said::{Cleared, Said};
pub use typed::{PartSpec, When};
