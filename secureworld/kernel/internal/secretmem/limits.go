package secretmem

const (
	// maxArenas bounds what a wrong configuration can take from the machine.
	maxArenas = 16
	// maxArenaPages is 64 MiB: ten times what an application was measured to need.
	maxArenaPages = 1024
	// maxKeyBytes holds sixteen thousand expanded ciphers.
	maxKeyBytes = 16 << 20
	// keyAlign is a cache line, and more than any cipher object's alignment.
	keyAlign = 64
)
