package overseer

import "time"

// Limits of an overseer.
const (
	// MaxConnections bounds the clients that are served at once.
	MaxConnections = 128
	// MaxSessions is how many Opens are kept, to open them again at a member that
	// missed one.
	MaxSessions = 4096
	// connections is how many one member is asked over at once; it grants 64.
	connections = 32
	// maxWaiting is how many frames may wait for a slow member before more count as
	// failed.
	maxWaiting = 256
	// patience is what a member has for one frame. A card takes 0.4 s.
	patience = 2 * time.Second
	// hedge is when another member is asked where one has not answered yet.
	hedge = 150 * time.Millisecond
	// slowAt is from where an element may count as slow beside a faster one.
	slowAt = 20 * time.Millisecond
	// lateAfter is when an answer counts as late.
	lateAfter = 100 * time.Millisecond
	// stepPatience is what a member has for one step of an agreement.
	stepPatience = 3 * time.Second
	// maxAttempts bounds the repetitions of one agreement: each leaves one member out.
	maxAttempts = 8
	// rollEvery is how often all members are asked how they are, whether clients ask
	// anything or not: who comes first after a quiet night finds a whole group. Each
	// costs some 50 microseconds.
	rollEvery = 5 * time.Second
	// asideFor is how long one of two that accuse each other is left out of agreements:
	// long beside a fault that passes, and no operator is needed for those.
	asideFor = 10 * time.Minute
	// abortBudget is how many agreements a member may make fail after contributions were
	// sealed, before it is left aside for a while: each gives it about one bit of choice
	// over the secret of the next.
	abortBudget = 8
	// maxEvidence bounds the files of evidence: a liar must not fill the disk.
	maxEvidence = 256
	// maxFindings is how many lines a picture shows.
	maxFindings = 20
	// maxInvestigations is how many disagreements are asked again at once; more are
	// counted and not asked.
	maxInvestigations = 4
	// refusalBudget is how often a member may refuse in one window what a majority
	// answers: refusals are a channel that nobody compares.
	refusalBudget = 512
	// idleDeadline is how long a client's connection may wait for its next request.
	idleDeadline = 10 * time.Minute
	// writeDeadline is what a client has to take an answer.
	writeDeadline = 5 * time.Second
	// maxPicture bounds the JSON of a View.
	maxPicture = 32 << 10
)
