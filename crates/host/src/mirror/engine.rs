//! One tied folder's task: waits until something moved, looks, tells, fetches, does; again and again.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_mirror::{Placement, Plan, place, plan};
use tokio::sync::broadcast;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};

use super::answer::TieState;
use super::disk::Top;
use super::filter::Filter;
use super::ledger::{Ledger, Settings};
use super::scan::{self, Scanned};
use super::tie::{Meant, Stand, Tie};
use super::{mark, read, steps, versions, watch};
use crate::chance::now_ms;
use crate::core::Core;
use crate::hall::Hall;
use crate::{Change, Standing};

/// How often the folder is looked through though nothing was noticed.
const RESCAN: Duration = Duration::from_secs(60);
/// The same, where it cannot be watched.
const RESCAN_UNWATCHED: Duration = Duration::from_secs(10);
/// How long it is quiet before it is looked at: a program that saves a file touches it several times.
const QUIET: Duration = Duration::from_millis(150);
/// How soon it is looked at again when a file was just being changed, or could not be had.
const SOON: Duration = Duration::from_millis(500);
const LATER: Duration = Duration::from_secs(10);
/// How often a look may find more to tell before it is put off.
const MAX_TELLINGS: usize = 100;

/// The task.
pub(super) struct Engine {
    pub core: Arc<Core>,
    pub tie: Arc<Tie>,
    pub ledger: Ledger,
    /// It was not looked at since the program began.
    fresh: bool,
    /// What was gone at the last look.
    gone: BTreeSet<String>,
}

/// When to look again.
enum Next {
    Rescan,
    Later,
    Soon,
}

impl Engine {
    pub fn new(core: Arc<Core>, tie: Arc<Tie>, ledger: Ledger) -> Self {
        Self { core, tie, ledger, fresh: true, gone: BTreeSet::new() }
    }

    /// Until the folder is untied or the program stops.
    pub async fn run(mut self) {
        let end = self.tie.end.clone();
        end.run_until_cancelled(self.go_on()).await;
    }

    async fn go_on(&mut self) {
        let mut changes = self.core.changes.subscribe();
        let mut watched = None;
        loop {
            let settings = self.tie.settings();
            self.tie.set_busy(true);
            let next = if settings.paused {
                self.stand(|stand| stand.is(TieState::Paused, "Paused.", ""));
                Next::Rescan
            } else {
                if watched.is_none() {
                    watched = watch::watch(&settings.dir, self.tie.moved.clone()).ok();
                }
                self.look(&settings).await
            };
            self.tie.set_busy(false);
            if matches!(self.tie.stand().state, TieState::Away) {
                watched = None; // a watch on what was there before sees nothing of what comes there next
            }
            let wait = match next {
                Next::Soon => SOON,
                Next::Later => LATER,
                Next::Rescan if watched.is_some() => RESCAN,
                Next::Rescan => RESCAN_UNWATCHED,
            };
            self.wait(Instant::now() + wait, &mut changes, &settings).await;
        }
    }

    async fn wait(&self, until: Instant, changes: &mut broadcast::Receiver<Change>, settings: &Settings) {
        let folder = settings.folder.to_string();
        let ours = |change: &Change| matches!(change, Change::Object { object, .. } if *object == folder);
        loop {
            tokio::select! {
                () = self.tie.moved.notified() => break,
                () = sleep_until(until) => return,
                change = changes.recv() => match change {
                    Ok(change) if !ours(&change) => match change {
                        // Somebody came who may have what is missing.
                        Change::Reach { up: true, .. } if self.tie.stand().waiting > 0 => break,
                        _ => continue,
                    },
                    Err(broadcast::error::RecvError::Closed) => return sleep_until(until).await,
                    _ => break,
                },
            }
        }
        sleep(QUIET).await;
    }

    pub(super) fn stand(&self, change: impl FnOnce(&mut Stand)) {
        change(&mut self.tie.stand());
    }

