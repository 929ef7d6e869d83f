package program_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/program"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// operations only works.
type operations struct{ element.Operations }

func (operations) Status(element.Status) (element.Health, error) {
	return element.Health{Ready: true}, nil
}

// folder has what a program is started with.
type folder struct {
	tb   testing.TB
	path string
}

func newFolder(tb testing.TB) folder {
	tb.Helper()
	f := folder{tb, tb.TempDir()}
	f.write("keys.json", []byte(`{"keys":[{"slot":"pvk","block":"D"}]}`))
	f.write("kbpk", bytes.Repeat([]byte{1}, 32))
	m, err := authority.New("manufacturer")
	if err != nil {
		tb.Fatal(err)
	}
	o, err := authority.New("operator")
	if err != nil {
		tb.Fatal(err)
	}
	if err := authority.WriteElement(f.at("member"), "e1", "stdlib", m, o); err != nil {
		tb.Fatal(err)
	}
	return f
}

func (f folder) at(name string) string { return filepath.Join(f.path, name) }

func (f folder) write(name string, b []byte) {
	f.tb.Helper()
	if err := os.WriteFile(f.at(name), b, 0o600); err != nil {
		f.tb.Fatal(err)
	}
}

func (f folder) args(more ...string) []string {
	return append([]string{"-socket", f.at("s"), "-keys", f.at("keys.json"), "-kbpk", f.at("kbpk")}, more...)
}

func good() program.Make {
	return program.Make{Name: "stdlib", Verbs: program.AllVerbs, Open: func(file element.KeyFile, kbpk []byte) (element.Operations, func(), error) {
		if len(file.Keys) != 1 || len(kbpk) != 32 {
			return nil, nil, errors.New("other keys than those of the file")
		}
		return operations{}, func() {}, nil
	}}
}

// ready runs a program until its socket takes a request, and returns a connection.
func (f folder) ready(m program.Make, args []string) net.Conn {
	f.tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- program.Run(ctx, m, args, io.Discard) }()
	f.tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			f.tb.Error(err)
		}
	})
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", f.at("s"))
		if err == nil {
			f.tb.Cleanup(func() { _ = conn.Close() })
			return conn
		}
		select {
		case err := <-done:
			done <- err
			f.tb.Fatal("ended: ", err)
		case <-time.After(time.Millisecond):
		}
	}
}

func exchange(tb testing.TB, conn net.Conn, kind byte, request, answer any) byte {
	tb.Helper()
	if err := frame.Send(conn, kind, request); err != nil {
		tb.Fatal(err)
	}
	got, body, err := frame.Read(conn, frame.MaxBody)
	if err != nil {
		tb.Fatal(err)
	}
	if got == kind|0x80 && frame.Parse(body, answer) != nil {
		tb.Fatal("no answer to it")
	}
	return got
}

func TestAnElementAloneServesThePlainDoor(t *testing.T) {
	f := newFolder(t)
	conn := f.ready(good(), f.args())
	var h element.Health
	if got := exchange(t, conn, element.KindStatus, element.Status{}, &h); got != 0x81 || !h.Ready {
		t.Errorf("%02x, %+v", got, h)
	}
	info, err := os.Stat(f.at("s"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestAMemberServesItsMCUAndNoPlainQuestion(t *testing.T) {
	f := newFolder(t)
	conn := f.ready(good(), f.args("-member", f.at("member")))
	var i door.Identity
	if got := exchange(t, conn, door.KindIdentify, door.Identify{}, &i); got != 0x81 || string(i.Make) != "stdlib" || i.Verbs != program.AllVerbs {
		t.Errorf("%02x, %s, %x", got, i.Make, i.Verbs)
	}
	if got := exchange(t, conn, element.KindPANReference, element.PANReference{PAN: []byte("4761730000000011")}, nil); got != door.KindRefusal {
		t.Errorf("a plain question answered as %02x", got)
	}
}

func TestWhatAProgramNeedsIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(folder, *program.Make) []string
		text  string
	}{
		"no flags":           {func(folder, *program.Make) []string { return nil }, "needed"},
		"an unknown flag":    {func(f folder, _ *program.Make) []string { return f.args("-debug") }, "debug"},
		"a short kbpk":       {func(f folder, _ *program.Make) []string { f.write("kbpk", []byte{1}); return f.args() }, "key block protection key"},
		"no JSON":            {func(f folder, _ *program.Make) []string { f.write("keys.json", []byte("x")); return f.args() }, "JSON"},
		"a huge key file":    {func(f folder, _ *program.Make) []string { f.write("keys.json", make([]byte, 1<<17)); return f.args() }, "key file"},
		"no identity":        {func(f folder, _ *program.Make) []string { return f.args("-member", f.at("nobody")) }, "identity"},
		"another make":       {func(f folder, m *program.Make) []string { m.Name = "nettle"; return f.args("-member", f.at("member")) }, "not certified"},
		"refused keys":       {func(f folder, m *program.Make) []string { f.write("keys.json", []byte("{}")); return f.args() }, "other keys"},
		"a folder as socket": {func(f folder, _ *program.Make) []string { return append(f.args(), "-socket", f.path) }, "socket"},
	} {
		f, m := newFolder(t), good()
		args := test.spoil(f, &m)
		if err := program.Run(t.Context(), m, args, io.Discard); err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMakesOwnFlagsAreParsedBeforeItsKeys(t *testing.T) {
	f, m := newFolder(t), good()
	var module string
	m.Flags = func(flags *flag.FlagSet) { flags.StringVar(&module, "module", "", "library") }
	open := m.Open
	m.Open = func(file element.KeyFile, kbpk []byte) (element.Operations, func(), error) {
		if module != "lib.so" {
			return nil, nil, errors.New("opened without its flag")
		}
		return open(file, kbpk)
	}
	f.ready(m, f.args("-module", "lib.so"))
}
