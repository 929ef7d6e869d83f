package boot

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
)

// answering is a program that answers the questions with these messages in turn.
func answering(t *testing.T, messages ...tpmpipe.Message) (c Config) {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "answer"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, m := range messages {
		if err := tpmpipe.Write(f, m); err != nil {
			t.Fatal(err)
		}
	}
	c = Config{TPM: "unix:/nowhere", TPMProgram: filepath.Join(dir, "program"), Counter: filepath.Join(dir, "counter")}
	script := "#!/bin/sh\n/bin/cat " + f.Name() + "\n"
	if len(messages) > 0 {
		script += "exec /bin/cat >/dev/null\n"
	}
	if err := os.WriteFile(c.TPMProgram, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheProgramThatHoldsTheTPMIsAskedAndItsFaultTold(t *testing.T) {
	for name, c := range map[string]struct {
		answers []tpmpipe.Message
		want    error
	}{
		"done":                 {[]tpmpipe.Message{tpmpipe.Done{}}, nil},
		"a fault":              {[]tpmpipe.Message{tpmpipe.Failed{Fault: tpmpipe.FaultForeign}}, tpmpipe.FaultForeign},
		"one that ends itself": {nil, errNoTPM},
	} {
		var held tpm
		if _, err := held.ask(tpmpipe.Quote{}); !errors.Is(err, errNoTPM) {
			t.Errorf("before it was started: %v", err)
		}
		if err := held.start(answering(t, c.answers...)); err != nil {
			t.Fatal(err)
		}
		if answer, err := held.ask(tpmpipe.Started{}); !errors.Is(err, c.want) || err == nil && answer != c.answers[0] {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
		held.end()
		if held.process != nil {
			t.Errorf("%s: it runs on", name)
		}
	}
}

func TestATPMOfTheConfigurationIsOneThatThereCanBe(t *testing.T) {
	for _, c := range []struct {
		tpm, program, fault string
	}{
		{"", "", ""}, {"device:/dev/tpmrm0", "/bin/tpm", ""}, {"unix:/run/tpm", "/bin/tpm", ""},
		{"tcp:127.0.0.1:1", "/bin/tpm", "must begin"}, {"", "/bin/tpm", "must begin"}, {"device:/dev/tpmrm0", "", "needs tpm_program"},
	} {
		err := Config{TPM: c.tpm, TPMProgram: c.program}.checkTPM()
		if (err != nil) != (c.fault != "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%q, %q: %v", c.tpm, c.program, err)
		}
	}
}
