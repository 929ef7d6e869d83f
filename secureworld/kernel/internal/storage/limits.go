package storage

const (
	// MaxObject is above every object of the kernel and bounds the secret memory
	// that one call takes; an application with more data has more objects.
	MaxObject = 16 << 10
	// MaxName is for names of objects and of spaces.
	MaxName = 64
	// MaxObjects in one space: the index, rewritten at every change, stays below
	// 100 KiB.
	MaxObjects = 1024
	// maxSpaces keeps the root record below 11 KiB, which lies in secret memory
	// while it is written.
	maxSpaces = 64
	// objectCost is counted against a quota for each object on top of its size: its
	// record's frame and its line in the index. Else a million empty objects would
	// be free.
	objectCost = 160
)
