//! Who may not see this? Asked of everything that leaves the server, and of what does not change.
mod dice;
mod histories;
mod office;
mod outsider;
mod transcript;
mod twins;
mod watch;
