package image

const (
	// maxKernelBytes bounds what boot holds in memory; a kernel has some 15 MB.
	maxKernelBytes = 64 << 20
	// maxModuleBytes is what tahost takes.
	maxModuleBytes = 32 << 20
	// maxDocumentBytes is what package certificate takes.
	maxDocumentBytes = 64 << 10
	// maxApplications is what the handover hands over.
	maxApplications = 8
	// maxSystems is a few distributions' Linux, each before and after its update.
	maxSystems = 16
	// maxDevices is a pilot; a whole fleet has names that begin alike.
	maxDevices = 64
	// maxCustomer keeps reports on one line.
	maxCustomer = 64
	// maxCounterBytes is "strongroom-counter 1\n", twenty digits and a line end.
	maxCounterBytes = 64
)
