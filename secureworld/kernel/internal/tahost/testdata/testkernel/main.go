// Command testkernel is the smallest kernel: it takes every layer, runs the
// probe application, and answers lines on its doors. Boot's tests run it.
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "kernel:", err)
		os.Exit(1)
	}
}

type kernel struct {
	link   *handover.Link
	memory *secretmem.Memory
	app    *tahost.Host
	held   *tahost.Instance
}

func run() error {
	if err := tahost.CheckPreemption(); err != nil {
		return err
	}
	link, err := handover.Inherit()
	if err != nil {
		return err
	}
	provisions, err := link.Provisions()
	if err != nil {
		return err
	}
	k := &kernel{link: link}
	confine := provisions.Confine
	report, err := sandbox.Enter(sandbox.Config{
		UID: confine.UID, GID: confine.GID, UserNamespace: confine.UserNamespace, KillOnForbidden: confine.KillOnForbidden,
		Reserve: func() error {
			if confine.SelfTest {
				return nil
			}
			return k.reserve(provisions)
		},
	})
	if err != nil {
		return err
	}
	if confine.SelfTest {
		return link.Denials(sandbox.Probe())
	}
	served := make(chan error, 1)
	go func() { served <- link.Serve(func() bool { return true }) }()
	for _, door := range []handover.Door{handover.DoorMailbox, handover.DoorSRED, handover.DoorPINEntry} {
		go k.accept(door)
	}
	if err := link.Ready(report.InForce(), report.Missing()); err != nil {
		return err
	}
	select {
	case <-link.Stopping():
		return nil
	case err := <-served:
		return err
	}
}

func (k *kernel) reserve(p *handover.Provisions) (err error) {
	if k.memory, err = secretmem.Open(secretmem.Suggested()); err != nil {
		return err
	}
	room, err := k.memory.Keys().Room(handover.MaxConfig)
	if err != nil {
		return err
	}
	if _, err := p.ReadConfig(room); err != nil {
		return err
	}
	k.app, err = tahost.New(context.Background(), tahost.Config{
		Wasm: p.Applications[0].Wasm, Memory: k.memory, CallDeadline: 2 * time.Second, CompilationWorkers: 2,
		Host: tahost.HostFunctions{1: decode},
	})
	return err
}

// decode stands for opening an envelope: hexadecimal digits into bytes in place.
func decode(_ context.Context, mem []byte) (int, int32) {
	n, err := hex.Decode(mem, mem)
	if err != nil {
		return 0, -1
	}
	return n, 0
}

func (k *kernel) accept(door handover.Door) {
	for {
		c, err := k.link.Accept(context.Background(), door)
		if err != nil {
			return
		}
		go k.serve(c)
	}
}

func (k *kernel) serve(c handover.Connection) {
	defer c.Close()
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		command, argument, _ := strings.Cut(lines.Text(), " ")
		fmt.Fprintln(c, k.answer(c, command, argument))
	}
}

func (k *kernel) answer(c handover.Connection, command, argument string) string {
	switch command {
	case "who":
		return fmt.Sprintf("%s measured=%v %x", c.Door, c.Measured, c.Measurement)
	case "memory":
		return k.memory.Protection().Kind
	case "pid":
		return fmt.Sprint(os.Getpid())
	case "app":
		return k.call(1, []byte(argument))
	case "hold": // keeps an instance whose memory holds the decoded argument
		return k.hold(argument)
	case "store":
		return store(argument)
	case "dial":
		return k.dial(argument)
	case "ls":
		entries, err := os.ReadDir("/")
		return fmt.Sprint(len(entries), err)
	case "socket":
		_, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		return fmt.Sprint(err)
	case "panic":
		go panic("4111111111111111")
	}
	return "?"
}

func (k *kernel) call(op uint32, request []byte) string {
	instance, err := k.app.Acquire(context.Background(), nil)
	if err != nil {
		return err.Error()
	}
	defer instance.Close()
	answer, err := instance.Call(context.Background(), op, request)
	if err != nil {
		return err.Error()
	}
	return string(answer)
}

func (k *kernel) hold(argument string) string {
	var err error
	if k.held, err = k.app.Acquire(context.Background(), nil); err != nil {
		return err.Error()
	}
	answer, err := k.held.CallInPlace(context.Background(), 7, copy(k.held.Exchange(), "\x00\x00\x00\x01"+argument))
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(len(answer))
}

func store(text string) string {
	f, err := os.OpenFile("/log", os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if _, err := io.WriteString(f, text); err != nil {
		return err.Error()
	}
	if err := f.Sync(); err != nil {
		return err.Error()
	}
	if err := os.Rename("/log", "/log2"); err != nil {
		return err.Error()
	}
	content, err := os.ReadFile("/log2")
	if err != nil {
		return err.Error()
	}
	return string(content)
}

func (k *kernel) dial(text string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := k.link.Dial(ctx)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	fmt.Fprintln(conn, text)
	answer, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(answer)
}
