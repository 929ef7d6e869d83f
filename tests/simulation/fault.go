package main

// faultKind is what can go wrong. N counts the occasions of a kind from the start
// of a payment's life; Arg says in which form.
type faultKind int

const (
	faultCrashSecure   faultKind = iota // N: write, fsync, send or other point; Arg: what the disk keeps
	faultCrashTerminal                  // N: durable write or send
	faultDisk                           // N: write of the secure world
	faultSync                           // N: fsync
	faultKeystore                       // N: write of the host key's counter
	faultHostNet                        // N: message between secure world and host
	faultHost                           // N: message that the host handles
	faultReaderLink                     // N: message between reader and secure world
	faultPINPadLink                     // N: message between PIN pad and secure world
	faultMailbox                        // N: message at the mailbox
	faultTill                           // N: message between till and terminal
	faultClock                          // at the N-th message to the host; Arg: jump in minutes
	faultApp                            // N: message at the mailbox; Arg: what a hostile app world sends too
	faultTamper                         // N: as of a crash; Arg: what the disk keeps, or tamperRuns
	faultLie                            // N: fsync, from which on all say that they are done and are not; Arg: seconds until the power fails
	faultKinds
)

// kind names for the page.
func (k faultKind) String() string {
	return [...]string{"secure world crashes", "terminal crashes", "writes that fail", "fsyncs that fail", "key counter not stored",
		"host network", "host", "reader link", "PIN pad link", "mailbox", "till link", "clock jumps", "hostile app world", "tampers", "fsyncs that lie"}[k]
}

// fault happens once.
type fault struct {
	Lane, Life int
	Kind       faultKind
	N, Arg     int
}

// Forms of disk faults: failed and not done, failed but done.
const (
	diskNotDone = iota
	diskDone
	diskTorn
	diskFull
	diskForms
)

// What a crash leaves of what was not made durable.
const (
	cutLost = iota
	cutKept
	cutTorn
	cutZeros
	cutForms
)

// Forms of network faults.
const (
	netDrop      = iota // lost, the connection stays
	netDouble           // comes twice
	netLate             // comes after its question's time
	netReorder          // comes behind what follows
	netFlip             // one bit is another
	netReset            // the connection ends, the message does not arrive
	netResetDone        // the message arrives, then the connection ends
	netPartition        // nothing goes through for a while, and nobody is told
	netCut              // the connection ends and cannot be made for a while
	netForms
)

// Forms of host faults.
const (
	hostLate    = iota // answers after the terminal has given up
	hostTwice          // answers twice
	hostSTAN           // another STAN, under a right MAC
	hostMAC            // a MAC that does not verify
	hostSilent         // books and does not answer
	hostLost           // does not see the message
	hostRestart        // starts again with the database that it has
	hostAmount         // another amount, under a right MAC
	hostDecline        // says declined, then approved, under right MACs
	hostOther          // first the answer to another payment, which says the opposite, under this one's number and a right MAC
	hostForms
)

// hit counts an occasion and returns the fault that is due, nil if none is.
func (l *lane) hit(k faultKind) *fault {
	l.seen[k]++
	if len(l.due) == 0 || l.w.healed {
		return nil
	}
	for _, f := range l.due {
		if f.Kind == k && f.N == l.seen[k] {
			l.w.count.faults[k]++
			l.w.tracef(l, "fault: %v, occasion %d, form %d", k, f.N, f.Arg)
			return f
		}
	}
	return nil
}
