package scale_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/scale"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
)

func TestMain(m *testing.M) {
	code := m.Run()
	scale.Cleanup()
	os.Exit(code)
}

const terminals = 8

// Two nodes on one ledger, under load: one is killed, both are ended and started again
// one after the other. Both books hold what every terminal knows, to the cent.
func TestNoTransactionIsLostOrDoubledWhateverHappensToANode(t *testing.T) {
	s, load, a, b := lane(t, "")
	load.More(100)
	before := load.Lost.Load()
	for kills := 0; kills < 3 || load.Lost.Load() == before; kills++ {
		if kills == 20 {
			t.Fatal("nothing was under way when a node was killed, twenty times")
		}
		a.Kill()
		load.More(40) // through the other one
		a.Start()
		load.More(40)
	}
	for _, n := range s {
		n.Stop()
		load.More(20)
		n.Start()
		load.More(20)
	}
	b.Kill()
	load.More(20)
	load.End()
	findings := load.Check(a)
	report(t, findings)
	if len(findings) > 0 {
		t.Errorf("%d findings", len(findings))
	}
	t.Logf("%d payments, %d messages without an answer", load.Done.Load(), load.Lost.Load())
}

// The control: nodes whose database forgets what came before. The check must find it.
func TestTheCheckFindsDoublesWhereNothingIsRememberedOfAMessage(t *testing.T) {
	_, load, a, _ := lane(t, forgetful)
	load.More(40)
	a.Kill()
	load.More(20)
	a.Start()
	load.End()
	findings := load.Check(a)
	report(t, findings)
	for _, kind := range []string{"was booked twice", "came to", "terminals know of"} {
		if !slices.ContainsFunc(findings, func(f string) bool { return strings.Contains(f, kind) }) {
			t.Errorf("not found: %s", kind)
		}
	}
}

// forgetful makes a schema in which no row is found again by what makes a message, a
// payment or a cryptogram the same one: idempotency is off.
const forgetful = `
CREATE FUNCTION %[1]s.forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION %[1]s.misname() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.stan := NEW.stan || gen_random_uuid(); RETURN NEW; END $$;
CREATE FUNCTION %[1]s.blur() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.arqc := NEW.arqc || gen_random_uuid()::text::bytea; RETURN NEW; END $$;
CREATE TRIGGER forget BEFORE INSERT ON %[1]s.ksns FOR EACH ROW EXECUTE FUNCTION %[1]s.forget();
CREATE TRIGGER forget BEFORE INSERT ON %[1]s.messages FOR EACH ROW EXECUTE FUNCTION %[1]s.forget();
CREATE TRIGGER misname BEFORE INSERT ON %[1]s.payments FOR EACH ROW EXECUTE FUNCTION %[1]s.misname();
CREATE TRIGGER blur BEFORE INSERT ON %[1]s.cryptograms FOR EACH ROW EXECUTE FUNCTION %[1]s.blur();
`

// lane is two nodes under load; spoil changes the database before it begins.
func lane(t *testing.T, spoil string) (nodes []*scale.Node, load *scale.Load, a, b *scale.Node) {
	t.Helper()
	server, err := testdb.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	s := scale.NewSite(t, server, server.Name(t), terminals)
	a, b = s.Node(), s.Node()
	if spoil != "" {
		server.SQL(t, fmt.Sprintf(spoil, "t1"))
	}
	return []*scale.Node{a, b}, s.Load(terminals), a, b
}

func report(t *testing.T, findings []string) {
	t.Helper()
	for i, f := range findings {
		if i == 5 {
			t.Logf("and %d more", len(findings)-i)
			return
		}
		t.Log(f)
	}
}
