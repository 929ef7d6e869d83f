package entrypoint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// TestTypeApprovalCasesEventByEvent replays each recorded case: the card answers
// as recorded, and every command, field change, message, kernel start and
// outcome must come as recorded and in its order.
func TestTypeApprovalCasesEventByEvent(t *testing.T) {
	v, ok := readVectors(t)
	if !ok {
		return
	}
	if len(v.Cases) == 0 {
		t.Fatal("no cases")
	}
	for i, c := range v.Cases {
		t.Run(fmt.Sprintf("%03d %s", i, c.Test), func(t *testing.T) {
			r := &replay{t: t, events: c.Events}
			cfg := v.config(t, c.Terminal)
			for _, o := range v.orders(c) {
				o.UnpredictableNumber = [4]byte{1, 2, 3, 4}
				r.run(New(cfg, o, r.kernels(cfg)))
			}
			if len(r.events) > 0 {
				t.Errorf("did not come: %q", r.events)
			}
		})
	}
}

// A replay holds the events that are still to come.
type replay struct {
	t      *testing.T
	events []string
	kernel *stubKernel
}

// kernels has the kernels that the terminal is configured for.
func (r *replay) kernels(cfg Config) Kernels {
	return func(id []byte) contactless.NewKernel {
		for _, s := range cfg.Sets {
			for _, c := range s.Combinations {
				if bytes.Equal(c.KernelID, id) {
					return r.newKernel
				}
			}
		}
		return nil
	}
}

func (r *replay) newKernel(a contactless.Activation) (contactless.Kernel, error) {
	r.kernel = &stubKernel{a: a}
	return r.kernel, nil
}

func (r *replay) run(s *Session) {
	in := Ready()
	for {
		a := s.Next(in)
		if a.Kind == ActionEnd {
			s.Wipe()
			return
		}
		in = r.answer(a)
	}
}

// answer compares an action with the next event and does what was recorded.
func (r *replay) answer(a Action) Input {
	switch a.Kind {
	case ActionAwaitStart:
		return Start()
	case ActionAwaitCard:
		return r.field()
	case ActionFieldOn:
		r.expect("FIELD on")
	case ActionFieldOff:
		r.expect(fmt.Sprintf("FIELD off hold=%d", int(a.HoldTenths)*100))
	case ActionShow:
		r.expect(uiEvent(a.UI))
	case ActionKernel:
		r.expect(kernelEvent(a.Activation, r.kernel))
	case ActionTransmit:
		return r.transmit(a.Command)
	case ActionFinish:
		r.expect(outcomeEvent(a.Outcome))
		return r.afterwards(a.Outcome)
	case ActionAwaitRestart:
		return Restart(r.kernel.hostAnswer())
	}
	return Done()
}

// field is what the recorded terminal found in the field: where it asks for one
// card only, there were more of them, and then no more.
func (r *replay) field() Input {
	switch {
	case len(r.events) == 0:
		r.t.Fatal("waits for a card after the end")
	case strings.HasPrefix(r.events[0], uiStart(contactless.MessageOneCardOnly, contactless.UIProcessingError)):
		return Collision()
	case strings.HasPrefix(r.events[0], uiStart(contactless.MessageOneCardOnly, contactless.UIReadyToRead)):
		return CollisionOver()
	}
	return Card()
}

func uiStart(m contactless.Message, s contactless.UIStatus) string {
	return fmt.Sprintf("UI msg=%02X status=%d ", byte(m), s+1)
}

func (r *replay) expect(got string) string {
	r.t.Helper()
	if len(r.events) == 0 {
		r.t.Fatalf("came after the end: %s", got)
	}
	want := r.events[0]
	r.events = r.events[1:]
	if got != want {
		r.t.Fatalf("got  %s\nwant %s", got, want)
	}
	return want
}

