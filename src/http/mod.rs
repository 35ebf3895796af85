//! HTTP in, one file per resource.
#[cfg(test)]
pub mod testing;
