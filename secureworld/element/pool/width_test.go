package pool_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

func TestSlowGroupsAreAllBusyHoweverFewFramesFastOnesHave(t *testing.T) {
	const groups = 6
	e := newEstate(t)
	var held, free atomic.Bool
	var under [groups]atomic.Int32
	gate := make(chan struct{})
	list := make([]pool.Carrier, groups)
	for i := range list {
		r := e.group("g" + string(rune('1'+i)))
		r.fail = func() error {
			time.Sleep(10 * time.Millisecond) // slow
			if held.Load() && !free.Load() {
				under[i].Add(1)
				<-gate
			}
			return nil
		}
		list[i] = r
	}
	p := e.pool(pool.Config{Frames: 2, Patience: time.Minute, GiveUp: time.Minute, Groups: func() []pool.Carrier { return list }})
	if err := reference(t.Context(), p, 1); err != nil {
		t.Fatal(err)
	}
	held.Store(true)
	var callers sync.WaitGroup
	for i := range 2 * groups {
		callers.Go(func() {
			if err := reference(t.Context(), p, i); err != nil {
				t.Error(err)
			}
		})
	}
	all := func() bool {
		for i := range under {
			if under[i].Load() == 0 {
				return false
			}
		}
		return true
	}
	for end := time.Now().Add(30 * time.Second); !all(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Error("groups are idle while callers wait")
			break
		}
	}
	free.Store(true)
	close(gate)
	callers.Wait()
}
