//! Tool arguments: the JSON text that a model wrote, parsed once and strictly.
