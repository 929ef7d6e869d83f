//go:build linux

package trial

import (
	"cmp"
	"errors"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/evidence/capture"
	"github.com/strongroom-pos/strongroom/internal/evidence/leak"
	"github.com/strongroom-pos/strongroom/internal/evidence/wire"
)

// People and things outside, who are this command.
const (
	nameTill   = "till"
	namePerson = "person at PIN pad"
	nameTray   = "card"
	nameOther  = "not attributed"
)

// pair of processes, by name: the client or the smaller name first.
type pair struct{ from, to string }

// observer collects who is connected to whom.
type observer struct {
	trial     *Trial
	listeners map[uint16]string
	clients   map[capture.Direction]string // client's and server's port
	unix      map[pair]bool
}

func newObserver(t *Trial) *observer {
	return &observer{trial: t, listeners: map[uint16]string{}, clients: map[capture.Direction]string{}, unix: map[pair]bool{}}
}

// owners are the sockets of all processes here.
func (o *observer) owners() map[uint64]string {
	out := map[uint64]string{}
	own := func(pid int, name string) {
		for inode := range wire.Sockets(pid) {
			out[inode] = name
		}
	}
	own(os.Getpid(), nameTray)
	for _, p := range o.trial.Lane.Processes() {
		own(p.PID, p.Name)
	}
	if o.trial.Plain != nil {
		own(o.trial.Plain.PID(), plainName)
	}
	return out
}

// look adds what is connected now.
func (o *observer) look() error {
	owners := o.owners()
	all, err := wire.TCPs()
	if err != nil {
		return err
	}
	for _, s := range all {
		switch name := owners[s.Inode]; {
		case name == "":
		case s.Listening:
			o.listeners[s.Local] = name
		default:
			o.clients[capture.Direction{From: s.Local, To: s.Remote}] = name
		}
	}
	unixes, err := wire.Unixes()
	for _, u := range unixes {
		a, b := owners[u.Inode], owners[u.Peer]
		if a != "" && b != "" && a < b {
			o.unix[pair{a, b}] = true
		}
	}
	return err
}

// lines ends the recording, searches the lines to the till and to the host, each beside
// its control, and draws what was observed.
func (t *Trial) lines() error {
	appLine := t.tally(evidence.Surface{ID: "till-link", Name: "line between till and terminal", Column: evidence.AppWorld, How: "captured on loopback, both directions put together", Claim: "nothing of any kind"}, anything)
	hostLine := t.tally(evidence.Surface{ID: "host-link", Name: "line between secure world and acquirer", Column: evidence.SecureWorld, How: "captured on loopback, both directions put together; TLS 1.3", Claim: "nothing of any kind"}, anything)
	if t.capture == nil {
		t.flows.draw(t.report, nil)
		t.add(appLine)
		t.add(hostLine)
		return errors.Join(appLine.control(t, everyForm, nothing), hostLine.control(t, everyForm, nothing))
	}
	if t.Leaky != nil {
		if err := t.client.post(t.Leaky.Page + "/line"); err != nil {
			return err
		}
	}
	dropped, err := t.capture.End()
	if err != nil {
		return err
	}
	t.report.Run.CaptureDrops = int(dropped)
	streams := t.capture.Streams()
	err = errors.Join(
		t.line(appLine, streams, t.flows.ports(estate.Terminal), func(p *leak.Program) uint16 { return portIn(p.Page) }),
		t.line(hostLine, streams, t.flows.ports(estate.Acquirer), func(p *leak.Program) uint16 { return portIn(p.Line) }),
	)
	t.flows.draw(t.report, streams)
	t.add(appLine)
	t.add(hostLine)
	return err
}

func nothing(*leak.Program) error { return nil }

// line searches the streams of a program's listeners.
func (t *Trial) line(s *tally, streams []capture.Stream, ports []uint16, control func(*leak.Program) uint16) error {
	through := func(ports ...uint16) {
		for _, stream := range streams {
			if slices.Contains(ports, stream.From) || slices.Contains(ports, stream.To) {
				s.text(stream.Text, "the captured line")
			}
		}
	}
	through(ports...)
	return s.control(t, everyForm, func(p *leak.Program) error { through(control(p)); return nil })
}

