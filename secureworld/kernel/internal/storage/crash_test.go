package storage

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// script is what is done to a store, step by step; every step is one change.
func script() []func(s *Store) error {
	in := func(name string, f func(*Space) error) func(*Store) error {
		return func(s *Store) error {
			p, err := s.Space(name, enough())
			if err != nil {
				return err
			}
			return f(p)
		}
	}
	write := func(space, name, data string) func(*Store) error {
		return in(space, func(p *Space) error { return p.Put(name, []byte(data)) })
	}
	made := func(*Space) error { return nil }
	return []func(*Store) error{
		in("kernel/keystore", made),
		write("kernel/keystore", "host", "first"),
		in("app/loyalty", made),
		write("app/loyalty", "points", strings.Repeat("1", 3000)),
		write("kernel/keystore", "host", "second"),
		write("kernel/keystore", "token", ""),
		write("app/loyalty", "points", "2"),
		func(s *Store) error { _, err := s.Locked("app/safe", enough(), []byte("open")); return err },
		func(s *Store) error {
			p, err := s.Locked("app/safe", enough(), []byte("open"))
			if err != nil {
				return err
			}
			return p.Put("inside", []byte("pearl"))
		},
		in("kernel/keystore", func(p *Space) error { return p.Delete("token") }),
		write("kernel/keystore", "host", "third"),
		func(s *Store) error { return s.Remove("app/loyalty") },
	}
}

// picture is everything that a store holds, as text.
func picture(t *testing.T, s *Store) string {
	t.Helper()
	var b strings.Builder
	for _, name := range s.Spaces() {
		p, err := s.Space(name, enough())
		if errors.Is(err, ErrExists) {
			p, err = s.Locked(name, enough(), []byte("open"))
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		objects, err := p.List()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fmt.Fprintf(&b, "%s:", name)
		for _, o := range objects {
			data, err := get(p, o)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, o, err)
			}
			fmt.Fprintf(&b, " %s=%q", o, data)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// pictures are those before and after every step.
func pictures(t *testing.T) (all []string) {
	s := opened(t, newDisk(), &anchor{})
	all = append(all, picture(t, s))
	for _, step := range script() {
		if err := step(s); err != nil {
			t.Fatal(err)
		}
		all = append(all, picture(t, s))
	}
	return all
}

// played runs the script from a step on until the power fails; it tells how many
// steps were acknowledged in all.
func played(d *disk, a *anchor, from int) int {
	s, err := Open(config(d, a))
	if err != nil {
		return from
	}
	for i, step := range script()[from:] {
		if step(s) != nil {
			return from + i
		}
	}
	return len(script())
}

const outcomes = drawn + 6

func TestAPowerCutAtAnyPointLeavesTheOldOrTheNewState(t *testing.T) {
	want := pictures(t)
	whole := newDisk()
	if n := played(whole, &anchor{disk: whole}, 0); n != len(script()) {
		t.Fatalf("without a power cut %d steps were done", n)
	}
	for cut := 1; cut <= whole.operations; cut++ {
		for outcome := range outcomes {
			d := newDisk()
			d.cutAt = cut
			a := &anchor{disk: d}
			acknowledged := played(d, a, 0)
			resumed(t, want, d.after(outcome), a, acknowledged, fmt.Sprintf("cut %d, outcome %d", cut, outcome))
		}
	}
}

// resumed opens what a power cut left, twice, and does the rest of the script.
func resumed(t *testing.T, want []string, d *disk, a *anchor, acknowledged int, when string) {
	t.Helper()
	a.disk = nil
	s, err := Open(config(d, a))
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	// A kernel that died is not a power cut; one that follows takes nothing back.
	d = d.after(allLost)
	if s, err = Open(config(d, a)); err != nil {
		t.Fatalf("%s, and another: %v", when, err)
	}
	found := picture(t, s)
	done := acknowledged
	if found != want[done] {
		done++
	}
	if done >= len(want) || found != want[done] {
		t.Fatalf("%s, %d steps acknowledged:\n%s", when, acknowledged, found)
	}
	if n := played(d, a, done); n != len(script()) {
		t.Fatalf("%s: going on ended at step %d", when, n)
	}
	if found := picture(t, opened(t, d.after(allLost), a)); found != want[len(want)-1] {
		t.Fatalf("%s: at the end\n%s", when, found)
	}
}

// A second power cut while the first one is being made up for.
func TestAPowerCutDuringRecoveryIsSurvivedToo(t *testing.T) {
	want := pictures(t)
	whole := newDisk()
	played(whole, &anchor{disk: whole}, 0)
	for cut := 1; cut <= whole.operations; cut += 3 {
		for again := 1; again <= 6; again++ {
			d := newDisk()
			d.cutAt = cut
			a := &anchor{disk: d}
			acknowledged := played(d, a, 0)
			e := d.after(drawn + cut%5)
			e.cutAt = again
			a.disk = e
			_, _ = Open(config(e, a))
			resumed(t, want, e.after(drawn+again), a, acknowledged, fmt.Sprintf("cuts %d and %d", cut, again))
		}
	}
}

// An input/output error at any operation is told, and what was acknowledged
// before stays.
func TestAFailingDiskLosesNothingThatWasAcknowledged(t *testing.T) {
	want := pictures(t)
	whole := newDisk()
	played(whole, &anchor{disk: whole}, 0)
	for n := 1; n <= whole.operations; n++ {
		d := newDisk()
		d.fail = map[int]bool{n: true}
		a := &anchor{disk: d}
		acknowledged := played(d, a, 0)
		if acknowledged == len(script()) {
			continue // what failed was the removal of what nothing refers to
		}
		resumed(t, want, d.after(drawn+n%4), a, acknowledged, fmt.Sprintf("operation %d", n))
	}
}

// A store that does not sync is the control: the sweep finds it.
func TestTheSweepFindsAMissingSync(t *testing.T) {
	want := pictures(t)
	d := newDisk()
	a := &anchor{disk: d}
	s, err := Open(Config{Memory: newRooms(), Disk: forgetful{d}, Anchor: a, Derive: derive("device"), stretch: quick})
	if err == nil {
		for _, step := range script() {
			err = errors.Join(err, step(s))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	a.disk = nil
	if s, err := Open(config(d.after(allLost), a)); err == nil && picture(t, s) == want[len(want)-1] {
		t.Error("a disk that never syncs lost nothing")
	}
}

type forgetful struct{ *disk }

func (forgetful) Sync(string) error { return nil }
