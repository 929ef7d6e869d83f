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
	// distances between two starts double between these; after a kernel that served
	// longer than steadyAfter they begin at the shortest.
	shortestPause = 100 * time.Millisecond
	longestPause  = 5 * time.Second
	steadyAfter   = 30 * time.Second
	// readyWithin covers compiling applications without a cache.
	readyWithin = 120 * time.Second
	// emulatedReadyWithin is that on an emulated processor: 20 s on an idle machine,
	// 110 on one with six times the work that it has processors for.
	emulatedReadyWithin = 5 * time.Minute
	// tpmWithin is above what a slow TPM needs for a key and a quote (some two
	// seconds).
	tpmWithin = 10 * time.Second
	// tpmEndsWithin is above what it needs to forget a key.
	tpmEndsWithin = 2 * time.Second
	// maxOperators are served at a time: each may hold the files of an update.
	maxOperators = 4
	// maxLines and maxLine bound what a dying kernel may say.
	maxLines = 200
	maxLine  = 300
	// maxProgramBytes bounds measuring a peer's program.
	maxProgramBytes = 256 << 20
	// maxMapsBytes, maxStatusBytes and maxLibraries bound what is read of a peer: a
	// Go program has some 30 mappings, one with libraries a few hundred.
	maxMapsBytes   = 1 << 20
	maxStatusBytes = 64 << 10
	maxLibraries   = 64
	// maxPeers is above what the kernel serves at its mailbox.
	maxPeers = 64
	// remeasureEvery is how often a peer is measured again by default. Below
	// shortestRemeasure a program of 30 MB would keep a processor busy; above
	// longestRemeasure the word would have no meaning.
	remeasureEvery    = 10 * time.Second
	shortestRemeasure = time.Second
	longestRemeasure  = 5 * time.Minute
)