    /// One look, and everything that comes of it.
    async fn look(&mut self, settings: &Settings) -> Next {
        match self.try_look(settings).await {
            Ok(next) => next,
            Err(refusal) => {
                tracing::warn!("the folder {} is not the same yet: {refusal}", settings.dir.display());
                self.stand(|stand| stand.is(TieState::Trouble, refusal.message, refusal.hint));
                Next::Later
            }
        }
    }

    async fn try_look(&mut self, settings: &Settings) -> Result<Next, Refusal> {
        let Some(hall) = self.core.halls.all().into_iter().find(|hall| hall.id == settings.community) else {
            return Ok(self.put_off("The community is not here."));
        };
        if hall.known().standing != Standing::Member {
            return Ok(self.put_off("You do not belong to the community now: nothing is told and nothing comes."));
        }
        let Some(top) = self.open(settings).await? else { return Ok(Next::Later) };
        let (filter, mut scanned) = self.scan(&top, settings).await?;
        // Until all that is read is told: nobody knows yet that it is needed.
        let core = self.core.clone();
        let taking_in = core.taking_in.read().await;
        let changing = read::read(self, &top, &mut scanned).await?;
        let meant = self.tie.take_meant();
        if meant == Meant::Back {
            self.bring_back(&scanned);
        }
        let going = self.still_going(&mut scanned);
        let mut plan = Plan::default();
        let mut placement = Placement::default();
        for _ in 0..MAX_TELLINGS {
            placement = self.placement(&hall, settings, &filter).await?;
            plan = plan_for(&self.ledger, &scanned, &placement, meant == Meant::Gone);
            if let Some((gone, known)) = plan.many_gone {
                self.many_gone(settings, gone, known);
                return Ok(Next::Rescan);
            }
            self.take_over(&plan, &scanned)?;
            if plan.tell.is_empty() {
                break;
            }
            self.stand(|stand| stand.is(TieState::Working, "Telling the others…", ""));
            self.tell(&hall, settings, &plan, &scanned).await?;
        }
        drop(taking_in);
        let missed = steps::all(self, &hall, top, std::mem::take(&mut plan.steps)).await?;
        self.let_go(&scanned).await;
        let unquiet = missed.changed || changing || going;
        self.settle(&placement, scanned, &missed, unquiet);
        Ok(match (unquiet, missed.waiting > 0 || !missed.problems.is_empty()) {
            (true, _) => Next::Soon,
            (false, true) => Next::Later,
            (false, false) => Next::Rescan,
        })
    }

    fn put_off(&self, words: &str) -> Next {
        self.stand(|stand| stand.is(TieState::Waiting, words, ""));
        Next::Later
    }

    /// Opens the folder, if it is the one that was tied.
    async fn open(&mut self, settings: &Settings) -> Result<Option<Arc<Top>>, Refusal> {
        let (dir, expected, fresh) = (settings.dir.clone(), settings.mark.clone(), self.fresh);
        let opened = blocking(move || {
            let Some(top) = mark::open(&dir, &expected)? else { return Ok(None) };
            if fresh {
                top.tidy_up(now_ms())?;
            }
            versions::let_go(&top, now_ms())?;
            Ok(Some(top))
        });
        match opened.await {
            Ok(Some(top)) => {
                self.fresh = false;
                Ok(Some(Arc::new(top)))
            }
            Ok(None) => {
                self.away(settings);
                Ok(None)
            }
            Err(error) if super::disk::is_nothing(&error) => {
                self.away(settings);
                Ok(None)
            }
            Err(error) => Err(failed(settings, &error)),
        }
    }

    fn away(&self, settings: &Settings) {
        let dir = settings.dir.display();
        let words = format!(
            "{dir} is not the folder that was tied: it was moved, or its disk is not connected. Nothing was changed, here or \
             for the others."
        );
        let next = format!(
            "Put it back where it was; or, if it is elsewhere now, go on there: `skein files sync stop {dir}`, then \
             `skein files sync DIR --as \"{}\"`.",
            settings.name
        );
        self.stand(|stand| stand.is(TieState::Away, words, next));
    }

