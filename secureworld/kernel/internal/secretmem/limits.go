package secretmem

const (
	// maxArenas bounds what a wrong configuration can take from the machine.
	maxArenas = 16
	// maxArenaPages is 64 MiB: ten times what an application was measured to need.
	maxArenaPages = 1024
	// maxSmall is one for each application beside the payment application, and one in
	// which an update starts before it takes the place of its predecessor.
	maxSmall = 8
	// smallPages is 8 MiB; a Go module was measured at 6.5 MiB after 200 calls.
	smallPages = 128
	// maxKeyBytes holds sixteen thousand expanded ciphers.
	maxKeyBytes = 16 << 20
	// keyAlign is a cache line, and more than any cipher object's alignment.
	keyAlign = 64
)
