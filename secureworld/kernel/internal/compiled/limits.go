package compiled

const (
	// maxModules is what the handover carries.
	maxModules = 8
	// headerSize and moduleSize are what stands before all modules, and each.
	headerSize = 2
	moduleSize = 40
)
