//! The trait [`App`]: what an app is.

use clap::Subcommand;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ts_rs::TS;

use crate::{
    Act, Bridged, Bridging, Concern, Fault, Hold, Import, Kind, Line, Me, Meta, Order, Outcome, Pages, Refusal, Reply,
    Spoken, TextFile, Unread, Verdict, View, Want,
};
use skein_event::{BlobHash, DeviceId, ObjectId};

/// An app: the rules by which events become rows, and what a person may ask of them.
///
/// `check` and `apply` run on every node and must give the same rows everywhere: they may read and write only rows of
/// the event's own object, and know no clock. `decide` and `query` are local: they may read every row.
///
/// Every table that an app names in `TABLES` begins with the app's name and `_`, is STRICT, and has a column
/// `object INTEGER`. A column named `event`, or ending in `_event`, holds an [`crate::EventRow`]: a number that is
/// local to one device's store and must not be shown.
pub trait App: Sync + 'static {
    /// The app's name in events, routes, tables and on the command line.
    const NAME: &'static str;
    /// One line for the help text.
    const ABOUT: &'static str;
    /// How its events are folded.
    const ORDER: Order;
    /// Its tables.
    const TABLES: &'static [&'static str];
    /// The SQL that makes its tables. When this text changes, the tables are dropped and made again from the log.
    const SCHEMA: &'static str;

    /// What a person may do.
    type Command: Serialize + DeserializeOwned + Subcommand + TS + 'static;
    /// What is signed: a protocol, whose bytes are pinned by tests.
    type Event: Serialize + DeserializeOwned;
    /// What a person may ask.
    type Query: Serialize + DeserializeOwned + Subcommand + TS + 'static;
    /// The answer to a query.
    type Answer: Serialize + DeserializeOwned + TS + 'static;

    /// Turns what a person asked into an event, or into a job for this device, or says why not.
    ///
    /// `fresh` is the id of the object that the event would create.
    ///
    /// # Errors
    /// A [`Refusal`] in people's words.
    fn decide(me: &Me, fresh: ObjectId, command: Self::Command, view: &View<'_>) -> Result<Act<Self::Event>, Refusal>;

    /// Judges an event by the rows of its own object. Deterministic.
    ///
    /// # Errors
    /// Only if the store fails.
    fn check(event: &Self::Event, meta: &Meta, view: &View<'_>) -> Result<Verdict, Fault>;

    /// Writes what an accepted event means into rows of its own object. Deterministic.
    ///
    /// # Errors
    /// Only if the store fails.
    fn apply(event: &Self::Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault>;

    /// Writes what is left of an event whose payload was erased.
    ///
    /// # Errors
    /// Only if the store fails.
    fn apply_erased(_meta: &Meta, _view: &View<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// Answers a question. May read every app's rows.
    ///
    /// # Errors
    /// A [`Refusal`] in people's words.
    fn query(me: &Me, query: Self::Query, view: &View<'_>) -> Result<Self::Answer, Refusal>;

    /// The object that a person means by a name, where the app's objects have names.
    ///
    /// # Errors
    /// If several could be meant, or the store fails; what is not here is `None`.
    fn find(_me: &Me, _typed: &str, _view: &View<'_>) -> Result<Option<ObjectId>, Refusal> {
        Ok(None)
    }

    /// The answer as text for a terminal.
    fn text(answer: &Self::Answer) -> String;

    /// For `--follow`: the query that asks only for what came after `answer`.
    fn next(_query: &Self::Query, _answer: &Self::Answer) -> Option<Self::Query> {
        None
    }

    /// What feed, search and notices know of an event that was accepted.
    fn summary(_event: &Self::Event, _meta: &Meta) -> Option<Line> {
        None
    }

    /// The events whose payloads this event asks every node to erase. The node does so if they are of the same object and
    /// of the same member, whether or not this event counts; so that all nodes erase the same, `apply` must come to the
    /// same rows from an erased event followed by this one as from the whole event followed by this one.
    fn erases(_event: &Self::Event) -> Vec<skein_event::EventId> {
        Vec::new()
    }

    /// The earlier events that this event speaks of. The node sees to it that they lie in this event's past, so that it
    /// comes nowhere before them.
    fn follows(event: &Self::Event) -> Vec<skein_event::EventId> {
        Self::erases(event)
    }

    /// What this person has not seen yet, all together. Asked often: it must stay quick however much there is.
    ///
    /// # Errors
    /// Only if the store fails.
    fn unread(_me: &Me, _view: &View<'_>) -> Result<Unread, Fault> {
        Ok(Unread::default())
    }

    /// What the device should be doing, by the rows as they are now. `there` are the devices that it is connected with: of
    /// use only for what another one may do as well.
    ///
    /// # Errors
    /// Only if the store fails.
    fn wants(_me: &Me, _there: &[DeviceId], _view: &View<'_>) -> Result<Vec<Want>, Fault> {
        Ok(Vec::new())
    }

    /// The commands that this device gives by itself because time has passed, or the room on its disk has changed: `left_bytes`
    /// is how much more it may take in before it should stop. Asked every minute or so; none where nothing needs to be said.
    ///
    /// # Errors
    /// Only if the store fails.
    fn tend(_me: &Me, _left_bytes: u64, _view: &View<'_>) -> Result<Vec<Self::Command>, Fault> {
        Ok(Vec::new())
    }

    /// The local paths that a command names: they are read into the device's blob store before `decide`.
    fn imports(_command: &mut Self::Command) -> Vec<&mut Import> {
        Vec::new()
    }

    /// The text files that a command names: whoever types it reads them.
    fn texts(_command: &mut Self::Command) -> Vec<&mut TextFile> {
        Vec::new()
    }

    /// The text files that a query names.
    fn texts_asked(_query: &mut Self::Query) -> Vec<&mut TextFile> {
        Vec::new()
    }

    /// The answer as the text of a file, byte for byte, if that is what was asked for.
    fn file(_answer: &Self::Answer) -> Option<&str> {
        None
    }

    /// Puts what a server answered into the command that led to the call ([`crate::Job::Call`]).
    fn replied(_command: &mut Self::Command, _reply: Reply) {}

    /// The protocols of the outside world that this app speaks, each behind an address of its own. None is open before a
    /// person opens it.
    fn speaks() -> &'static [Spoken] {
        &[]
    }

    /// Answers a request to a bridge. Whoever sends it is nobody: it must be answered as one would answer a stranger. `done`
    /// is there once the command that the first answer named was done or refused; then it must be answered for good.
    ///
    /// # Errors
    /// A [`Refusal`], if the protocol has no words of its own for it.
    fn bridge(
        _me: &Me,
        _request: &Bridged,
        _done: Option<Outcome>,
        _view: &View<'_>,
    ) -> Result<Bridging<Self::Command>, Refusal> {
        Err(Refusal::new(Kind::NotFound, "there is nothing at this address"))
    }

    /// The roots of all files and folders that members may fetch from one another. The host's door lets nothing else out.
    ///
    /// # Errors
    /// Only if the store fails.
    fn blobs(_view: &View<'_>) -> Result<Vec<BlobHash>, Fault> {
        Ok(Vec::new())
    }

    /// The devices that say they hold a root whole: whom to fetch it from. The caller leaves out those that may not be
    /// talked to.
    ///
    /// # Errors
    /// Only if the store fails.
    fn holders(_root: &BlobHash, _view: &View<'_>) -> Result<Vec<DeviceId>, Fault> {
        Ok(Vec::new())
    }

    /// The commands by which this device says how it now holds a root, or that it no longer does; none where it has said so
    /// already. The host gives them after a [`crate::Job`] or a [`Want`] is done.
    ///
    /// # Errors
    /// Only if the store fails.
    fn held(_me: &Me, _root: &BlobHash, _hold: Hold, _view: &View<'_>) -> Result<Vec<Self::Command>, Fault> {
        Ok(Vec::new())
    }

    /// Writes all of the app's part of a community for people to read without this program: in the same order and words
    /// every time.
    ///
    /// # Errors
    /// Only if the store fails.
    fn export(_me: &Me, _view: &View<'_>, _pages: &mut dyn Pages) -> Result<(), Fault> {
        Ok(())
    }

    /// What is in danger of being lost, or is lost; the worst first. At most some dozens.
    ///
    /// # Errors
    /// Only if the store fails.
    fn concerns(_me: &Me, _view: &View<'_>) -> Result<Vec<Concern>, Fault> {
        Ok(Vec::new())
    }
}
