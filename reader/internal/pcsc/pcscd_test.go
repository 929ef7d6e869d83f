//go:build cgo && linux

package pcsc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// lane is the one private pcscd of this test process: libpcsclite remembers
// the socket's name from its first call on.
type lane struct {
	tray   *virtualcard.TrayClient
	events chan Event

	present bool // as the last event that was taken says
}

var testOnlyLane *lane // nil where PC/SC is not installed

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	os.Exit(runWithLane(m))
}

func runWithLane(m *testing.M) int {
	if missing := pcscbox.Missing(); missing != "" {
		fmt.Printf("LEFT OUT: %s is not installed\n", missing)
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "pcsc")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	box, err := pcscbox.Start(context.Background(), dir, []string{os.Args[0]})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer box.Stop()
	_ = os.Setenv("PCSCLITE_CSOCK_NAME", box.SocketPath())
	tray, err := virtualcard.DialTray(context.Background(), box.TrayPath())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	ctx, stop := context.WithCancel(context.Background())
	testOnlyLane = &lane{tray: tray, events: make(chan Event, 64)}
	watched := make(chan error)
	go func() { watched <- Watch(ctx, func(e Event) { testOnlyLane.events <- e }) }()
	defer func() { stop(); <-watched }()
	return m.Run()
}

// laneFor gives the lane, or says why there is none and fails where every
// tool is required.
func laneFor(t *testing.T) *lane {
	t.Helper()
	if testOnlyLane == nil && os.Getenv("STRONGROOM_REQUIRE") == "all" {
		t.Fatalf("%s is not installed and STRONGROOM_REQUIRE=all", pcscbox.Missing())
	}
	if testOnlyLane == nil {
		t.Log("LEFT OUT: PC/SC is not installed")
	}
	return testOnlyLane
}

// insert puts a card in and opens it once the watcher has seen it; afterwards
// the reader is empty and the watcher has seen that too.
func (l *lane) insert(t *testing.T, p virtualcard.Profile) iso7816.Conn {
	t.Helper()
	if err := l.tray.Insert(p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.tray.Pull(); err != nil {
			t.Error(err)
		}
		l.empty(t)
	})
	if e := l.wait(t, true); len(e.ATR) == 0 || e.Mute {
		t.Fatal("the card came without an answer to reset")
	} else if _, err := iso7816.ParseATR(e.ATR); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	conn, err := Open(ctx, pcscbox.ReaderName)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// empty waits until the watcher has seen the card leave, if it has not yet.
func (l *lane) empty(t *testing.T) {
	t.Helper()
	if l.present {
		l.wait(t, false)
	}
}

func (l *lane) wait(t *testing.T, present bool) Event {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		select {
		case e := <-l.events:
			if e.Reader != pcscbox.ReaderName {
				continue
			}
			if l.present = e.Present; present == e.Present {
				return e
			}
		case <-deadline:
			t.Fatalf("no event for present=%v", present)
		}
	}
}

func unhex(s string) []byte {
	var b emv.Hex
	if b.UnmarshalText([]byte(s)) != nil {
		panic("test constant")
	}
	return b
}

func profile() virtualcard.Profile {
	return virtualcard.Profile{
		PAN: "4761739001010010", PSN: 1, Expiry: "3112",
		IssuerMasterKey: unhex("0123456789ABCDEFFEDCBA9876543210"),
	}
}

func transaction() *emv.Transaction {
	all, none := bytes.Repeat(emv.Hex{0xFF}, 5), make(emv.Hex, 5)
	return emv.New(emv.Config{
		TerminalType: emv.Hex{0x21}, Capabilities: emv.Hex{0x60, 0x48, 0x00}, Additional: unhex("6000F0A001"),
		Applications: []emv.Application{{
			AID: unhex("A0000000031010"), Partial: true, Version: emv.Hex{0x00, 0x8C},
			TACDenial: none, TACOnline: all, TACDefault: all,
		}},
	}, emv.Order{
		Amount: 4200, Currency: 978, CurrencyExponent: 2, Country: 528,
		Date: [3]byte{0x26, 0x05, 0x11}, UnpredictableNumber: [4]byte{1, 2, 3, 4},
	})
}

// sell takes a card through a whole transaction with an issuer that approves.
func sell(t *testing.T, conn iso7816.Conn) (emv.Action, tlv.List, int) {
	t.Helper()
	link, tx, commands := iso7816.NewLink(conn), transaction(), 0
	defer func() { _ = link.Close() }()
	var arqc tlv.List
	a := tx.Next(emv.Start())
	for a.Kind != emv.ActionFinish {
		switch a.Kind {
		case emv.ActionTransmit:
			commands++
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			r, err := link.Exchange(ctx, a.Command)
			cancel()
			if err != nil {
				a = tx.Next(emv.CardGone())
				continue
			}
			a = tx.Next(emv.Response(r))
		case emv.ActionAskPIN:
			a = tx.Next(emv.PIN(emv.PINEntered))
		case emv.ActionGoOnline:
			var err error
			if arqc, err = tlv.Parse(tx.HostTLV(nil)); err != nil {
				t.Fatal(err)
			}
			a = tx.Next(emv.Host(approve(t, arqc)))
		default:
			t.Fatal(a)
		}
	}
	return a, arqc, commands
}