    fn many_gone(&self, settings: &Settings, gone: usize, known: usize) {
        let dir = settings.dir.display();
        let words = format!("{gone} of {known} files are gone from {dir} at once. Nothing was changed for the others.");
        let next = format!(
            "If you mean it: `skein files sync resume {dir} --gone`. To have them back: \
             `skein files sync resume {dir} --back`."
        );
        self.stand(|stand| stand.is(TieState::ManyGone, words, next));
    }

    async fn scan(&mut self, top: &Arc<Top>, settings: &Settings) -> Result<(Filter, Scanned), Refusal> {
        let (top, only, without) = (top.clone(), settings.only.clone(), settings.without.clone());
        let ledger = std::mem::take(&mut self.ledger);
        let looked = spawn_blocking(move || {
            let scanned = scan::filter(&top, &only, &without).and_then(|filter| {
                let scanned = scan::scan(&top, &filter, &ledger)?;
                Ok((filter, scanned))
            });
            (ledger, scanned)
        });
        let (ledger, scanned) = looked.await.map_err(|error| broke(&error))?;
        self.ledger = ledger;
        let (filter, mut scanned) = scanned.map_err(|error| failed(settings, &error))?;
        for line in &filter.garbled {
            scanned.problem(super::filter::NAME, format!("this line cannot be understood: {line}"));
        }
        // What no longer counts is left as it is, here and for the others.
        let without: Vec<String> = self.ledger.base.keys().filter(|path| !counts(&filter, path)).cloned().collect();
        without.iter().for_each(|path| self.ledger.set(path, None, None));
        Ok((filter, scanned))
    }

    /// Whether more is gone than at the last look: somebody is just taking away. Then nothing of it is told yet, so that the
    /// whole of it can be judged.
    fn still_going(&mut self, scanned: &mut Scanned) -> bool {
        let seen = &scanned.seen;
        let gone = |path: &&String| !seen.at.contains_key(*path) && !seen.folders.contains(*path);
        let gone: BTreeSet<String> = self.ledger.base.keys().filter(gone).cloned().collect();
        let grows = !gone.is_subset(&self.gone);
        if grows {
            scanned.seen.unknown.extend(gone.iter().cloned());
        }
        self.gone = gone;
        grows
    }

    /// What is gone comes back: it was never here.
    fn bring_back(&mut self, scanned: &Scanned) {
        let here = |path: &str| scanned.seen.at.contains_key(path) || scanned.fresh.iter().any(|fresh| fresh == path);
        let gone: Vec<String> = self.ledger.base.keys().filter(|path| !here(path)).cloned().collect();
        gone.iter().for_each(|path| self.ledger.set(path, None, None));
    }

    async fn placement(&self, hall: &Arc<Hall>, settings: &Settings, filter: &Filter) -> Result<Placement, Refusal> {
        let folder = settings.folder;
        let mut heads = self.core.read(hall, move |view, _| Ok(skein_apps::SHELF.heads(&folder, view)?)).await?;
        heads.retain(|head| counts(filter, &head.path));
        Ok(place(&heads, settings.folds))
    }

    /// Writes down what is equal already.
    fn take_over(&mut self, plan: &Plan, scanned: &Scanned) -> Result<(), Refusal> {
        for (path, row) in &plan.equal {
            self.ledger.set(path, row.clone(), scanned.stats.get(path).copied());
        }
        // What is the same and was only touched need not be read again.
        for (path, stat) in &scanned.stats {
            let same = match (self.ledger.base.get(path), scanned.seen.at.get(path)) {
                (Some(row), Some(what)) => row.what.same(what),
                _ => false,
            };
            if same && self.ledger.stats.get(path) != Some(stat) {
                let row = self.ledger.base.get(path).cloned();
                self.ledger.set(path, row, Some(*stat));
            }
        }
        self.write()
    }

