package backup

const (
	// maxManifest is above the manifest of maxFiles files.
	maxManifest = 1 << 20
	// maxFiles is above the spaces and objects of eight applications.
	maxFiles = 8192
	// maxFile is more than any merchant's journal.
	maxFile = 64 << 30
	// maxSmall bounds files that are read as a whole: counters and the heads of
	// journals' entries.
	maxSmall = 64
	// maxConfiguration is above the kernel's configuration.
	maxConfiguration = 1 << 20
	// attempts is how often the secure world's files are copied until no payment came
	// between.
	attempts = 20
)
