package boot

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
)

var errNoTPM = errors.New("the program that holds the TPM has ended")

// checkTPM holds address and program to each other.
func (c Config) checkTPM() error {
	switch {
	case c.TPM == "" && c.TPMProgram == "":
		return nil
	case !strings.HasPrefix(c.TPM, "device:/") && !strings.HasPrefix(c.TPM, "unix:/"):
		return errors.New("configuration: tpm must begin with device:/ or unix:/")
	case c.TPMProgram == "":
		return errors.New("configuration: tpm needs tpm_program")
	}
	return nil
}

// tpm is the program that holds the TPM. It is started when a kernel is, and not again
// before the next: a kernel that nobody measured has no quotes.
type tpm struct {
	mu      sync.Mutex
	process *os.Process // nil: none runs
	in, out *os.File    // its input and output
}

// measureIntoTPM tells the TPM, where there is one, what is about to be started. What
// fails costs the quotes, not the start: who needs them refuses reports without.
func (b *Boot) measureIntoTPM() {
	if b.cfg.TPM == "" {
		return
	}
	if err := b.tpm.start(b.cfg); err != nil {
		b.log.Error("TPM", "reason", err.Error())
		return
	}
	answer, err := b.tpm.ask(tpmpipe.Started{Boot: b.measured, Kernel: b.keeper.Now().Digest})
	if err == nil && answer != (tpmpipe.Done{}) {
		err = tpmpipe.ErrMalformed
		b.tpm.end()
	}
	if err != nil {
		b.log.Error("TPM", "reason", err.Error())
	}
}

// quote answers the kernel that asked: with nothing, where there is no quote.
func (a *attendance) quote(m handover.Quote) {
	var content []byte
	if a.boot.cfg.TPM != "" {
		answer, err := a.boot.tpm.ask(tpmpipe.Quote(m))
		if quoted, ok := answer.(tpmpipe.Quoted); ok {
			content = quoted.Quote
		} else {
			a.boot.log.Warn("no quote", "reason", fmt.Sprint(err))
		}
	}
	file, err := spawn.MemoryFile("quote", content)
	if err != nil { // an unanswered kernel would wait for ever
		a.boot.log.Error("no memory for a quote", "reason", err.Error())
		a.kernel.child.Kill()
		return
	}
	defer file.Close()
	_ = a.kernel.link.Send(handover.Quoted{}, file) // its end shows in Done
}

// start starts the program, where it does not run.
func (t *tpm) start(c Config) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.process != nil {
		return nil
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		return errors.Join(err, in.Close())
	}
	defer theirOut.Close()
	p, err := os.StartProcess(c.TPMProgram, []string{"tpm", "-tpm", c.TPM, "-starts", c.Counter + ".tpm"},
		&os.ProcAttr{Dir: "/", Env: []string{}, Files: []*os.File{theirIn, theirOut, os.Stderr}})
	if err != nil {
		return errors.Join(errors.New("its program cannot be started"), in.Close(), out.Close())
	}
	t.process, t.in, t.out = p, in, out
	return nil
}

// ask asks one question. The error is the program's Fault, or it has been ended.
func (t *tpm) ask(m tpmpipe.Message) (tpmpipe.Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.process == nil {
		return nil, errNoTPM
	}
	overdue := time.AfterFunc(tpmWithin, func() { _ = t.in.Close(); _ = t.out.Close() })
	defer overdue.Stop()
	err := tpmpipe.Write(t.in, m)
	var answer tpmpipe.Message
	if err == nil {
		answer, err = tpmpipe.Read(t.out)
	}
	if err != nil {
		t.close()
		return nil, errNoTPM
	}
	if failed, ok := answer.(tpmpipe.Failed); ok {
		return nil, failed.Fault
	}
	return answer, nil
}

// end ends the program, if one runs.
func (t *tpm) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.process != nil {
		t.close()
	}
}

// close lets the program take its keys out of the TPM: one that has no resource manager
// would be full soon.
func (t *tpm) close() {
	_ = t.in.Close()
	_ = t.out.Close()
	overdue := time.AfterFunc(tpmEndsWithin, func() { _ = t.process.Kill() })
	_, _ = t.process.Wait()
	overdue.Stop()
	t.process = nil
}
