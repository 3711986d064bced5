//! The stores as the program uses them; what they hold to by themselves is tested in `src/cli/store`.
