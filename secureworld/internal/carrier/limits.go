package carrier

const (
	// maxOpening takes any packet of package handover.
	maxOpening = 128
	// maxData keeps one connection from holding a port for long.
	maxData = 16 << 10
	// window is what a connection may have under way: four frames, and less than a
	// socket's own buffer.
	window = 64 << 10
	// maxConnections of one port: those that the kernel serves at a time, those
	// that wait for it, and some that are ending.
	maxConnections = 64
	// maxContent is one piece of a file; a virtio-serial port takes 32 KiB at once.
	maxContent = 32 << 10
	// MaxFile bounds a message's file: package handover's largest, machine code.
	MaxFile = 64 << 20
	// maxMessage is package handover's longest packet.
	maxMessage = 128
	// maxMeasurements covers three digests and two numbers as text.
	maxMeasurements = 256
	// maxRelease is what uname(2) has room for.
	maxRelease = 64
	// maxWords is one write of a dying kernel.
	maxWords = 1024
	// SeedSize feeds the guest's random generator; 256 bits are its strength.
	SeedSize = 32
)
