//! Who may not see this? Asked of everything that leaves the server, and of what does not change.
mod authority;
mod dice;
mod histories;
mod leavers;
mod office;
mod outgoing;
mod outsider;
mod team;
mod tenants;
mod transcript;
mod twins;
mod watch;
