package host_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// bench is a host with one element and two terminals.
type bench struct {
	*testing.T
	lane     *testlane.Lane
	host     *host.Host
	path     string
	terminal *testlane.Terminal
	binding  [32]byte // of its connection
	over     *host.Session
}

// session is the terminal's connection: one for all its messages.
func (b *bench) session() *host.Session {
	if b.over == nil || b.over.Identity != b.terminal.ID || b.over.Binding != b.binding {
		b.over = host.NewSession(b.terminal.ID, b.binding)
	}
	return b.over
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, lane: testlane.Start(t), path: testdb.Name(t)}
	b.terminal = b.lane.NewTerminal(t, 0)
	b.open(b.lane.Client)
	return b
}

func (b *bench) open(e host.Elements) {
	b.Helper()
	h, err := host.Open(context.Background(), host.Config{
		Database: b.path, Terminals: b.lane.Terminals(2), Elements: e, Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.host = h
	b.Cleanup(func() { _ = h.Close() })
}

func (b *bench) card(pan, pin string, balance int64, s provisioning.Scenario) *testlane.Card {
	b.Helper()
	c, p := b.lane.NewCard(b, pan, pin, balance, s)
	if err := b.host.AddCards(context.Background(), []provisioning.Card{p}); err != nil {
		b.Fatal(err)
	}
	return c
}

// ask sends a message and returns the checked answer.
func (b *bench) ask(m testlane.Message) *codec.Message {
	b.Helper()
	return b.terminal.Check(b, m, b.frame(m))
}

func (b *bench) frame(m testlane.Message) []byte {
	b.Helper()
	reply, err := b.host.Handle(context.Background(), b.session(), m.Frame)
	if err != nil {
		b.Fatal(err)
	}
	return reply.Frame
}

func (b *bench) wants(m testlane.Message, response string) *codec.Message {
	b.Helper()
	a := b.ask(m)
	if a.String(39) != response {
		b.Fatalf("answer %s, want %s", a.String(39), response)
	}
	return a
}

func (b *bench) refuses(m testlane.Message, want host.Refusal) {
	b.Helper()
	_, err := b.host.Handle(context.Background(), b.session(), m.Frame)
	if !errors.Is(err, want) {
		b.Fatalf("error %v, want %v", err, want)
	}
}

// books checks both books of a payment and that the ledger balances.
func (b *bench) books(m testlane.Message, want int64) {
	b.Helper()
	p, err := b.host.Payment(context.Background(), b.terminal.ID, m.Fields.String(37))
	if err != nil || p.LedgerNet != want || p.IssuerNet != want {
		b.Fatalf("ledger %d, issuer %d, want %d (%v)", p.LedgerNet, p.IssuerNet, want, err)
	}
	l, err := b.host.Ledger(context.Background())
	if err != nil || l.TrialBalance != 0 || l.Unbalanced != 0 {
		b.Fatalf("trial balance %d, %d entries do not balance (%v)", l.TrialBalance, l.Unbalanced, err)
	}
}

func TestASaleIsVerifiedBookedAndAnswered(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "123456789012", 10_000, provisioning.ScenarioApprove)
	m := b.terminal.Sale(t, c, 1299, c.PIN)
	a := b.wants(m, hostspec.ResponseApproved)
	b.books(m, 1299)
	question, _ := m.Fields.Get(55)
	answer, _ := a.Get(55)
	if !c.Accepts(question, answer) {
		t.Error("the card does not accept tag 91")
	}
	if a.MTI != hostspec.MTIRequestAnswer || len(a.String(38)) != 6 {
		t.Error("no 0210 with an approval code")
	}
	for _, number := range hostspec.Echoed() {
		if a.String(number) != m.Fields.String(number) && number != 41 && number != 42 {
			t.Errorf("DE %d is not repeated", number)
		}
	}
}

func TestDeclinesLeaveTheBooksAlone(t *testing.T) {
	b := newBench(t)
	poor := b.card(testlane.PAN1, "1234", 100, provisioning.ScenarioApprove)
	declined := b.card(testlane.PAN2, "1234", 10_000, provisioning.ScenarioDecline)
	stranger, _ := b.lane.NewCard(t, testlane.PAN3, "1234", 10_000, provisioning.ScenarioApprove)
	for _, c := range []struct {
		want string
		m    testlane.Message
	}{
		{hostspec.ResponseInsufficientFunds, b.terminal.Sale(t, poor, 101, "1234")},
		{hostspec.ResponseDeclined, b.terminal.Sale(t, declined, 100, "1234")},
		{hostspec.ResponseNoCard, b.terminal.Sale(t, stranger, 100, "1234")},
		{hostspec.ResponseInvalidAmount, b.terminal.Sale(t, poor, 0, "1234")},
		{hostspec.ResponseFormatError, b.terminal.Sale(t, poor, 100, "")}, // 9F34 says online PIN
	} {
		b.wants(c.m, c.want)
		b.books(c.m, 0)
	}
}

func TestAnAmountThatTheCardDidNotSignIsRefused(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	m := b.terminal.Sale(t, c, 100, "").Fields
	m.SetString(4, "000000009999")
	b.wants(b.terminal.Finish(t, m, c, c.PIN), hostspec.ResponseInvalidAmount)
}

func TestAChangedCryptogramIsDeclined(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	m := b.terminal.Sale(t, c, 100, "").Fields
	chip, _ := m.Get(55)
	for i := range chip {
		if chip[i] == 0x9F && i+3 < len(chip) && chip[i+1] == 0x26 {
			chip[i+3] ^= 1
		}
	}
	b.wants(b.terminal.Finish(t, m, c, c.PIN), hostspec.ResponseDeclined)
}

func TestACryptogramIsTakenOnce(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	first := b.terminal.Sale(t, c, 100, c.PIN)
	b.wants(first, hostspec.ResponseApproved)
	second := b.terminal.Sale(t, c, 100, "").Fields
	chip, _ := first.Fields.Get(55)
	second.Set(55, chip)
	m := b.terminal.Finish(t, second, c, c.PIN)
	b.wants(m, hostspec.ResponseDeclined)
	b.books(m, 0)
}

func TestThreeWrongPINsEndTheCard(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "123456", 10_000, provisioning.ScenarioApprove)
	for _, try := range []struct{ pin, want string }{
		{"12345", hostspec.ResponseWrongPIN}, {"123456", hostspec.ResponseApproved}, // a right one starts anew
		{"1234567", hostspec.ResponseWrongPIN}, {"654321", hostspec.ResponseWrongPIN}, {"1234", hostspec.ResponsePINTries},
		{"123456", hostspec.ResponsePINTries},
	} {
		b.wants(b.terminal.Sale(t, c, 100, try.pin), try.want)
	}
}

