package boot

import (
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

// Boot carries remote key loading between the operator's door and the kernel, and reads
// neither the random number nor the delivery.

// Challenge has the kernel draw a random number.
func (d desk) Challenge() ([16]byte, control.Reason) {
	given := d.ask(handover.Challenge{}, nil)
	return given.random, loadReason(given.code)
}

// LoadKey gives the kernel a delivery.
func (d desk) LoadKey(delivery *os.File) control.Reason {
	reason := loadReason(d.ask(handover.KeyToken{}, delivery).code)
	d.boot.log.Info("host key from afar", "outcome", reason.String())
	return reason
}

// ask takes its turn among the changes that upkeep makes.
func (d desk) ask(m handover.Message, file *os.File) (given answer) {
	d.Alone(func() { given = (*hands)(d.boot).ask(m, file) })
	return given
}

func loadReason(o handover.Outcome) control.Reason {
	reason, known := map[handover.Outcome]control.Reason{
		handover.OutcomeDone: control.Accepted, handover.OutcomeNotSupported: control.ReasonNoLoading,
		handover.OutcomeBusy: control.ReasonUnderWay, handover.OutcomeToken: control.ReasonToken,
		handover.OutcomeLoaded: control.ReasonKnownKey, handover.OutcomeDenied: control.ReasonKernelDeclined,
	}[o]
	if !known {
		return control.ReasonNoKernel
	}
	return reason
}
