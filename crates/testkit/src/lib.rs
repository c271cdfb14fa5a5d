//! What the tests share: span builders, servers on free ports.
