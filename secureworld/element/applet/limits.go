package applet

// Limits.
const (
	// MaxPackage bounds a package: a Go module of some libraries has 2 to 3 MB.
	MaxPackage = 4 << 20
	// MaxPartial bounds the memory of what is half loaded: two, so that one may come
	// while another was given up.
	MaxPartial = 2
	// MaxAdmitted bounds the memory of what was made ready, some 40 MB for each of Go.
	MaxAdmitted = 4
	// MaxPages bounds the memory of a run, 16 MiB; a Go module takes some 4.
	MaxPages = 256
	// MaxFuel bounds a run: at most some 0.4 s of one processor, where an MCU waits two
	// for a member (measured: 14 ns for a unit where every instruction runs, 1.2 in Go's
	// code, which jumps over most; Go's runtime begins with 12 million).
	MaxFuel = 30_000_000
	// maxManifest bounds the signed document; most of it is the certificate.
	maxManifest = 8 << 10
	// maxName bounds names of developers and applets.
	maxName = 32
)
