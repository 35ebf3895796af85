use actors::session::Namespace;

/// The namespaces and the paths clients name them by. Matched whole, never by prefix.
const PATHS: [(Namespace, &str); 4] = [
    (Namespace::Conversation, "/v1/conversation"),
    (Namespace::ConversationLive, "/v1/conversation/live"),
    (Namespace::Shared, "/v1/shared"),
    (Namespace::LeadFinder, "/v1/lead-finder"),
];

pub fn path(namespace: Namespace) -> &'static str {
    PATHS.iter().find(|(known, _)| *known == namespace).map_or("", |(_, path)| path)
}

pub fn parse(path: &str) -> Option<Namespace> {
    PATHS.iter().find(|(_, known)| *known == path).map(|(namespace, _)| *namespace)
}
