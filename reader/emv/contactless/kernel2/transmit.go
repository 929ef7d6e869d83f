package kernel2

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

const swOK = 0x9000

// transmit sends a command and awaits its answer in the state next.
func (k *Kernel) transmit(c iso7816.Command, p phase, next state) contactless.Step {
	if k.sent++; k.sent > maxCommands {
		return k.cardError(ErrorCardData)
	}
	c.Expect = iso7816.ExpectAll
	capdu, err := c.Append(k.capdu[:0])
	if err != nil {
		panic("kernel2: internal error: command over its limit")
	}
	k.capdu, k.awaits, k.state, k.phase = capdu, emv.InputResponse, next, p
	return contactless.Step{Command: capdu}
}

// answer takes the data of an answer with 9000. Any other status word ends the
// application.
func (k *Kernel) answer(in emv.Input) ([]byte, *contactless.Step) {
	data, sw := objects.Split(in.Response)
	if sw == swOK {
		return data, nil
	}
	k.problem.SW = sw
	s := k.cardError(ErrorStatusBytes)
	return nil, &s
}
