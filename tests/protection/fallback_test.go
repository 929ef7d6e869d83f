//go:build linux

package protection

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// insteadOf makes this test program a machine without memfd_secret: it forbids
// itself the call, and then becomes the program named here.
const insteadOf = "STRONGROOM_TEST_WITHOUT_MEMFD_SECRET"

func TestMain(m *testing.M) {
	if program := os.Getenv(insteadOf); program != "" {
		fmt.Fprintln(os.Stderr, become(program))
		os.Exit(1)
	}
	pcscbox.RunIfChild()
	os.Exit(m.Run())
}

// become replaces this process. The filter is inherited by all that follows; the
// call answers ENOSYS, as where the machine was not built with it.
func become(program string) error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.SYS_MEMFD_SECRET},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return errno
	}
	if err := os.Unsetenv(insteadOf); err != nil {
		return err
	}
	return syscall.Exec(program, append([]string{program}, os.Args[1:]...), os.Environ())
}

// ready reports whether a lane can be had here. What is missing fails the test
// where everything is required; elsewhere it is left out, loudly.
func ready(t *testing.T) (programs string, ok bool) {
	t.Helper()
	missing := pcscbox.Missing()
	programs, err := filepath.Abs("../../bin")
	if dir := os.Getenv("STRONGROOM_BIN"); dir != "" {
		programs, err = filepath.Abs(dir)
	}
	if err != nil || estate.Built(programs) != nil {
		missing = "make build"
	}
	switch {
	case missing == "":
		return programs, true
	case os.Getenv("STRONGROOM_REQUIRE") == "all":
		t.Fatalf("%s is missing and required", missing)
	}
	t.Logf("LEFT OUT: this needs %s", missing)
	return "", false
}

func TestSecurityTellsTheMemoryProtectionThatIsInForce(t *testing.T) {
	programs, ok := ready(t)
	if !ok {
		return
	}
	if got := protection(t, programs, nil); got != "memfd_secret" {
		t.Errorf("with memfd_secret: %q", got)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	without := func(name string, c *child.Config) {
		if name == estate.Boot {
			c.Env = append(c.Env, insteadOf+"="+c.Path)
			c.Path = self
		}
	}
	if got := protection(t, programs, without); got != "locked_pages" {
		t.Errorf("without memfd_secret: %q", got)
	}
}

// protection brings a lane up, makes a sale in it and asks what guards its memory.
func protection(t *testing.T, programs string, launch func(string, *child.Config)) string {
	t.Helper()
	lane, err := estate.Start(t.Context(), estate.Options{Programs: programs, Launch: launch, Misbehaviour: estate.WellBehaved()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lane.Stop(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	card, err := lane.Card("approve")
	if err != nil {
		t.Fatal(err)
	}
	sold, err := lane.Sell(ctx, estate.Sale{Card: card, Request: till.Request{Amount: 700, Currency: "EUR"}})
	if err != nil || sold.Outcome != "approved" {
		t.Fatalf("the sale ended %q, %v", sold.Outcome, err)
	}
	told, err := lane.Till.Security(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return told.MemoryProtection
}
