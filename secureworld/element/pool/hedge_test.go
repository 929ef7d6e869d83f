package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// stuck is a client of two groups of which the first, once it is held, answers nothing
// any more; both have a usual time by then, and the client some questions to its account.
func stuck(t *testing.T) (p *pool.Client, held *atomic.Bool, caught *atomic.Int32) {
	t.Helper()
	e := newEstate(t)
	held, caught = &atomic.Bool{}, &atomic.Int32{}
	gate := make(chan struct{})
	a, b := e.group("a"), e.group("b")
	a.fail = func() error {
		if held.Load() {
			caught.Add(1)
			<-gate
		}
		return nil
	}
	p = e.pool(pool.Config{Patience: time.Minute, GiveUp: time.Minute}, a, b)
	t.Cleanup(func() { close(gate) })
	for i := range 60 {
		if err := reference(t.Context(), p, i); err != nil {
			t.Fatal(err)
		}
	}
	held.Store(true)
	return p, held, caught
}

func TestAQuestionThatIsLateIsAskedOfASiblingToo(t *testing.T) {
	p, _, caught := stuck(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for i := 0; caught.Load() == 0; i++ {
		if err := reference(ctx, p, i); err != nil {
			t.Fatal("a group that is stuck keeps an answer back:", err)
		}
	}
	if c := p.Counts(); c.Hedged != 1 || c.Retried != 0 {
		t.Errorf("%+v", c)
	}
}

func TestOneQuestionInTwentyIsAskedTwiceAndNoMore(t *testing.T) {
	p, held, _ := stuck(t)
	held.Store(false)
	asked, allowed := p.Counts().Asked, 0
	for p.Afford(1) {
		allowed++
	}
	if uint64(allowed) != asked/20 {
		t.Errorf("%d of %d", allowed, asked)
	}
}

func TestAnAppletIsNotAskedOfASibling(t *testing.T) {
	if n := pool.Twins(element.KindRunApplet, element.KindPANReference); n != 1 {
		t.Errorf("%d of one applet's question and one that may be asked twice", n)
	}
}
