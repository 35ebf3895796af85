mod allowance;
mod context;
mod csv;
mod query;
