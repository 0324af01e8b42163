//! An output file as a value, and the canonical printers.
