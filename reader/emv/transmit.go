package emv

import "github.com/strongroom-pos/strongroom/reader/iso7816"

// Status words, EMV 4.4 Book 3, clause 6.3.5.
const (
	swOK          = 0x9000
	swFileInvalid = 0x6283 // selected file invalidated: application blocked
	swRefused     = 0x6985 // conditions of use not satisfied
	swBlocked     = 0x6A81 // function not supported: card blocked
	swNoRecord    = 0x6A83

	swPINWrong            = 0x63C0 // low digit: tries left
	swPINBlocked          = 0x6983 // authentication method blocked
	swPINReferenceInvalid = 0x6984 // reference data invalidated
)

// transmit sends a command and awaits its answer in the state next.
func (t *Transaction) transmit(c iso7816.Command, next state) Action {
	capdu, err := c.Append(t.capdu[:0])
	if err != nil {
		panic("emv: internal error: command over its limit")
	}
	return t.send(capdu, next)
}

// send hands out a command that lies in capdu's room.
func (t *Transaction) send(capdu []byte, next state) Action {
	if t.commands++; t.commands > maxCommands {
		return t.cardError(ReasonTooManyCommands)
	}
	t.capdu, t.awaits, t.state = capdu, InputResponse, next
	return Action{Kind: ActionTransmit, Command: capdu}
}

func readRecord(sfi, record byte) iso7816.Command {
	return iso7816.Command{INS: 0xB2, P1: record, P2: sfi<<3 | 0x04, Expect: iso7816.ExpectAll}
}

func selectFile(name []byte, occurrence byte) iso7816.Command {
	return iso7816.Command{INS: 0xA4, P1: 0x04, P2: occurrence, Data: name, Expect: iso7816.ExpectAll}
}
