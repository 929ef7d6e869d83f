// Package attestation holds the tests of what the secure world says of itself, over
// the real boot and kernel: reports and their replays, the licence's proof and each
// reason why one does not fit, and an app world that is changed while it runs. The
// test process, or a copy of it, stands in the app world's place.
package attestation
