// Recorder: events that Footfall itself makes (installs, imports, results of side effects) in, and the log's sink out.
// They are cleaned, sealed, compressed and appended like any shopper's event.
