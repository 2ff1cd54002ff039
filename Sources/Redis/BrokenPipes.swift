internal import Glibc

/// Makes a write to a closed socket an error instead of the end of the process. To be the first line of main: our own
/// connections do not need it, other libraries' do.
package func ignoreBrokenPipes() {
    _ = signal(SIGPIPE, SIG_IGN)
}
