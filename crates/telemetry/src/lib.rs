//! What a service adds to be traced: set-up, a server layer, an HTTP client, log correlation.
