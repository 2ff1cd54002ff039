// Reactors: side effects. A reactor reads the log like a projection does, acts with retries, and appends its result as
// an event; a rebuild never repeats an effect.
