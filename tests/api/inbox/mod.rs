//! The Inbox API from outside: what its clients ask, and what of it others see.
mod access;
mod bulk;
mod events;
mod export;
mod guide;
mod labels;
mod live;
mod office;
mod paging;
mod prospects;
mod scoring;
mod sending;
mod threads;
