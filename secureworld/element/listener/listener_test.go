package listener_test

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/listener"
)

func TestAPrivateSocketIsItsOwnersAloneAndReplacesOneThatWasLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for range 2 {
		l, err := listener.Private(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		defer l.Close()
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
}

func TestAFileThatIsNoSocketStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listener.Private(t.Context(), path); err == nil {
		t.Error("it listens in place of a file")
	}
	if b, _ := os.ReadFile(path); string(b) != "kept" {
		t.Error("the file is gone")
	}
}

func TestMoreConnectionsThanPermittedAreClosedAndTheOthersServedUntilTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := listener.Private(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- listener.Serve(ctx, l, 1, func(_ context.Context, c net.Conn) { _, _ = io.Copy(c, c) })
	}()
	dial := func() net.Conn {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	first := dial()
	b := make([]byte, 1)
	if _, err := first.Write([]byte{7}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(first, b); err != nil || b[0] != 7 {
		t.Fatalf("%v, %v", b, err)
	}
	if _, err := dial().Read(b); err == nil {
		t.Error("one too many is served")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := first.Read(b); err == nil {
		t.Error("a connection outlives the end")
	}
}
