package applications

import "time"

const (
	// maxApplications is what the handover carries, without the payment application.
	maxApplications = 7
	// renewAfter is well below the number of calls at which a Go module was measured
	// to need 6.5 MiB of its 8.
	renewAfter = 100
	// firstPause and lastPause bound the pause before an application that failed
	// starts again.
	firstPause = 100 * time.Millisecond
	lastPause  = 30 * time.Second
	// maxFailures in a row disable an application: with the pauses, some seconds
	// after the first.
	maxFailures = 6
	// calm is how long an application must go without failure to begin anew.
	calm = time.Minute
	// turnWait is how long a call waits for its turn, above the longest deadline of the
	// call before; who waits longer is told to come again.
	turnWait = 2500 * time.Millisecond
	// maxNotices bounds the payments that applications are yet to be told of: with all
	// applications in each they stay below one object of the storage, 16 KiB.
	maxNotices = 32
	// maxName is what the handover carries.
	maxName = 32
	// maxCrashes: a notice that ends an application so often is given up, before it
	// disables it.
	maxCrashes = 3
	// offerPause: an application that is busy, or starts again, is told later.
	offerPause = time.Second
	// startDeadline of an interpreted application covers reading its module.
	startDeadline = 20 * time.Second
)
