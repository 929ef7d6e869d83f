package boot

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// operated is a running lane that takes updates, with the operator's door open.
func operated(t *testing.T) (*lane, *control.Client) {
	t.Helper()
	l := newLane(t)
	l.cfg.Updates, l.cfg.Control.Address = l.path("updates"), "unixpacket:"+l.path("control.sock")
	b, err := l.new()
	if err != nil {
		t.Fatal(err)
	}
	l.run(b)
	l.ready(1)
	c, err := control.Dial(l.path("control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return l, c
}

// hand signs a kernel as a version, and hands it to boot.
func (l *lane) hand(c *control.Client, version uint64, kernel []byte) error {
	l.t.Helper()
	was := l.parts.kernel
	l.parts.kernel = kernel
	l.sign(version)
	l.license(ownProgram(l.t))
	l.parts.kernel = was
	var files []control.Content
	for name, f := range map[string]control.File{
		"kernel": {Role: control.RoleKernel}, "kernel.manifest": {Role: control.RoleManifest}, "licence": {Role: control.RoleLicence},
		"payment.wasm": {Role: control.RoleModule, Name: "payment"}, "payment.statement": {Role: control.RoleStatement, Name: "payment"},
	} {
		b, err := os.ReadFile(l.path(name))
		if err != nil {
			l.t.Fatal(err)
		}
		files = append(files, control.Content{File: f, Bytes: b})
	}
	_, err := c.Submit(control.KindImage, files)
	return err
}

func (l *lane) standing(c *control.Client) control.Standing {
	l.t.Helper()
	s, err := c.Standing()
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// tried activates a place and waits until its trial has ended.
func (l *lane) tried(c *control.Client, p control.Place) control.Standing {
	l.t.Helper()
	if _, err := c.Activate(p); err != nil {
		l.t.Fatal(err)
	}
	l.eventually("the trial ends", func() bool { return l.standing(c).Pending == control.NoPlace })
	return l.standing(c)
}

func TestUpdateIsTriedAndABrokenOneIsGivenUp(t *testing.T) {
	l, c := operated(t)
	store := func(text string) {
		t.Helper()
		if got := l.mustAsk("unix:"+l.path("mailbox.sock"), "store "+text); got != text {
			t.Errorf("storage answered %q", got)
		}
	}
	store("before")
	if err := l.hand(c, 4, append(bytes.Clone(l.parts.kernel), "next"...)); err != nil {
		t.Fatal(err)
	}
	s := l.tried(c, control.SlotA)
	if s.Running != control.SlotA || s.Active != control.SlotA || s.Images[1].Version != 4 || s.Images[1].State != control.Good {
		t.Fatalf("%+v\n%s", s, l.log)
	}
	l.eventually("the counter is raised", func() bool { return l.standing(c).Counter == 4 })
	store("after")
	if err := l.hand(c, 3, l.parts.kernel); !errors.Is(err, control.ReasonOlder) {
		t.Errorf("a signed older version: %v", err)
	}
	if err := l.hand(c, 5, []byte("#!/nowhere\n")); err != nil {
		t.Fatal(err)
	}
	s = l.tried(c, control.SlotB)
	if s.Running != control.SlotA || s.Images[2].State != control.Bad || s.Reason != control.ReasonEnded || s.Counter != 4 {
		t.Errorf("%+v\n%s", s, l.log)
	}
	l.eventually("the former kernel serves again", func() bool {
		_, err := ask(t, "unix:"+l.path("mailbox.sock"), "store again")
		return err == nil
	})
	if raised, err := (image.Counter{Path: l.cfg.Counter}).Read(); err != nil || raised != 4 {
		t.Errorf("the counter is %d, %v", raised, err)
	}
}

func TestControlDoorBelongsToBootsUserAlone(t *testing.T) {
	l, _ := operated(t)
	info, err := os.Stat(l.path("control.sock"))
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode()&os.ModeSocket == 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestOperatorWhoOnlyStaysKeepsNoOtherOut(t *testing.T) {
	l, idle := operated(t)
	if _, err := idle.Standing(); err != nil { // it is served, and stays
		t.Fatal(err)
	}
	next, err := control.Dial(l.path("control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if _, err := next.Standing(); err != nil {
		t.Fatal(err)
	}
	if _, err := idle.Standing(); err != nil {
		t.Errorf("the first was given up for the second: %v", err)
	}
}
