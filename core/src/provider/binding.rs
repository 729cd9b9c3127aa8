//! Whom a provider's tokens name as their recipient.

/// How a provider's tokens identify their intended recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binding {
    /// By the audience: the resource, or what the provider writes in its place.
    Audience,
    /// By an audience of the provider's making, which is never the resource: a policy must name it.
    Named,
    /// By the client alone: no audience, or one that identifies no resource.
    Client,
    /// By the audience or by the client, or both: what the operator sets.
    Either,
    /// By the audience and the client: any client may request any audience.
    Both,
    /// By the client and this audience, which all tokens of the provider have.
    Fixed(&'static str),
}

impl Binding {
    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audience => "audience",
            Self::Named => "named",
            Self::Client => "client",
            Self::Either => "either",
            Self::Both => "both",
            Self::Fixed(_) => "fixed",
        }
    }
}
