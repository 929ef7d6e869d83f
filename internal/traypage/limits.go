package traypage

import "time"

const (
	// maxBody holds an act with all its fields, with room for spaces.
	maxBody = 512
	// maxStreams: each open page holds one, and asks the PIN pad's page, which
	// has 32 connections, all the time.
	maxStreams = 8
	// maxTear bounds the command at which a card is pulled: no transaction has
	// more.
	maxTear = 99
	// actWithin is more than pcscd takes to see a card.
	actWithin = 10 * time.Second
	// lookEvery is how often the slots are looked at: a card that tears itself
	// out tells nobody.
	lookEvery = 300 * time.Millisecond
	// retryEvery is how often a display is asked again that did not answer.
	retryEvery = time.Second
	// answerDeadline leaves an act its time. An event stream sets its own.
	answerDeadline = actWithin + 5*time.Second
)