func TestAnotherPINPadsBlockIsAWrongPIN(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	other := b.lane.NewTerminal(t, 1)
	ksn, block := other.SealPIN(t, c.PIN, c.PAN)
	m := b.terminal.Sale(t, c, 100, "").Fields
	b.wants(b.terminal.FinishWith(t, m, c, ksn, block), hostspec.ResponseWrongPIN)
	ksn, block = b.terminal.SealPIN(t, c.PIN, c.PAN) // the control
	m = b.terminal.Sale(t, c, 100, "").Fields
	b.wants(b.terminal.FinishWith(t, m, c, ksn, block), hostspec.ResponseApproved)
}

func TestAnIdenticalRepeatGetsTheStoredAnswer(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	m := b.terminal.Sale(t, c, 100, c.PIN)
	first := b.frame(m)
	for range 3 {
		if string(b.frame(m)) != string(first) {
			t.Fatal("another answer")
		}
	}
	b.books(m, 100)
}

func TestAnotherMessageUnderAUsedKSNIsRefused(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	k := b.terminal.NextKeys(t)
	m := b.terminal.Sale(t, c, 100, c.PIN)
	raw := hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: k.KSN[:]})
	echo := b.terminal.Network(t, hostspec.NetworkEcho, nil).Fields
	echo.Set(48, raw)
	b.wants(b.terminal.Authenticate(t, echo, k), hostspec.ResponseApproved)
	echo.SetString(7, "0102030406")
	b.refuses(b.terminal.Authenticate(t, echo, k), host.RefusalKSN)
	b.wants(m, hostspec.ResponseApproved)
}

func TestTheSameNumbersUnderAnotherKSNAreTheSameMessage(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	m := b.terminal.Sale(t, c, 100, c.PIN)
	first := b.wants(m, hostspec.ResponseApproved)
	again := b.wants(b.terminal.Finish(t, m.Fields, c, c.PIN), hostspec.ResponseApproved)
	if again.String(38) != first.String(38) || again.String(55) != first.String(55) {
		t.Error("another approval")
	}
	b.books(m, 100)
	m.Fields.SetString(4, "000000000200")
	b.wants(b.terminal.Finish(t, m.Fields, c, c.PIN), hostspec.ResponseDuplicate)
	b.books(m, 100)
}

func TestWhatIsNotTheTerminalsIsRefused(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	sale := func() testlane.Message { return b.terminal.Sale(t, c, 100, c.PIN) }
	other := b.lane.NewTerminal(t, 1)

	m := sale()
	m.Frame[len(m.Frame)-1] ^= 1
	b.refuses(m, host.RefusalMAC)
	b.wants(sale(), hostspec.ResponseApproved) // the control
	if _, err := b.host.Handle(context.Background(), host.NewSession(other.ID, [32]byte{}), sale().Frame); !errors.Is(err, host.RefusalTerminal) {
		t.Errorf("another terminal's certificate: %v", err)
	}
	foreign := other.Sale(t, c, 100, c.PIN)
	foreign.Fields.SetString(41, b.terminal.ID)
	b.refuses(other.Finish(t, foreign.Fields, c, c.PIN), host.RefusalKey)
	b.refuses(testlane.Message{Frame: []byte("nonsense")}, host.RefusalMalformed)
	m = sale()
	m.Fields.MTI = "0302"
	b.refuses(b.terminal.Finish(t, m.Fields, c, c.PIN), host.RefusalMessageType)
	counted := b.host.Counters()
	if counted.Refused["mac"] != 1 || counted.Refused["key"] != 1 || counted.Answered != 1 {
		t.Errorf("counters %v", counted)
	}
}

