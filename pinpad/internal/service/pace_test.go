package service

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestPINsBeyondTheBurstAreSlowedDownAndNotRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		began := time.Now()
		for range pinsAtOnce {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the burst took %v", took)
		}
		for range 10 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 10*pinEvery {
			t.Errorf("ten more took %v", took)
		}
	})
}

func TestAWaitForAPINEndsWithItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		for range pinsAtOnce {
			_ = p.wait(t.Context())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.wait(ctx); err == nil {
			t.Fatal("did not wait")
		}
	})
}
