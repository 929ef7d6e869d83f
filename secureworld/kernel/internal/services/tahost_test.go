package services

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

var application = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "application")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "application.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", path, "./testdata/application") //nolint:gosec,noctx // fixed words
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFIPS140=off")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(out))
	}
	return os.ReadFile(path)
})

// bound is what the kernel binds to an instance.
type bound struct{ session *Session }

func (b bound) Services() *Session { return b.session }

func applications(t testing.TB) *tahost.Host {
	t.Helper()
	wasm, err := application()
	if err != nil {
		t.Fatal(err)
	}
	memory, err := secretmem.Open(secretmem.Config{Arenas: 3, ArenaPages: 256, KeyBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	h, err := tahost.New(context.Background(), tahost.Config{Wasm: wasm, Memory: memory, Host: Functions(), CallDeadline: 10 * time.Second, CompilationWorkers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close(context.Background()) })
	return h
}

func instance(t testing.TB, h *tahost.Host, session any) *tahost.Instance {
	t.Helper()
	i, err := h.Acquire(context.Background(), session)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

func refusedBy(err error) call.Code {
	var r tahost.Refusal
	if errors.As(err, &r) {
		return call.Code(r.Code)
	}
	return call.OK
}

func TestAnApplicationInItsInstanceUsesTheServices(t *testing.T) {
	d, h, ctx := newDevice(t), applications(t), context.Background()
	one := instance(t, h, bound{d.application("one")})
	if _, err := one.Call(ctx, 1, nil); err != nil {
		t.Errorf("%v, %v", err, refusedBy(err))
	}
	handle, err := one.Call(ctx, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Call(ctx, 3, handle); err != nil {
		t.Errorf("its own key: %v", err)
	}
	two := instance(t, h, bound{d.application("two")})
	if _, err := two.Call(ctx, 3, handle); refusedBy(err) != call.CodeNoKey {
		t.Errorf("another's key: %v", err)
	}
	two.Close()
	none := instance(t, h, "a session without services")
	if _, err := none.Call(ctx, 1, nil); refusedBy(err) != call.CodeNotPermitted {
		t.Errorf("without services: %v", err)
	}
	none.Close()
	if nobody := instance(t, h, bound{nil}); refusedBy(second(nobody.Call(ctx, 1, nil))) != call.CodeNotPermitted {
		t.Error("an application that may not use them does")
	}
}

func second(_ []byte, err error) error { return err }

// Each interface seals a message of 1 KiB: the raw primitive, a session of the
// services, a request in an application's memory, and an application itself.
func BenchmarkSealKiB(b *testing.B) {
	message := make([]byte, 1024)
	s, err := New(Config{Memory: keyMemory(b)})
	if err != nil {
		b.Fatal(err)
	}
	o, _ := Application("bench")
	c := s.Session(o, func() Permissions { return PermitAll })
	k := generate(b, c, call.AES256GCM, call.Encrypt)
	b.Run("primitive", func(b *testing.B) {
		block, err := aes.NewCipher(make([]byte, 32))
		if err != nil {
			b.Fatal(err)
		}
		a, err := cipher.NewGCM(block)
		if err != nil {
			b.Fatal(err)
		}
		dst := make([]byte, 0, 2048)
		for b.Loop() {
			dst = drawn(dst[:0], 12)
			dst = a.Seal(dst, dst[:12], message, nil)
		}
	})
	b.Run("session", func(b *testing.B) {
		dst := make([]byte, 0, 2048)
		for b.Loop() {
			if _, code := c.Seal(dst, k, message, nil); code != call.OK {
				b.Fatal(code)
			}
		}
	})
	b.Run("request", func(b *testing.B) {
		f := functions()[call.FnSeal]
		mem := make([]byte, 0, 4096)
		for b.Loop() {
			mem = call.Append(mem[:0], call.Head{Handle: k}, message, nil)
			if _, code := c.answer(context.Background(), call.FnSeal, f, mem); code != call.OK {
				b.Fatal(code)
			}
		}
	})
	b.Run("application", func(b *testing.B) {
		i := instance(b, applications(b), bound{c})
		const times = 100
		request := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, k), times)
		request = append(request, message...)
		b.ResetTimer()
		for n := 0; n < b.N; n += times {
			if _, err := i.Call(context.Background(), 2, request); err != nil {
				b.Fatal(err, refusedBy(err))
			}
		}
	})
}
