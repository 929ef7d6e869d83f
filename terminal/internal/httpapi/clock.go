package httpapi

import (
	"time"
)

// clockState is what the operating system says of this machine's clock. The secure
// world has a clock of its own; this one stamps what the journal and tills see.
type clockState struct {
	now          time.Time
	known        bool // the system tells whether it holds the clock
	synchronised bool
}

// earliest is before this program: a clock that shows less has lost its battery.
func earliest() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func (c clockState) finding() finding {
	switch {
	case c.now.Before(earliest()):
		return finding{Result: checkFail, Code: "clock_wrong", Action: "Set this machine's clock: receipts and the journal have a wrong date."}
	case !c.known:
		return finding{Result: checkUnknown, Code: "clock_not_told", Action: "The system does not say whether it holds the clock by a time server."}
	case !c.synchronised:
		return finding{Result: checkWarn, Code: "clock_not_synchronised", Action: "Let the system hold the clock by a time server, as with systemd-timesyncd or chrony."}
	}
	return good()
}
