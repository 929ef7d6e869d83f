package boot

import "time"

const (
	// maxConfigBytes bounds boot's own configuration file.
	maxConfigBytes = 64 << 10
	// lockLimit is four arenas of 64 MiB and their keys.
	lockLimit = 512 << 20
	// stopWithin is what a kernel gets to finish what it writes.
	stopWithin = 2 * time.Second
	// dialWithin bounds one dial of the acquirer.
	dialWithin = 10 * time.Second
	// maxDials under way at once.
	maxDials = 4
	// healthEvery and healthMisses: a silent kernel is replaced after 15 s.
	healthEvery  = 5 * time.Second
	healthMisses = 3
	// trialAnswers to health prove a pending image: it lived on for healthEvery.
	trialAnswers = 2
	// firstNonce of the health that is asked when a kernel gets ready.
	firstNonce = 1
	// applyWithin covers compiling one application.
	applyWithin = 60 * time.Second
	// restart delays double between these; a kernel that served longer than
	// steadyAfter starts anew at the shortest.
	shortestPause = 100 * time.Millisecond
	longestPause  = 5 * time.Second
	steadyAfter   = 30 * time.Second
	// readyWithin covers compiling applications without a cache.
	readyWithin = 120 * time.Second
	// maxLines and maxLine bound what a dying kernel may say.
	maxLines = 200
	maxLine  = 300
	// maxProgramBytes bounds measuring a peer's program.
	maxProgramBytes = 256 << 20
)