// transmit masks what was random or is not in the file. Where the recorded
// terminal switches the field on after the answer to a SELECT, the transmission
// failed.
func (r *replay) transmit(command []byte) Input {
	r.t.Helper()
	got := []byte(fmt.Sprintf("C %X", command))
	if len(r.events) > 1 && command[1] == 0xA8 {
		want := []byte(r.events[0])
		for _, m := range r.kernel.masked {
			for i := 2 + 2*m[0]; i < 2+2*m[1] && i < len(want) && i < len(got); i++ {
				got[i] = want[i]
			}
		}
	}
	r.expect(string(got))
	if len(r.events) == 0 || !strings.HasPrefix(r.events[0], "R ") {
		return CardGone()
	}
	rapdu := unhex(r.t, r.events[0][2:])
	r.events = r.events[1:]
	if command[1] == 0xA4 && len(r.events) > 0 && r.events[0] == "FIELD on" {
		return CardGone()
	}
	return Response(rapdu)
}

// afterwards is the recorded terminal: without an answer of the host it waits
// until the card should be taken away.
func (r *replay) afterwards(o *contactless.Outcome) Input {
	switch {
	case o.Start == contactless.StartNone:
		return End()
	case o.Online != contactless.OnlineNotNeeded && r.kernel.hostAnswer() == nil:
		return RemovalDue()
	default:
		return Restart(r.kernel.hostAnswer())
	}
}

func uiEvent(u contactless.UI) string {
	language := "--"
	if u.Language != "" {
		language = u.Language
	}
	return fmt.Sprintf("UI msg=%02X status=%d hold=%d lang=%s q=%d val=%X cur=%04d",
		byte(u.Message), u.Status+1, u.HoldTenths, language, u.Qualifier, u.Value, u.Currency)
}

func kernelEvent(a *contactless.Activation, k *stubKernel) string {
	in := a.Indicators
	return fmt.Sprintf("KERNEL id=%X aid=%X sw=%04X start=%c restart=%d status=%d notallowed=%d zero=%d cvm=%d floor=%d ttq=%X fci=%X online=%X",
		a.KernelID, a.AID, a.SW, a.Start, bit(a.Restart), bit(in.StatusCheckRequested), bit(in.NotAllowed),
		bit(in.ZeroAmount), bit(in.CVMRequired), bit(in.FloorLimitExceeded), a.TTQ, a.FCI, k.online())
}

func outcomeEvent(o *contactless.Outcome) string {
	start := "0"
	if o.Start != contactless.StartNone {
		start = string(rune(o.Start))
	}
	s := fmt.Sprintf("OUTCOME %d start=%s alt=%d", o.Result, start, o.Alternate)
	if u := o.OnOutcome; u != nil {
		s += fmt.Sprintf(" ui_out=%02X/%d", byte(u.Message), u.Status+1)
	}
	if u := o.OnRestart; u != nil {
		s += fmt.Sprintf(" ui_restart=%02X/%d", byte(u.Message), u.Status+1)
	}
	return s
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

var _ contactless.Kernel = (*stubKernel)(nil)

// TestTheReplayKnowsCollisions puts two into a recorded case.
func TestTheReplayKnowsCollisions(t *testing.T) {
	v, ok := readVectors(t)
	if !ok {
		return
	}
	c := v.Cases[0]
	at := slices.Index(c.Events, "FIELD on") + 1
	shown := uiEvent(contactless.UI{Message: contactless.MessageOneCardOnly, Status: contactless.UIProcessingError})
	over := uiEvent(contactless.UI{Message: contactless.MessageOneCardOnly, Status: contactless.UIReadyToRead})
	for _, seen := range [][]string{{shown}, {shown, over}, {shown, over, shown, over}} {
		r := &replay{t: t, events: slices.Insert(slices.Clone(c.Events), at, seen...)}
		cfg := v.config(t, c.Terminal)
		o := v.orders(c)[0]
		r.run(New(cfg, o, r.kernels(cfg)))
		if len(r.events) > 0 {
			t.Errorf("did not come: %q", r.events)
		}
	}
}