// approve verifies the ARQC and answers with an ARPC by method 2.
func approve(t *testing.T, l tlv.List) emv.HostAnswer {
	t.Helper()
	p := profile()
	var input []byte
	for _, tag := range []tlv.Tag{0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36, 0x9F10} {
		v, ok := l.Find(tag)
		if !ok {
			t.Fatalf("tag %X is missing", tag)
		}
		input = append(input, v...)
	}
	mac, _ := l.Find(0x9F26)
	session := virtualcard.SessionKey(virtualcard.CardKey(p.IssuerMasterKey, p.PAN, p.PSN), counter(l))
	if !bytes.Equal(virtualcard.RetailMAC(session, input), mac) {
		t.Fatal("the ARQC cannot be verified")
	}
	csu := []byte{0, 0x80, 0, 0}
	return emv.HostAnswer{
		Result: emv.HostApproved, ResponseCode: [2]byte{'0', '0'},
		IssuerAuthentication: append(virtualcard.ARPC2(session, mac, csu), csu...),
	}
}

func counter(l tlv.List) uint16 {
	atc, _ := l.Find(0x9F36)
	return uint16(atc[0])<<8 | uint16(atc[1])
}

func TestACardBehindPCSCDEndsInATC(t *testing.T) {
	l := laneFor(t)
	if l == nil {
		return
	}
	var last uint16
	for name, change := range map[string]func(*virtualcard.Profile){
		"plain":                 func(*virtualcard.Profile) {},
		"external authenticate": func(p *virtualcard.Profile) { p.ExternalAuthenticate = true },
	} {
		t.Run(name, func(t *testing.T) {
			p := profile()
			change(&p)
			a, arqc, _ := sell(t, l.insert(t, p))
			if a.Outcome != emv.OutcomeApproved {
				t.Fatalf("%v: %s", a.Outcome, a.Reason)
			}
			if counter(arqc) <= last {
				t.Errorf("the card's counter is %d after %d", counter(arqc), last)
			}
			last = counter(arqc)
		})
	}
}

func TestAPullAtEachCommandEndsDefined(t *testing.T) {
	l := laneFor(t)
	if l == nil {
		return
	}
	p := profile()
	p.ExternalAuthenticate = true
	whole, _, total := sell(t, l.insert(t, p))
	if whole.Outcome != emv.OutcomeApproved || total < 9 {
		t.Fatalf("the control failed: %v after %d commands", whole.Outcome, total)
	}
	if err := l.tray.Pull(); err != nil {
		t.Fatal(err)
	}
	l.empty(t)
	for at := 1; at <= total; at++ {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			torn := p
			torn.TearAt, torn.TearAfter = at, at%2 == 0
			a, _, n := sell(t, l.insert(t, torn))
			want := emv.OutcomeTornBeforeARQC
			switch at {
			case total - 1:
				want = emv.OutcomeTornAfterARQC
			case total:
				want = emv.OutcomeTornInCompletion
			}
			if a.Outcome != want || n != at {
				t.Fatalf("after %d commands: %v %s", n, a.Outcome, a.Reason)
			}
		})
	}
}

func TestAMuteCardMeetsItsDeadline(t *testing.T) {
	l := laneFor(t)
	if l == nil {
		return
	}
	p := profile()
	p.MuteAt = 1
	conn := l.insert(t, p)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := conn.Exchange(ctx, unhex("00A4040000"))
	if took := time.Since(began); !errors.Is(err, iso7816.ErrDead) || took > time.Second {
		t.Errorf("%v after %v", err, took)
	}
	if _, err := conn.Exchange(t.Context(), unhex("00A4040000")); !errors.Is(err, iso7816.ErrDead) {
		t.Errorf("a dead session answered: %v", err)
	}
	if err := conn.Close(); !errors.Is(err, ErrStuck) || Stuck() != 1 {
		t.Errorf("closed with %v, %d stuck", err, Stuck())
	}
	if err := l.tray.Pull(); err != nil {
		t.Fatal(err)
	}
	for i := 0; Stuck() != 0; i++ {
		if i == 200 {
			t.Fatal("the worker never came back")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestASecondWatcherIsRefused(t *testing.T) {
	if laneFor(t) == nil {
		return
	}
	if err := Watch(t.Context(), func(Event) {}); !errors.Is(err, ErrWatching) {
		t.Fatal(err)
	}
}

func TestOpeningAnEmptyReaderFails(t *testing.T) {
	if laneFor(t) == nil {
		return
	}
	for _, name := range []string{pcscbox.ReaderName, "no such reader"} {
		if c, err := Open(t.Context(), name); err == nil {
			_ = c.Close()
			t.Errorf("opened %s", name)
		}
	}
}

func TestCommandsThatPCSCCannotCarryAreRefused(t *testing.T) {
	l := laneFor(t)
	if l == nil {
		return
	}
	conn := l.insert(t, profile())
	defer func() { _ = conn.Close() }()
	for _, n := range []int{0, 1, 3, 65_536} {
		if _, err := conn.Exchange(t.Context(), make([]byte, n)); !errors.Is(err, ErrCommand) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := conn.Exchange(t.Context(), unhex("00A4040000")); err != nil {
		t.Errorf("the session did not survive: %v", err)
	}
}