    pub(super) fn write(&mut self) -> Result<(), Refusal> {
        self.core.mirrors.books.write(self.tie.id, &mut self.ledger)
    }

    /// Tells everybody what changed here.
    async fn tell(
        &mut self,
        hall: &Arc<Hall>,
        settings: &Settings,
        plan: &Plan,
        scanned: &Scanned,
    ) -> Result<(), Refusal> {
        let shelf = skein_apps::SHELF;
        let changes: Vec<_> = plan.tell.iter().map(|told| told.change.clone()).collect();
        let mut at = 0;
        for (count, command) in shelf.change(&settings.folder, &changes) {
            plan.tell[at..at + count].iter().for_each(|told| self.ledger.tell(told));
            self.write()?;
            let answer = self.core.ask(hall.id, shelf.app(), command).await?;
            let skein_node::Answer::Said { event, .. } = answer else {
                return Err(Refusal::new(Kind::Failed, "the changes could not be told"));
            };
            for (place, told) in plan.tell[at..at + count].iter().enumerate() {
                skein_mirror::told(&mut self.ledger.base, told, (event, place as u32));
                let row = self.ledger.base.get(&told.disk).cloned();
                self.ledger.set(&told.disk, row, scanned.stats.get(&told.disk).copied());
            }
            self.write()?;
            at += count;
        }
        crate::background::refresh_blobs(&self.core, hall).await;
        Ok(())
    }

    /// Gives back the room of what was read half; only now, for the same bytes may have been told as another file's.
    async fn let_go(&self, scanned: &Scanned) {
        for root in &scanned.halves {
            let needed = self.ledger.base.values().any(|row| row.what.root().is_some_and(|(known, _)| known == *root));
            if !needed && let Err(refusal) = crate::desk::free(&self.core, *root, None).await {
                tracing::warn!("room could not be given back: {refusal}");
            }
        }
    }

    /// How it stands after a look.
    fn settle(&self, placement: &Placement, scanned: Scanned, missed: &steps::Missed, unquiet: bool) {
        let rows = self.ledger.base.values().filter_map(|row| row.what.root());
        let (files, bytes) = rows.fold((0, 0_u64), |(n, sum), (_, bytes)| (n + 1, sum.saturating_add(bytes)));
        let mut problems = scanned.problems;
        problems.extend(missed.problems.iter().cloned());
        problems.extend(placement.left.iter().map(|(path, why)| (path.clone(), (*why).to_owned())));
        problems.truncate(100);
        let (state, words) = if missed.waiting > 0 {
            (TieState::Waiting, format!("{} still to come: nobody who can be reached now has them.", missed.waiting))
        } else if unquiet {
            (TieState::Working, "Something is just being changed.".into())
        } else {
            (TieState::Equal, "The same as everybody's, as far as is known here.".into())
        };
        self.stand(|stand| {
            let equal_ms = if state == TieState::Equal { now_ms() } else { stand.equal_ms };
            let (conflicts, waiting) = (placement.conflicts() as u64, missed.waiting);
            let (next, done, total) = (String::new(), 0, 0);
            *stand = Stand { state, words, next, done, total, files, bytes, conflicts, waiting, problems, equal_ms };
        });
    }
}

fn counts(filter: &Filter, path: &str) -> bool {
    filter.lets(path, false)
}

fn plan_for(ledger: &Ledger, scanned: &Scanned, placement: &Placement, gone_is_meant: bool) -> Plan {
    plan(&ledger.base, &scanned.seen, placement, gone_is_meant)
}

/// Runs what waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

fn failed(settings: &Settings, error: &io::Error) -> Refusal {
    Refusal::new(Kind::Failed, format!("{} cannot be looked at: {error}.", settings.dir.display()))
        .hint("Look whether it can be read and written, and the disk is well.")
}

pub(super) fn broke(error: &tokio::task::JoinError) -> Refusal {
    Refusal::new(Kind::Failed, format!("the look broke off: {error}"))
}