func TestForeignMerchantsAndMissingFieldsAreAnswered(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	m := b.terminal.Sale(t, c, 100, "")
	m.Fields.SetString(42, "OTHERMERCHANT")
	b.wants(b.terminal.Finish(t, m.Fields, c, c.PIN), hostspec.ResponseNotPermitted)
	m = b.terminal.Sale(t, c, 100, "")
	m.Fields.Delete(22)
	b.wants(b.terminal.Finish(t, m.Fields, c, c.PIN), hostspec.ResponseFormatError)
}

func TestAReversalTakesBackOnceHoweverOftenItIsAsked(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	sale := b.terminal.Sale(t, c, 100, c.PIN)
	b.wants(sale, hostspec.ResponseApproved)
	b.books(sale, 100)
	first := b.terminal.Reversal(t, hostspec.MTIReversal, sale)
	repeat := b.terminal.Reversal(t, hostspec.MTIReversalRepeat, sale)
	for _, m := range []testlane.Message{first, first, repeat, repeat, first} {
		b.wants(m, hostspec.ResponseApproved)
		b.books(sale, 0)
	}
	b.frame(sale) // a late copy of the sale books nothing again
	b.books(sale, 0)
}

func TestAReversalOfADeclinedSaleSettles(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10, provisioning.ScenarioApprove)
	sale := b.terminal.Sale(t, c, 100, c.PIN)
	b.wants(sale, hostspec.ResponseInsufficientFunds)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, sale), hostspec.ResponseApproved)
	b.books(sale, 0)
}

func TestARequestThatArrivesAfterItsReversalIsRefused(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	sale := b.terminal.Sale(t, c, 100, c.PIN)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, sale), hostspec.ResponseNoOriginal)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversalRepeat, sale), hostspec.ResponseNoOriginal)
	if a := b.ask(sale); hostspec.CategoryOf(a.String(39)) == hostspec.CategoryApproved {
		t.Error("approved after its reversal")
	}
	b.books(sale, 0)
}

func TestSignOnTellsWhatTheHostKnew(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	journal := func(length, head byte) []byte {
		j := make([]byte, 40)
		j[7], j[39] = length, head
		return j
	}
	signOn := func(j []byte) []hostspec.Element {
		t.Helper()
		a := b.wants(b.terminal.Network(t, hostspec.NetworkSignOn, j), hostspec.ResponseApproved)
		raw, _ := a.Get(48)
		elements, err := hostspec.ParsePrivate(raw)
		if err != nil {
			t.Fatal(err)
		}
		return elements
	}
	first := signOn(journal(5, 1))
	if string(hostspec.FindPrivate(first, hostspec.PrivateTopJournal)) != string(make([]byte, 40)) || hostspec.FindPrivate(first, hostspec.PrivateTopCounter)[3] != 0 {
		t.Error("the host knows a terminal that it never saw")
	}
	sale := b.terminal.Sale(t, c, 100, c.PIN) // number 2, KSN counter 2
	b.wants(sale, hostspec.ResponseApproved)
	second := signOn(journal(4, 9)) // shorter: an older copy
	if hostspec.FindPrivate(second, hostspec.PrivateTopCounter)[3] != 2 || hostspec.FindPrivate(second, hostspec.PrivateTopSTAN)[3] != 2 ||
		hostspec.FindPrivate(second, hostspec.PrivateTopRRN)[7] != 2 {
		t.Error("the host tells other numbers than it saw")
	}
	third := signOn(journal(6, 2))
	for _, e := range [][]hostspec.Element{second, third} {
		if string(hostspec.FindPrivate(e, hostspec.PrivateTopJournal)) != string(journal(5, 1)) {
			t.Error("an older journal replaced a newer one")
		}
	}
	if string(hostspec.FindPrivate(signOn(nil), hostspec.PrivateTopJournal)) != string(journal(6, 2)) {
		t.Error("a newer journal was not kept")
	}
}

func TestWithoutAnElementNothingIsBookedAndNothingAnswered(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	m := b.terminal.Sale(t, c, 100, c.PIN)
	b.lane.Kill()
	b.refuses(m, host.RefusalElement)
	b.books(m, 0)
}

func TestNoPANAndNoPINIsInTheDatabase(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "987654321098", 10_000, provisioning.ScenarioApprove)
	b.wants(b.terminal.Sale(t, c, 100, c.PIN), hostspec.ResponseApproved)
	assertAbsent(t, b.path, c.PAN, c.PIN)
}
