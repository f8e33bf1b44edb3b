//! What is signed about who belongs: a protocol, whose bytes are pinned by tests.

use serde::{Deserialize, Serialize};
use skein_event::{CommunityId, DeviceId, EventId, MemberId, SecretKey, Signature, statement};

use super::knock::Sealed;
use super::picture::Image;

/// Something that happened to who belongs. New variants go at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The first event of all: a member founds the community on this device.
    Founded {
        /// The community's name.
        name: String,
        /// The rules it begins with.
        charter: Charter,
        /// The founder.
        member: MemberId,
        /// What the founder is called.
        member_name: String,
        /// The member's word that the device is theirs.
        vouch: Signature,
    },
    /// The first event of a newcomer's device.
    Joined {
        /// The invitation it rests on.
        invitation: EventId,
        /// The newcomer.
        member: MemberId,
        /// What the newcomer is called.
        name: String,
        /// The member's word that the device is theirs.
        vouch: Signature,
        /// The invitation's secret key's word that this device and member may come in.
        proof: Signature,
    },
    /// The first event of a further device of a member.
    Linked {
        /// The member.
        member: MemberId,
        /// What the device is called.
        label: String,
        /// The member's word that the device is theirs.
        vouch: Signature,
    },
    /// Whoever holds the secret half of this key may join.
    Invited {
        /// The public half.
        key: [u8; 32],
        /// How many may join by it.
        uses: u32,
        /// Until when, in milliseconds since 1970.
        expires_ms: u64,
    },
    /// An invitation no longer holds.
    Revoked {
        /// Which.
        invitation: EventId,
    },
    /// The author is called differently from now on.
    Named {
        /// The new name.
        name: String,
    },
    /// The author wants this member removed; it takes as many as the charter says.
    RemovalWanted {
        /// Whom.
        member: MemberId,
        /// For each of that member's devices, how many of its events count.
        heights: Vec<(DeviceId, u64)>,
    },
    /// The author leaves.
    Left {
        /// For each of the author's devices, how many of its events count.
        heights: Vec<(DeviceId, u64)>,
    },
    /// The author no longer uses one of their own devices: lost, sold, or renewed.
    Retired {
        /// Which.
        device: DeviceId,
        /// How many of its events count.
        height: u64,
    },
    /// The author shows this picture of themself from now on; an empty one takes it away.
    Pictured {
        /// The picture.
        image: Image,
    },
    /// The founder's second event: this community is a conversation of two.
    Direct {
        /// With whom.
        with: MemberId,
    },
    /// The author tells somebody something that only that one's devices can open.
    Knocked {
        /// Who they are for is said nowhere.
        boxes: Vec<Sealed>,
    },
}

/// The rules that the community generates from within. For now fixed at the founding; made to be changed by decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charter {
    /// How a member is removed.
    pub removal: RemovalRule,
}

/// How a member is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RemovalRule {
    /// When this many other members want it.
    Members(u32),
}

impl Default for Charter {
    fn default() -> Self {
        Self { removal: RemovalRule::Members(2) }
    }
}

/// The hash by which a member vouches that a device is theirs. The community is zero in a founding event.
fn vouch_hash(community: &CommunityId, device: &DeviceId) -> [u8; 32] {
    statement("skein 2026 vouch: this device is mine in this community", &[community.as_bytes(), device.as_bytes()])
}

/// The hash by which an invitation's secret lets a device of a member in.
fn proof_hash(community: &CommunityId, device: &DeviceId, member: &MemberId) -> [u8; 32] {
    statement(
        "skein 2026 invitation: this member may join this community with this device",
        &[community.as_bytes(), device.as_bytes(), member.as_bytes()],
    )
}

/// A member's word that a device is theirs.
pub(super) fn vouch(member: &SecretKey, community: &CommunityId, device: &DeviceId) -> Signature {
    member.sign_hash(&vouch_hash(community, device))
}

/// Whether that word is the member's.
pub(super) fn vouched(vouch: &Signature, member: &MemberId, community: &CommunityId, device: &DeviceId) -> bool {
    vouch.is_by(member.as_bytes(), &vouch_hash(community, device))
}

/// An invitation's word that a device of a member may come in.
pub(super) fn prove(secret: &SecretKey, community: &CommunityId, device: &DeviceId, member: &MemberId) -> Signature {
    secret.sign_hash(&proof_hash(community, device, member))
}

/// Whether that word is the invitation's.
pub(super) fn proven(
    proof: &Signature,
    key: &[u8; 32],
    community: &CommunityId,
    device: &DeviceId,
    member: &MemberId,
) -> bool {
    proof.is_by(key, &proof_hash(community, device, member))
}
