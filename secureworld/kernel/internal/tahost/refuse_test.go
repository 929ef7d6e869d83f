package tahost

import (
	"context"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
)

// A module "\0asm" version 1 with nothing in it.
var empty = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

func TestModulesThatDoNotKeepTheABIAreRefused(t *testing.T) {
	memory, err := secretmem.Open(secretmem.Config{Arenas: 1, ArenaPages: 1, KeyBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	for name, wasm := range map[string][]byte{"nothing": nil, "garbage": []byte("garbage"), "no exports": empty} {
		if _, err := New(context.Background(), Config{Wasm: wasm, Memory: memory, CallDeadline: deadline}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	wasm, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(context.Background(), Config{Wasm: wasm, Memory: memory, CallDeadline: deadline}); err == nil {
		t.Error("an application larger than an arena was accepted")
	}
}

func TestPreemptionMustBeOff(t *testing.T) {
	for godebug, ok := range map[string]bool{
		"": false, "asyncpreemptoff=1": true, "asyncpreemptoff=1,asyncpreemptoff=0": false, "madvdontneed=1,asyncpreemptoff=1": true,
	} {
		t.Setenv("GODEBUG", godebug)
		if err := CheckPreemption(); (err == nil) != ok {
			t.Errorf("GODEBUG=%q: %v", godebug, err)
		}
	}
}

func BenchmarkAcquireCallClose(b *testing.B) {
	h := newHost(b, nil)
	for b.Loop() {
		i, err := h.Acquire(context.Background(), nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := i.Call(context.Background(), 1, []byte("x")); err != nil {
			b.Fatal(err)
		}
		i.Close()
	}
}

func BenchmarkCall(b *testing.B) {
	i := acquire(b, newHost(b, nil), nil)
	for b.Loop() {
		if _, err := i.Call(context.Background(), 1, []byte("x")); err != nil {
			b.Fatal(err)
		}
	}
}
