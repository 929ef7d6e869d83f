//go:build linux

package cutter

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// RunIfTracer takes over and never returns where this process was started to
// trace another; otherwise it does nothing. Call it first in TestMain.
func RunIfTracer() {
	text := os.Getenv(taskEnv)
	if text == "" {
		return
	}
	out := json.NewEncoder(os.Stdout)
	if err := trace([]byte(text), out); err != nil {
		_ = out.Encode(said{Error: err.Error()})
		os.Exit(1)
	}
	os.Exit(0)
}

func trace(text []byte, out *json.Encoder) error {
	var do task
	if err := json.Unmarshal(text, &do); err != nil {
		return fmt.Errorf("reading what to trace: %w", err)
	}
	runtime.LockOSThread() // only the thread that attached may go on
	bell, err := hang(os.Stdin)
	if err != nil {
		return err
	}
	t := &tracer{
		names: names{process: do.Process, sockets: map[string]string{}}, calls: calls(), bell: bell,
		threads: map[int]*thread{}, unready: map[int]bool{}, counts: map[string]int{},
		armed: func() { _ = out.Encode(said{Armed: true}) },
		reached: func(p Point) bool {
			if do.Cut == nil {
				_ = out.Encode(said{Point: &p})
				return false
			}
			return p.same(*do.Cut)
		},
	}
	if err := t.attach(); err != nil {
		return err
	}
	ended, err := t.run()
	if err != nil {
		return err
	}
	return out.Encode(said{Ended: ended})
}

// hang starts a child that does nothing and ends when in does. The tracer waits
// for whatever child changes, and nothing else can wake it without a signal.
func hang(in io.Reader) (pid int, err error) {
	bell := exec.Command("sleep", "infinity")
	bell.Env = withoutTask(os.Environ())
	bell.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := bell.Start(); err != nil {
		return 0, fmt.Errorf("starting the tracer's bell: %w", err)
	}
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, in)
		_ = bell.Process.Kill()
	}()
	return bell.Process.Pid, nil
}
