package monitor

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// servant writes down what it is asked.
type servant struct {
	kinds  []byte
	closed int
}

func (s *servant) Answer(_ context.Context, kind byte, _ []byte) (byte, any) {
	s.kinds = append(s.kinds, kind)
	if kind == mailbox.KindFind {
		return mailbox.KindRefused, mailbox.Refused{Code: mailbox.CodeNoKey}
	}
	return kind | 0x80, mailbox.Done{}
}

func (s *servant) Close() { s.closed++ }

func TestEachSessionHasServicesOfItsOwnWhichEndWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made []*servant
		g := newGate(t)
		g.cfg.Services = func() Servant { made = append(made, &servant{}); return made[len(made)-1] }
		for range 2 {
			conn, ended := g.session()
			app := mailbox.NewClient(conn)
			if err := app.Delete(7); err != nil {
				t.Error(err)
			}
			if _, err := app.Find([]byte("none")); err == nil {
				t.Error("a refusal is taken for an answer")
			}
			_ = conn.Close()
			<-ended
		}
		if len(made) != 2 || g.Refused() != 2 || len(g.core.asked) != 0 {
			t.Fatalf("%d sessions, %d refused, %d asked of the core", len(made), g.Refused(), len(g.core.asked))
		}
		for _, s := range made {
			if len(s.kinds) != 2 || s.closed != 1 {
				t.Errorf("asked %x, closed %d times", s.kinds, s.closed)
			}
		}
	})
}
