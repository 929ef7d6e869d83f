package handover

import (
	"strings"
	"testing"
)

func TestAGuardArrivesInTheRoomAlone(t *testing.T) {
	for name, c := range map[string]struct {
		guard         Guard
		content, want string
	}{
		"a passphrase":                 {Guard{ProtectionPassphrase, false}, "correct horse", "correct horse"},
		"a passphrase in a line":       {Guard{ProtectionPassphrase, true}, "correct horse\n", "correct horse"},
		"a line feed that belongs":     {Guard{ProtectionPassphrase, false}, "correct\n\n", "correct\n"},
		"nothing":                      {Guard{ProtectionPassphrase, false}, "", ""},
		"a secret that ends like that": {Guard{ProtectionTPM, false}, strings.Repeat("\n", 32), strings.Repeat("\n", 32)},
		"the longest":                  {Guard{ProtectionPassphrase, false}, strings.Repeat("x", MaxGuard), strings.Repeat("x", MaxGuard)},
	} {
		b, l := ends(t)
		send(t, b, Confine{}, nil)
		send(t, b, c.guard, memoryFile(t, c.content, Seals))
		send(t, b, Config{}, memoryFile(t, "config", Seals))
		p, err := l.Provisions()
		if err != nil || len(p.Guards) != 1 || p.Guards[0].Guard != c.guard {
			t.Fatalf("%s: %+v, %v", name, p, err)
		}
		room := make([]byte, MaxGuard)
		if n, err := p.Guards[0].Read(room); err != nil || string(room[:n]) != c.want {
			t.Errorf("%s: %q, %v", name, room[:n], err)
		}
	}
}

func TestAGuardThatIsNoneIsRefused(t *testing.T) {
	long := Guarding{Guard{ProtectionPassphrase, false}, memoryFile(t, strings.Repeat("x", MaxGuard+1), Seals)}
	if _, err := long.Read(make([]byte, MaxGuard)); err == nil {
		t.Error("too long: taken")
	}
	b, l := ends(t)
	send(t, b, Confine{}, nil)
	send(t, b, Guard{ProtectionTPM, false}, memoryFile(t, "secret", 0))
	if _, err := l.Provisions(); err == nil {
		t.Error("not sealed: taken")
	}
	b, l = ends(t)
	send(t, b, Confine{}, nil)
	send(t, b, Guard{ProtectionTPM, false}, memoryFile(t, "secret", Seals))
	send(t, b, Guard{ProtectionPassphrase, false}, memoryFile(t, "secret", Seals))
	if b.Send(Guard{ProtectionPassphrase, true}, memoryFile(t, "secret", Seals)) == nil {
		t.Error("a third one is sent")
	}
	if _, err := l.Provisions(); err == nil {
		t.Error("two in force: taken")
	}
	for p := range 256 {
		m, err := Parse([]byte{version, byte(TypeGuard), byte(p), 0})
		if valid := Protection(p).Valid(); valid != (err == nil) || valid && m != (Guard{Protection(p), false}) {
			t.Errorf("protection %d: %v, %v", p, m, err)
		}
	}
	if s := (session{state: Serving}); s.step(TypeGuard) == nil {
		t.Error("sent to a kernel that serves")
	}
}
