package database

import "time"

// Limits of PostgreSQL's use.
const (
	// maxConnections of one node: PostgreSQL has 100 where nobody said otherwise, and
	// a rolling restart has one node more for a while.
	maxConnections = 16
	// maxTries of a transaction that others are in the way of.
	maxTries = 12
	// lockTimeout and statementTimeout are well below what a terminal waits for its
	// answer, so that a transaction nobody waits for any more is not done.
	lockTimeout      = 8 * time.Second
	statementTimeout = 10 * time.Second
	// idleTimeout ends the transaction of a node that was lost without its connection.
	idleTimeout = 15 * time.Second
	// connectTimeout is for one connection, startTimeout for a server that starts.
	connectTimeout = 5 * time.Second
	startTimeout   = 30 * time.Second
	// schemaLock is any number that nothing else locks.
	schemaLock = 0x5374726f
)

// What PostgreSQL says (appendix A of its manual).
const (
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeUnique        = "23505"
	codeStarting      = "57P03"
)
