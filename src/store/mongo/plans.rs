//! How a server goes about each hot query: through an index, in its order.
