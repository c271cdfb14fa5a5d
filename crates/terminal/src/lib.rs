//! What a terminal shows: waterfalls, tables, progress, colour.