// ports are all at which a program listens.
func (o *observer) ports(name string) (all []uint16) {
	for port, owner := range o.listeners {
		if owner == name {
			all = append(all, port)
		}
	}
	return all
}

func portIn(address string) uint16 {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		address = u.Host
	}
	n, _ := strconv.ParseUint(address[strings.LastIndexByte(address, ':')+1:], 10, 16)
	return uint16(n)
}

// draw makes the arrows of what was recorded and seen.
func (o *observer) draw(r *evidence.Report, streams []capture.Stream) {
	tcp := map[pair]*evidence.Flow{}
	for _, s := range streams {
		d, forth := s.Direction, true
		server, ok := o.listeners[d.To]
		if !ok {
			if server, ok = o.listeners[d.From]; !ok {
				continue // no program of the lane listens at either end
			}
			d, forth = capture.Direction{From: d.To, To: d.From}, false
		}
		p := pair{o.client(d, server), server}
		if tcp[p] == nil {
			tcp[p] = &evidence.Flow{From: p.from, To: p.to, Medium: "TCP, loopback", Counted: true}
		}
		if forth {
			tcp[p].Bytes += s.Bytes
		} else {
			tcp[p].Back += s.Bytes
		}
	}
	for _, f := range tcp {
		r.Flows = append(r.Flows, described(*f, r.Isolation.Transport))
	}
	for p := range o.unix {
		r.Flows = append(r.Flows, described(evidence.Flow{From: p.from, To: p.to, Medium: "Unix socket"}, r.Isolation.Transport))
	}
	slices.SortFunc(r.Flows, func(a, b evidence.Flow) int {
		return cmp.Or(cmp.Compare(a.Medium, b.Medium), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

// client of a connection that was seen open, or who alone asks there.
func (o *observer) client(d capture.Direction, server string) string {
	name := o.clients[d]
	switch {
	case server == estate.Terminal && (name == nameTray || name == ""):
		return nameTill
	case server == estate.PINPad && (name == nameTray || name == ""):
		return namePerson
	case name == "":
		return nameOther
	}
	return name
}

// described says what an arrow carries by design, which is not observed, and puts it in
// the direction of the question.
func described(f evidence.Flow, transport string) evidence.Flow {
	mailbox := "numbers, booleans and closed types; no text field"
	for _, d := range []evidence.Flow{
		{From: nameTill, To: estate.Terminal, Carries: "amounts, states, receipts, tokens, last four digits", Seal: "none: loopback, bearer token"},
		{From: namePerson, To: estate.PINPad, Carries: "keys pressed: a stand-in for a keypad, with the PIN in clear", Seal: "none: loopback"},
		{From: estate.Terminal, To: estate.Kernel, Carries: mailbox, Seal: transport + "; the app world's program is measured"},
		{From: estate.Reader, To: estate.Kernel, Carries: "account data in envelopes, one key each (AES DUKPT)", Seal: "mutual TLS 1.3, and the envelope"},
		{From: estate.PINPad, To: estate.Kernel, Carries: "PIN blocks, format 4, under a key of the acquirer's", Seal: "mutual TLS 1.3, and the block"},
		{From: estate.Kernel, To: estate.Acquirer, Carries: "ISO 8583, account data and PIN blocks under keys of their own", Seal: "mutual TLS 1.3"},
		{From: plainName, To: estate.Acquirer, Carries: "the same messages", Seal: "mutual TLS 1.3", Control: true},
		{From: estate.Acquirer, To: estate.Element, Carries: "PIN blocks and cryptograms to be checked", Seal: "the element's own channel"},
		{From: estate.Boot, To: estate.Kernel, Carries: "handover, measurements, updates", Seal: "a socket pair"},
		{From: nameTray, To: estate.Reader, Carries: "the virtual card's answers", Seal: "none: the card's own interface"},
	} {
		if d.From == f.From && d.To == f.To || d.From == f.To && d.To == f.From && !f.Counted {
			f.From, f.To, f.Carries, f.Seal, f.Control = d.From, d.To, d.Carries, d.Seal, d.Control
			return f
		}
	}
	return f
}
