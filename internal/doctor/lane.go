package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// Lane is how a running lane stands, as far as it could be asked.
type Lane struct {
	Running  bool
	Answers  bool // its terminal
	Terminal till.Terminal
	Security till.Security
	Ready    till.Readiness
	Keys     []till.Key
	Queue    Queue
	Batch    Batch
	Acquirer *Acquirer // nil: it is another company's, or does not answer
	Slot     bool      // the card service answers
}

// Queue is what waits for the acquirer.
type Queue struct {
	Pending        int  `json:"pending"`
	Reversals      int  `json:"reversals"`
	OldestSeconds  int  `json:"oldest_seconds"`
	NeedsAttention bool `json:"needs_attention"`
}

// Batch is the open one.
type Batch struct {
	Number int       `json:"batch"`
	State  string    `json:"state"`
	Since  time.Time `json:"since"` // when the one before was closed; zero: not known
}

// Acquirer is what the demo's own tells.
type Acquirer struct {
	Elements bool `json:"elements"` // its secure elements answer
	Balanced bool `json:"balanced"`
}

// asked wraps a check that needs a terminal that answers.
func asked(look func(Machine, Lane) []Finding) func(Machine, Lane) []Finding {
	return func(m Machine, l Lane) []Finding {
		if !l.Running || !l.Answers {
			return nil
		}
		return look(m, l)
	}
}

func running(_ Machine, l Lane) []Finding {
	switch {
	case !l.Running:
		return fine("no lane is running; strongroom up starts one")
	case !l.Answers:
		return fail("terminal_silent", "a lane runs, and its terminal does not answer", "look at logs/terminal.log in the home; end the lane and start it again")
	}
	return fine("a lane is running")
}

func secureWorld(_ Machine, l Lane) []Finding {
	switch {
	case !l.Ready.Checks["secure_world"]:
		return fail("secure_world_down", "the terminal does not reach the secure world", "look at logs/boot.log in the home")
	case l.Terminal.State == "tampered":
		return fail("tampered", "the secure world took itself for tampered with and erased its keys", "strongroom reversals names what is to be settled by hand; then provision the device again")
	case l.Terminal.State == "key_exhausted":
		return fail("key_exhausted", "the host key is used up", "strongroom keys load")
	}
	return fine("the secure world answers: " + strings.ReplaceAll(l.Terminal.State, "_", " "))
}

func reader(_ Machine, l Lane) []Finding {
	if !l.Terminal.ReaderConnected {
		return fail("reader_away", "the card reader is not connected", "look at logs/reader.log in the home, and whether its certificate is valid")
	}
	return fine("the card reader is connected")
}

func pinPad(_ Machine, l Lane) []Finding {
	if !l.Terminal.PINPadConnected {
		return fail("pinpad_away", "the PIN pad is not connected", "look at logs/pinpad.log in the home, and whether its certificate is valid")
	}
	return fine("the PIN pad is connected")
}

func cardService(_ Machine, l Lane) []Finding {
	switch {
	case !l.Running:
		return nil
	case !l.Slot:
		return fail("pcscd_silent", "pcscd with the card tray does not answer", "look at logs/pcscd.log in the home; end the lane and start it again")
	}
	return fine("pcscd answers")
}

func acquirer(_ Machine, l Lane) []Finding {
	refusal := l.Terminal.HostRefusal
	switch {
	case refusal != "" && refusal != "none":
		return fail("sign_on_refused", "the acquirer refused the sign-on: "+strings.ReplaceAll(refusal, "_", " "), "strongroom attest says what the device reports; ask the acquirer what it accepts")
	case !l.Terminal.HostSignedOn:
		return warn("acquirer_away", "the acquirer does not answer: payments by chip may be approved offline, others wait", "look at the line, and at logs/acquirer.log in the home")
	case l.Acquirer != nil && !l.Acquirer.Elements:
		return fail("elements_silent", "the acquirer's secure elements do not answer", "strongroom elements")
	case l.Acquirer != nil && !l.Acquirer.Balanced:
		return fail("books_unbalanced", "the acquirer's books do not balance", "stop, and keep the home as it is")
	}
	return fine("signed on")
}

func keys(_ Machine, l Lane) (out []Finding) {
	counted := 0
	for _, k := range l.Keys {
		switch {
		case k.State == "exhausted":
			out = append(out, fail("key_used_up", k.Name+" is used up", "strongroom keys load for the host key; the others come with provisioning")...)
		case k.Low:
			out = append(out, warn("key_low", fmt.Sprintf("%s is good for %d uses more", k.Name, k.Left), "strongroom keys load for the host key; the others come with provisioning")...)
		case k.Counted:
			counted++
		}
	}
	switch {
	case len(l.Keys) == 0:
		return warn("keys_unknown", "the secure world does not list its keys", "strongroom keys")
	case out == nil:
		return fine(fmt.Sprintf("%d keys that are counted have enough uses left", counted))
	}
	return out
}

func queue(_ Machine, l Lane) []Finding {
	q, age := l.Queue, time.Duration(l.Queue.OldestSeconds)*time.Second
	switch {
	case q.NeedsAttention:
		return fail("reversal_stuck", "a reversal has failed again and again", "ask the acquirer; the payment is unknown until it is confirmed")
	case q.Pending > 0 && age > waitingLong:
		return warn("queue_old", fmt.Sprintf("%d messages wait, the oldest for %s", q.Pending, age), "look why the acquirer does not confirm them")
	case q.Pending > 0:
		return fine(fmt.Sprintf("%d messages wait", q.Pending))
	}
	return fine("nothing waits")
}

func batch(m Machine, l Lane) []Finding {
	b := l.Batch
	switch age := m.Now().Sub(b.Since); {
	case b.State == "differs":
		return fail("batch_differs", fmt.Sprintf("batch %d was closed with differences", b.Number), "its report names them: GET /v1/batches/…/report")
	case !b.Since.IsZero() && age > batchOld:
		return warn("batch_old", fmt.Sprintf("batch %d is open for %d hours", b.Number, int(age.Hours())), "close it: on the merchant's page, or POST /v1/batches/current/close")
	}
	return fine(fmt.Sprintf("batch %d is %s", b.Number, b.State))
}

func journal(_ Machine, l Lane) []Finding {
	if !l.Ready.Checks["journal"] {
		return fail("journal_broken", "the terminal's journal takes no writes", "make room or replace the disk, and start the terminal again")
	}
	return fine("the journal takes writes")
}

// protection says what is weaker than it can be; that these are test keys, and no
// listed solution, is no fault.
func protection(_ Machine, l Lane) []Finding {
	if l.Security.Isolation == "none" {
		return fail("not_isolated", "the secure world is not isolated", "look at logs/boot.log in the home")
	}
	var weak []string
	for _, note := range l.Security.Notes {
		if slices.Contains([]string{"memory_readable_by_root", "storage_opens_to_root", "self_reported", "app_not_measured"}, note) {
			weak = append(weak, strings.ReplaceAll(note, "_", " "))
		}
	}
	if len(weak) > 0 {
		return warn("weaker_than_possible", strings.Join(weak, ", "), "the README names each, and what it takes: -tpm, -storage-root, Linux 6.5, start as root")
	}
	return fine("isolation " + l.Security.Isolation + ", memory " + l.Security.MemoryProtection)
}
