package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// startDeadline is what a program has to listen.
const startDeadline = 10 * time.Second

// started is a program of the product that runs for a while.
type started struct {
	command *exec.Cmd
	socket  string
}

// start runs a program and waits for its socket.
func start(ctx context.Context, program, socket string, args ...string) (*started, error) {
	c := exec.CommandContext(ctx, program, args...)
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		return nil, err
	}
	s := &started{c, socket}
	for until := time.Now().Add(startDeadline); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if info, err := os.Stat(socket); err == nil && info.Mode().Type() == os.ModeSocket {
			return s, nil
		}
	}
	s.stop()
	return nil, errors.New(filepath.Base(program) + " does not listen")
}

func (s *started) pid() int { return s.command.Process.Pid }

func (s *started) stop() {
	_ = s.command.Process.Signal(os.Interrupt)
	_ = s.command.Wait()
}

// keyFiles writes what an element's program loads.
func (w *work) keyFiles(dir string) (keys, kbpk string, err error) {
	keys, kbpk = filepath.Join(dir, "keys.json"), filepath.Join(dir, "kbpk")
	b, err := json.Marshal(w.file)
	return keys, kbpk, errors.Join(err, os.WriteFile(keys, b, 0o600), os.WriteFile(kbpk, w.kbpk, 0o600))
}

// measureIsolated asks an element in a process of its own, one question in a frame and
// one after the other, as a host without a group does.
func measureIsolated(ctx context.Context, o options, w *work) ([]Row, error) {
	dir, err := os.MkdirTemp("", "elementbench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	keys, kbpk, err := w.keyFiles(dir)
	if err != nil {
		return nil, err
	}
	socket := filepath.Join(dir, "element")
	e, err := start(ctx, filepath.Join(o.bin, "element-stdlib"), socket, "-socket", socket, "-keys", keys, "-kbpk", kbpk)
	if err != nil {
		return nil, err
	}
	defer e.stop()
	client := element.NewClient(socket, 1)
	defer client.Close()
	r, err := rate(together(e.pid()), 3*roundOfCPU, func() (int, error) {
		for _, q := range w.requests[:2000] {
			if _, err := client.TranslatePIN(ctx, q); err != nil {
				return 0, err
			}
		}
		return 2000, nil
	})
	return []Row{{Name: "isolated element, one question in a frame", Rate: r, Against: rawName}}, err
}
