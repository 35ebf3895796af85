use actors::domain::{Contact, ContactId, ContactStatus, Profile, Tag, Valuation};
use actors::view::ProspectView;
use serde::{Serialize, Serializer};

use crate::documents::profile;

/// What platforms this API knew of before it knew several.
const USUAL_PLATFORM: &str = "x";

/// A prospect. `tags`, `status`, `done` and `verified` are always there, everything else that may be
/// absent is left out when it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProspectShape<'a> {
    id: &'a str,
    /// A text: platforms count further than a double does.
    platform_id: String,
    platform: String,
    platform_username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_image_url: Option<String>,
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    followers_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    following_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valuation: Option<Amount>,
    tags: Vec<LabelShape<'a>>,
    status: Option<LabelShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to_member_id: Option<&'a str>,
    done: bool,
}

/// A tag, or a status.
#[derive(Serialize)]
pub struct LabelShape<'a> {
    id: &'a str,
    name: &'a str,
    color: &'a str,
}

/// Whole amounts are written as whole numbers.
struct Amount(f64);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// As far as every double is exact.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0 < EXACT {
            serializer.serialize_u64(self.0 as u64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'a> From<&'a Tag> for LabelShape<'a> {
    fn from(Tag { id, name, color, .. }: &'a Tag) -> Self {
        Self { id: id.as_str(), name, color }
    }
}

impl<'a> From<&'a ContactStatus> for LabelShape<'a> {
    fn from(ContactStatus { id, name, color, .. }: &'a ContactStatus) -> Self {
        Self { id: id.as_str(), name, color }
    }
}

impl<'a> From<&'a ProspectView> for ProspectShape<'a> {
    fn from(view: &'a ProspectView) -> Self {
        let known = view.contact.as_deref().map(profile::of).unwrap_or_default();
        let names = Names::of(view.contact.as_deref(), &view.id, &known);
        Self {
            id: view.id.as_str(),
            platform_id: names.platform_id,
            platform_username: names.username,
            platform: known.platform.unwrap_or_else(|| USUAL_PLATFORM.into()),
            name: view.contact.as_deref().and_then(|contact| contact.name.as_deref()),
            description: known.description,
            profile_image_url: known.image,
            verified: known.verified,
            followers_count: known.followers,
            following_count: known.following,
            location: known.location,
            url: known.url,
            notes: view.context.notes.as_deref(),
            valuation: view.context.valuation.map(Valuation::amount).map(Amount),
            tags: view.tags.iter().map(LabelShape::from).collect(),
            status: view.status.as_ref().map(LabelShape::from),
            assigned_to_member_id: view.assignee.as_ref().map(|user| user.as_str()),
            done: view.done,
        }
    }
}

/// What a prospect is called on its platform. Who has no platform is called what they are called
/// here.
pub struct Names {
    pub platform_id: String,
    /// Without the `@`.
    pub username: String,
}

impl Names {
    pub fn of(contact: Option<&Contact>, id: &ContactId, known: &Profile) -> Self {
        let platform_id = known.platform_id.clone().unwrap_or_else(|| id.to_string());
        let handle = known.username.as_deref().map(|name| name.trim_start_matches('@').to_owned());
        let called = contact.and_then(|contact| {
            let names = [&contact.email, &contact.phone, &contact.name];
            names.into_iter().flatten().find(|name| !name.trim().is_empty()).cloned()
        });
        let username = handle.filter(|name| !name.is_empty()).or(called);
        Self { platform_id, username: username.unwrap_or_else(|| id.to_string()) }
    }
}
