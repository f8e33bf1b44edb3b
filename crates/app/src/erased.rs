//! [`DynApp`]: an app with its types erased to bytes and JSON, so that the house can hold all apps in one list.

use std::marker::PhantomData;

use clap::{ArgMatches, Command, FromArgMatches, Subcommand};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use skein_event::{BlobHash, DeviceId, EventId, ObjectId};
use ts_rs::ExportError;

use crate::types::{self, Declarations};
use crate::{
    Act, App, Bridged, Bridging, Concern, Draft, Fault, Hold, Import, Imported, Kind, Line, Me, Meta, Order, Outcome,
    Pages, Refusal, Reply, Spoken, TextFile, Unread, Verdict, View, Want,
};

/// What the rest of the house sees of an app. See [`App`] for what each part means.
#[allow(missing_docs)] // each is documented once, at the trait it erases
pub trait DynApp: Sync {
    fn name(&self) -> &'static str;
    fn about(&self) -> &'static str;
    fn order(&self) -> Order;
    fn tables(&self) -> &'static [&'static str];
    fn schema(&self) -> &'static str;
    /// The app's commands and queries as subcommands.
    fn commands(&self) -> Command;
    /// What was typed, as JSON for [`DynApp::decide`] (`Ok`) or [`DynApp::query`] (`Err`).
    fn parse(&self, matches: &ArgMatches) -> Result<Typed, clap::Error>;
    fn imports(&self, command: &Value) -> Result<Vec<Import>, Refusal>;
    fn imported(&self, command: Value, done: Vec<Imported>) -> Result<Value, Refusal>;
    /// The text files that what was typed names.
    fn texts(&self, typed: &Typed) -> Result<Vec<TextFile>, Refusal>;
    /// What was typed, with the same files in it, now with their texts.
    fn with_texts(&self, typed: Typed, files: Vec<TextFile>) -> Result<Typed, Refusal>;
    fn file(&self, answer: &Value) -> Option<String>;
    fn replied(&self, command: Value, reply: Reply) -> Result<Value, Refusal>;
    fn speaks(&self) -> &'static [Spoken];
    fn bridge(
        &self,
        me: &Me,
        request: &Bridged,
        done: Option<Outcome>,
        view: &View<'_>,
    ) -> Result<Bridging<Value>, Refusal>;
    fn decide(&self, me: &Me, fresh: ObjectId, command: Value, view: &View<'_>) -> Result<Act<Vec<u8>>, Refusal>;
    /// Checks and, if accepted, applies. A payload that this version cannot read is `Ok(None)`: kept, not folded.
    fn fold(&self, payload: Option<&[u8]>, meta: &Meta, view: &View<'_>) -> Result<Option<Folded>, Fault>;
    /// Whose payloads an event asks to erase, whether it counts or not.
    fn erases(&self, payload: &[u8]) -> Vec<EventId>;
    /// Which earlier events an event speaks of.
    fn follows(&self, payload: &[u8]) -> Vec<EventId>;
    fn query(&self, me: &Me, query: Value, view: &View<'_>) -> Result<Value, Refusal>;
    fn find(&self, me: &Me, typed: &str, view: &View<'_>) -> Result<Option<ObjectId>, Refusal>;
    fn text(&self, answer: &Value) -> Result<String, Refusal>;
    fn next(&self, query: &Value, answer: &Value) -> Option<Value>;
    fn unread(&self, me: &Me, view: &View<'_>) -> Result<Unread, Fault>;
    fn wants(&self, me: &Me, there: &[DeviceId], view: &View<'_>) -> Result<Vec<Want>, Fault>;
    /// The commands as JSON for [`DynApp::decide`].
    fn tend(&self, me: &Me, left_bytes: u64, view: &View<'_>) -> Result<Vec<Value>, Fault>;
    fn blobs(&self, view: &View<'_>) -> Result<Vec<BlobHash>, Fault>;
    fn holders(&self, root: &BlobHash, view: &View<'_>) -> Result<Vec<DeviceId>, Fault>;
    /// The commands as JSON for [`DynApp::decide`].
    fn held(&self, me: &Me, root: &BlobHash, hold: Hold, view: &View<'_>) -> Result<Vec<Value>, Fault>;
    fn export(&self, me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault>;
    /// A payload as JSON; `None` if this version cannot read it.
    fn readable(&self, payload: &[u8]) -> Option<Value>;
    fn concerns(&self, me: &Me, view: &View<'_>) -> Result<Vec<Concern>, Fault>;
    /// The app's commands, queries and answers as TypeScript, for the page.
    fn types(&self) -> Result<Declarations, ExportError>;
}

/// What was typed at the command line.
#[derive(Debug, Clone, PartialEq)]
pub enum Typed {
    /// Something to do.
    Command(Value),
    /// Something to know.
    Query(Value),
}

/// What became of an event that was folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// Whether it counts.
    pub verdict: Verdict,
    /// What feed and search know of it, if it counts.
    pub line: Option<Line>,
}

/// Wraps an [`App`] as a [`DynApp`].
pub struct Erased<A>(PhantomData<fn() -> A>);

impl<A: App> Erased<A> {
    /// The wrapper; it holds nothing.
    pub const NEW: Self = Self(PhantomData);
}

fn from_json<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|e| Refusal::new(Kind::Usage, format!("this cannot be understood: {e}")))
}

fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

impl<A: App> DynApp for Erased<A> {
    fn name(&self) -> &'static str {
        A::NAME
    }

    fn about(&self) -> &'static str {
        A::ABOUT
    }

    fn order(&self) -> Order {
        A::ORDER
    }

    fn tables(&self) -> &'static [&'static str] {
        A::TABLES
    }

    fn schema(&self) -> &'static str {
        A::SCHEMA
    }

    fn commands(&self) -> Command {
        let command = Command::new(A::NAME).about(A::ABOUT).subcommand_required(true).arg_required_else_help(true);
        // People say `skein ask` as readily as `skein asks`.
        let command = A::NAME.strip_suffix('s').into_iter().fold(command, Command::alias);
        A::Query::augment_subcommands(A::Command::augment_subcommands(command))
    }

    fn parse(&self, matches: &ArgMatches) -> Result<Typed, clap::Error> {
        let name = matches.subcommand_name().unwrap_or_default();
        if A::Query::has_subcommand(name) {
            Ok(Typed::Query(to_json(&A::Query::from_arg_matches(matches)?)))
        } else {
            Ok(Typed::Command(to_json(&A::Command::from_arg_matches(matches)?)))
        }
    }

    fn imports(&self, command: &Value) -> Result<Vec<Import>, Refusal> {
        let mut command: A::Command = from_json(command.clone())?;
        Ok(A::imports(&mut command).into_iter().map(|i| i.clone()).collect())
    }

    fn imported(&self, command: Value, done: Vec<Imported>) -> Result<Value, Refusal> {
        let mut command: A::Command = from_json(command)?;
        for (import, done) in A::imports(&mut command).into_iter().zip(done) {
            import.done = Some(done);
        }
        Ok(to_json(&command))
    }

    fn texts(&self, typed: &Typed) -> Result<Vec<TextFile>, Refusal> {
        let owned = |files: Vec<&mut TextFile>| files.into_iter().map(|file| file.clone()).collect();
        Ok(match typed {
            Typed::Command(command) => owned(A::texts(&mut from_json(command.clone())?)),
            Typed::Query(query) => owned(A::texts_asked(&mut from_json(query.clone())?)),
        })
    }

    fn with_texts(&self, typed: Typed, files: Vec<TextFile>) -> Result<Typed, Refusal> {
        let put = |places: Vec<&mut TextFile>| places.into_iter().zip(files).for_each(|(place, file)| *place = file);
        Ok(match typed {
            Typed::Command(command) => {
                let mut command: A::Command = from_json(command)?;
                put(A::texts(&mut command));
                Typed::Command(to_json(&command))
            }
            Typed::Query(query) => {
                let mut query: A::Query = from_json(query)?;
                put(A::texts_asked(&mut query));
                Typed::Query(to_json(&query))
            }
        })
    }

    fn file(&self, answer: &Value) -> Option<String> {
        let answer = from_json(answer.clone()).ok()?;
        A::file(&answer).map(String::from)
    }

    fn replied(&self, command: Value, reply: Reply) -> Result<Value, Refusal> {
        let mut command: A::Command = from_json(command)?;
        A::replied(&mut command, reply);
        Ok(to_json(&command))
    }

    fn speaks(&self) -> &'static [Spoken] {
        A::speaks()
    }

    fn bridge(
        &self,
        me: &Me,
        request: &Bridged,
        done: Option<Outcome>,
        view: &View<'_>,
    ) -> Result<Bridging<Value>, Refusal> {
        Ok(match A::bridge(me, request, done, view)? {
            Bridging::Answer(reply) => Bridging::Answer(reply),
            Bridging::Do(command) => Bridging::Do(to_json(&command)),
        })
    }

    fn decide(&self, me: &Me, fresh: ObjectId, command: Value, view: &View<'_>) -> Result<Act<Vec<u8>>, Refusal> {
        Ok(match A::decide(me, fresh, from_json(command)?, view)? {
            Act::Do(job) => Act::Do(job),
            Act::Say(Draft { object, event }) => {
                let event = postcard::to_stdvec(&event)
                    .map_err(|e| Refusal::new(Kind::Failed, format!("this cannot be written down: {e}")))?;
                Act::Say(Draft { object, event })
            }
        })
    }

    fn fold(&self, payload: Option<&[u8]>, meta: &Meta, view: &View<'_>) -> Result<Option<Folded>, Fault> {
        let Some(payload) = payload else {
            A::apply_erased(meta, view)?;
            return Ok(Some(Folded { verdict: Verdict::Accept, line: None }));
        };
        let Ok((event, [])) = postcard::take_from_bytes::<A::Event>(payload) else { return Ok(None) };
        let verdict = A::check(&event, meta, view)?;
        if verdict != Verdict::Accept {
            return Ok(Some(Folded { verdict, line: None }));
        }
        A::apply(&event, meta, view)?;
        Ok(Some(Folded { verdict, line: A::summary(&event, meta) }))
    }

    fn erases(&self, payload: &[u8]) -> Vec<EventId> {
        postcard::from_bytes::<A::Event>(payload).map(|event| A::erases(&event)).unwrap_or_default()
    }

    fn follows(&self, payload: &[u8]) -> Vec<EventId> {
        postcard::from_bytes::<A::Event>(payload).map(|event| A::follows(&event)).unwrap_or_default()
    }

    fn query(&self, me: &Me, query: Value, view: &View<'_>) -> Result<Value, Refusal> {
        Ok(to_json(&A::query(me, from_json(query)?, view)?))
    }

    fn find(&self, me: &Me, typed: &str, view: &View<'_>) -> Result<Option<ObjectId>, Refusal> {
        A::find(me, typed, view)
    }

    fn text(&self, answer: &Value) -> Result<String, Refusal> {
        Ok(A::text(&from_json(answer.clone())?))
    }

    fn next(&self, query: &Value, answer: &Value) -> Option<Value> {
        let query = from_json(query.clone()).ok()?;
        let answer = from_json(answer.clone()).ok()?;
        A::next(&query, &answer).map(|next| to_json(&next))
    }

    fn unread(&self, me: &Me, view: &View<'_>) -> Result<Unread, Fault> {
        A::unread(me, view)
    }

    fn wants(&self, me: &Me, there: &[DeviceId], view: &View<'_>) -> Result<Vec<Want>, Fault> {
        A::wants(me, there, view)
    }

    fn tend(&self, me: &Me, left_bytes: u64, view: &View<'_>) -> Result<Vec<Value>, Fault> {
        Ok(A::tend(me, left_bytes, view)?.iter().map(to_json).collect())
    }

    fn blobs(&self, view: &View<'_>) -> Result<Vec<BlobHash>, Fault> {
        A::blobs(view)
    }

    fn holders(&self, root: &BlobHash, view: &View<'_>) -> Result<Vec<DeviceId>, Fault> {
        A::holders(root, view)
    }

    fn held(&self, me: &Me, root: &BlobHash, hold: Hold, view: &View<'_>) -> Result<Vec<Value>, Fault> {
        Ok(A::held(me, root, hold, view)?.iter().map(to_json).collect())
    }

    fn export(&self, me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
        A::export(me, view, pages)
    }

    fn readable(&self, payload: &[u8]) -> Option<Value> {
        match postcard::take_from_bytes::<A::Event>(payload) {
            Ok((event, [])) => serde_json::to_value(&event).ok(),
            _ => None,
        }
    }

    fn concerns(&self, me: &Me, view: &View<'_>) -> Result<Vec<Concern>, Fault> {
        A::concerns(me, view)
    }

    fn types(&self) -> Result<Declarations, ExportError> {
        types::of_app::<A>()
    }
}
