//! A real node with something in its log, put back to the same state for every input.

use std::sync::LazyLock;

use skein_app::{DynApp, Guest, Me, View};
use skein_event::{AppName, Body, DeviceId, Event, EventId, ObjectId, PayloadHash, Sealed, Tick};
use skein_node::{Effect, Frame, Input, Keys};
use skein_store::{DbIds, Kept};
use skein_village::{House, Monkey, RULES, Rng, Village, Weather, keys};

/// How often the people of the scene try to do something before it begins.
const ACTS: usize = 200;

/// What every scene starts from.
struct Template {
    disk: Vec<u8>,
    community: skein_event::CommunityId,
    now_ms: u64,
    kept: Vec<Kept>,
    commands: Vec<Vec<u8>>,
}

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let mut village = Village::new(7, 2, Weather::fair());
    (0..40).for_each(|_| village.step());
    let mut rng = Rng::new(7);
    let monkey = Monkey::default();
    let mut commands = Vec::new();
    for act in 0..ACTS {
        let app = RULES().apps[act % RULES().apps.len()];
        let Some(command) = monkey.command(app, &mut rng) else { continue };
        // Members who leave would end the scene.
        if app.name() != RULES().roster.app() {
            village.ask(0, app.name(), command.clone());
        }
        commands.push(serde_json::to_vec(&(app.name(), command)).expect("a command is JSON"));
    }
    let now_ms = village.now_ms();
    let mut kept = Vec::new();
    let node = village.houses[0].node().expect("fair weather");
    assert!(node.is_member(&keys(1).device.device()), "the second house must have joined");
    node.store()
        .since(0, |event| {
            kept.push(event);
            true
        })
        .expect("memory can be read");
    Template { disk: village.houses[0].copy_of_disk(), community: village.community, now_ms, kept, commands }
});

/// The founder's house, and a member who may say anything to it.
pub struct Scene {
    house: House,
    /// The member's keys.
    pub member: Keys,
}

impl Scene {
    /// A fresh one; the member is connected.
    pub fn new() -> Self {
        let template = &*TEMPLATE;
        let mut house = House::new(keys(0), template.community);
        house.put_back(&template.disk);
        house.start();
        let mut scene = Self { house, member: keys(1) };
        let device = scene.member.device.device();
        scene.handle(Input::PeerUp { device, guest: false });
        scene
    }

    /// Lets the node deal with one input.
    pub fn handle(&mut self, input: Input) -> Vec<Effect> {
        self.house.handle(vec![input], TEMPLATE.now_ms, None).expect("the store does not fail by itself")
    }

    /// Bytes come from the member.
    pub fn hear(&mut self, bytes: Vec<u8>) -> Vec<Effect> {
        let from = self.member.device.device();
        self.handle(Input::Frame { from, bytes })
    }

    /// The member says this, properly signed. Gives whether it was kept.
    pub fn say(&mut self, app: &dyn DynApp, object: ObjectId, payload: &[u8]) -> bool {
        let node = self.house.node().expect("it runs");
        let author = self.member.device.device();
        let log = node.store().logs_of(&author).next().expect("the member has written before");
        let body = Body {
            community: TEMPLATE.community,
            author,
            seq: log.height,
            prev: log.head,
            deps: Vec::new(),
            tick: Tick::next(TEMPLATE.now_ms, log.tick),
            app: AppName::new(app.name()).expect("a proper name"),
            object,
            payload: PayloadHash::ZERO,
            payload_len: 0,
        };
        let Ok((event, signature)) = Event::sign(body, payload.to_vec(), &self.member.device) else { return false };
        let sealed = Sealed { body: event.bytes, payload: Some(payload.to_vec()), signature: Some(signature) };
        self.hear(Frame::Events(vec![sealed]).encode());
        let node = self.house.node().expect("it runs");
        node.store().find(&event.id).expect("memory can be read").is_some()
    }

    /// Somebody who is no member shows this at the door. Gives whether they are let in.
    pub fn knock(&self, pass: &[u8]) -> bool {
        self.view(|view, _| {
            let guest = Guest { device: stranger(), pass: pass.to_vec() };
            RULES().roster.admits(&TEMPLATE.community, &guest, TEMPLATE.now_ms, view).is_ok()
        })
    }

    /// Looks at the rows as the founder.
    pub fn view<T>(&self, look: impl FnOnce(&View<'_>, &Me) -> T) -> T {
        let node = self.house.node().expect("it runs");
        let ids = DbIds(node.store().connection());
        let (device, member) = (node.device(), node.member());
        let me = Me { community: TEMPLATE.community, device, member, now_ms: TEMPLATE.now_ms, keeper: false };
        look(&View::of_all(node.store().connection(), &ids), &me)
    }
}

/// A device that is no member's.
pub fn stranger() -> DeviceId {
    keys(9).device.device()
}

/// The objects that the member may speak about: one of their own making, and those that are there.
pub fn object(choice: u8) -> ObjectId {
    let bodies = || TEMPLATE.kept.iter().filter_map(|kept| Body::decode(&kept.body).ok());
    let mut objects: Vec<_> = bodies().map(|body| body.object).collect();
    objects.sort_unstable();
    objects.dedup();
    match usize::from(choice).checked_sub(1) {
        Some(index) => objects[index % objects.len()],
        None => ObjectId::from_bytes([choice; 32]),
    }
}

/// What was said before the scene began: the app, and the payload.
pub fn payloads() -> Vec<(AppName, Vec<u8>)> {
    let said = |kept: &Kept| Some((Body::decode(&kept.body).ok()?.app, kept.payload.clone()?));
    TEMPLATE.kept.iter().filter_map(said).collect()
}

/// What was said before the scene began, as it travels.
pub fn sealed() -> Vec<Sealed> {
    let seal =
        |kept: &Kept| Sealed { body: kept.body.clone(), payload: kept.payload.clone(), signature: kept.signature };
    TEMPLATE.kept.iter().map(seal).collect()
}

/// What people typed, each as JSON: `[app, command]`.
pub fn commands() -> Vec<Vec<u8>> {
    TEMPLATE.commands.clone()
}

/// The ids of what was said.
pub fn ids() -> Vec<EventId> {
    TEMPLATE.kept.iter().map(|kept| EventId::of_body(&kept.body)).collect()
}

/// What a newcomer with a good invitation shows.
pub fn pass() -> Vec<u8> {
    let secret = skein_event::SecretKey::from_bytes([77; 32]);
    let invitation = invitation(&secret).expect("the village invites");
    let pass = skein_app::Pass { invitation, secret };
    RULES().roster.show_pass(&TEMPLATE.community, &keys(9).member, &stranger(), &pass)
}

fn invitation(secret: &skein_event::SecretKey) -> Option<EventId> {
    let key = secret.public();
    let has_key = |kept: &&Kept| kept.payload.as_ref().is_some_and(|bytes| bytes.windows(32).any(|part| part == key));
    TEMPLATE.kept.iter().find(has_key).map(|kept| EventId::of_body(&kept.body))
}

/// What a further device of the founder shows.
pub fn certificate() -> Vec<u8> {
    RULES().roster.show_certificate(&TEMPLATE.community, &keys(0).member, &stranger())
}
