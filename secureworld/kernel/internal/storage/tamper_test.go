package storage

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
)

// shop is a store with some history: every object was written more than once.
func shop(t testing.TB) (*disk, *anchor) {
	t.Helper()
	d, a := newDisk(), &anchor{}
	s := opened(t, d, a)
	keys, loyalty := space(t, s, "kernel/keystore"), space(t, s, "app/loyalty")
	for _, v := range []string{"1", "2", "3"} {
		put(t, keys, "host", "host "+v)
		put(t, keys, "token", "token "+v)
		put(t, loyalty, "points", "points "+v)
	}
	return d, a
}

// moment is a store at an earlier time, and now.
func moment(t testing.TB) (then, now *disk, a *anchor) {
	t.Helper()
	then, a = shop(t)
	now = then.copied()
	s := opened(t, now, a)
	keys := space(t, s, "kernel/keystore")
	put(t, keys, "host", "host 4")
	put(t, keys, "host", "host 5") // the same slot as before
	put(t, keys, "token", "token 4")
	put(t, keys, "token", "token 5")
	return then, now, a
}

// files of one place: its two slots.
func slots(name string) []string { return []string{name + ".0", name + ".1"} }

const (
	rootFile  = "root"
	indexFile = "00000000"
	hostFile  = "00000000-00000000"
	tokenFile = "00000000-00000001"
	other     = "00000001-00000000"
)

// from takes files back from an earlier copy, and takes away what that copy did
// not have.
func (d *disk) from(then *disk, names ...string) {
	for _, n := range names {
		if f := then.names[n]; f != nil {
			d.names[n] = &file{now: bytes.Clone(f.now), durable: bytes.Clone(f.now)}
		} else {
			delete(d.names, n)
		}
	}
	d.durable = maps.Clone(d.names)
}

// judged opens a store and reads everything in it; it tells what is found.
func judged(d *disk, a *anchor, keys func([]byte, string) error) error {
	cfg := config(d, a)
	if keys != nil {
		cfg.Derive = keys
	}
	s, err := Open(cfg)
	if err != nil {
		return err
	}
	for _, name := range s.Spaces() {
		p, err := s.Space(name, enough())
		if err != nil {
			return err
		}
		if _, err := p.Check(); err != nil {
			return err
		}
	}
	return nil
}

// What can be done to a disk, and the name that each thing is told by.
func TestEachAttackOnAStoreIsToldByItsName(t *testing.T) {
	all := func(d *disk) []string { return slices.Sorted(maps.Keys(d.names)) }
	current := func(d *disk, name string) string {
		for _, n := range slots(name) {
			if d.names[n] != nil {
				return n
			}
		}
		return ""
	}
	for name, c := range map[string]struct {
		attack func(then, now *disk)
		want   error
	}{
		"nothing":                    {func(_, _ *disk) {}, nil},
		"the whole store taken back": {func(then, now *disk) { now.from(then, append(all(then), all(now)...)...) }, ErrStoreOld},
		"the root record taken back": {func(then, now *disk) { now.from(then, slots(rootFile)...) }, ErrStoreOld},
		"one space taken back":       {func(then, now *disk) { now.from(then, slots(indexFile)...) }, ErrSpaceOld},
		"one space with its objects": {func(then, now *disk) {
			now.from(then, append(append(slots(indexFile), slots(hostFile)...), slots(tokenFile)...)...)
		}, ErrSpaceOld},
		"one object taken back":           {func(then, now *disk) { now.from(then, slots(hostFile)...) }, ErrObjectOld},
		"two objects of a space swapped":  {func(_, now *disk) { now.swap(current(now, hostFile), current(now, tokenFile)) }, ErrSwapped},
		"objects of two spaces swapped":   {func(_, now *disk) { now.swap(current(now, hostFile), current(now, other)) }, ErrSwapped},
		"indexes of two spaces swapped":   {func(_, now *disk) { now.swap(indexFile+".0", "00000001.0"); now.swap(indexFile+".1", "00000001.1") }, ErrSwapped},
		"an index in an object's place":   {func(_, now *disk) { now.copyTo(current(now, indexFile), current(now, hostFile)) }, ErrSwapped},
		"a root record in its other slot": {func(_, now *disk) { now.swap(rootFile+".0", rootFile+".1") }, ErrSwapped},
		"an object deleted":               {func(_, now *disk) { delete(now.names, current(now, hostFile)) }, ErrMissing},
		"an index deleted": {func(_, now *disk) {
			delete(now.names, indexFile+".0")
			delete(now.names, indexFile+".1")
		}, ErrMissing},
		"all root records deleted": {func(_, now *disk) {
			delete(now.names, rootFile+".0")
			delete(now.names, rootFile+".1")
		}, ErrStoreMissing},
		"everything deleted":          {func(_, now *disk) { clear(now.names) }, ErrStoreMissing},
		"an object cut off":           {func(_, now *disk) { now.cut(current(now, hostFile)) }, ErrTruncated},
		"an object emptied":           {func(_, now *disk) { now.names[current(now, hostFile)].now = nil }, ErrTruncated},
		"an index cut off":            {func(_, now *disk) { now.cut(indexFile + ".0"); now.cut(indexFile + ".1") }, ErrTruncated},
		"an object worn out":          {func(_, now *disk) { now.flip(current(now, hostFile)) }, ErrDamaged},
		"an index worn out":           {func(_, now *disk) { now.flip(indexFile + ".0"); now.flip(indexFile + ".1") }, ErrDamaged},
		"both roots worn out":         {func(_, now *disk) { now.flip(rootFile + ".0"); now.flip(rootFile + ".1") }, ErrDamaged},
		"an object forged":            {func(_, now *disk) { now.forge(current(now, hostFile)) }, ErrForged},
		"an object of another format": {func(_, now *disk) { now.format(current(now, hostFile)) }, ErrFormat},
	} {
		then, now, a := moment(t)
		c.attack(then, now)
		if err := judged(now, a, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func (d *disk) swap(a, b string) { d.names[a], d.names[b] = d.names[b], d.names[a] }

func (d *disk) copyTo(from, to string) { d.names[to].now = bytes.Clone(d.names[from].now) }

func (d *disk) cut(name string) { d.names[name].now = d.names[name].now[:len(d.names[name].now)-5] }

func (d *disk) flip(name string) { d.names[name].now[frameSize/2] ^= 1 }

// forge changes a record and makes its checksum anew.
func (d *disk) forge(name string) {
	b := d.names[name].now
	b[headSize] ^= 1
	copy(b[len(b)-checksumSize:], checksum(b[:len(b)-checksumSize]))
}

func (d *disk) format(name string) {
	b := d.names[name].now
	copy(b, "SRS2")
	copy(b[len(b)-checksumSize:], checksum(b[:len(b)-checksumSize]))
}

// The newest root record is damaged: the one before it opens, and the anchor says
// that it is not the newest. What happened is named, not what it looks like.
func TestADamagedNewestRootRecordIsNotTakenForARollBack(t *testing.T) {
	_, now, a := moment(t)
	now.flip(rootName(a.n))
	if err := judged(now, a, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
	_, now, a = moment(t)
	now.flip(rootName(a.n + 1)) // the older one: costs nothing
	if err := judged(now, a, nil); err != nil {
		t.Error(err)
	}
}

// Another device, terminal or kernel has another root key, which package
// deviceroot tells first; here nothing opens.
func TestUnderAnotherRootKeyNothingOpens(t *testing.T) {
	for _, n := range []uint64{0, 1000} {
		d, a := shop(t)
		a.n = min(a.n, n)
		if err := judged(d, a, derive("another")); !errors.Is(err, ErrForged) {
			t.Errorf("anchor %d: %v", a.n, err)
		}
	}
}

// Without the anchor a whole older copy opens: the control for what it is for.
func TestWithoutTheAnchorAnOlderCopyIsNotSeen(t *testing.T) {
	then, _, _ := moment(t)
	if err := judged(then, &anchor{}, nil); err != nil {
		t.Error(err)
	}
}

func TestEveryBitOfEveryFileCounts(t *testing.T) {
	d, a := shop(t)
	for _, name := range slices.Sorted(maps.Keys(d.names)) {
		if name == rootName(a.n+1) || name == indexName(0, 7) || name == indexName(1, 4) {
			continue // what was before: nothing refers to it
		}
		good := d.names[name].now
		for i := range good {
			for _, whole := range []bool{false, true} {
				bad := bytes.Clone(good)
				bad[i] ^= 1 << (i % 8)
				if whole && i < len(bad)-checksumSize {
					copy(bad[len(bad)-checksumSize:], checksum(bad[:len(bad)-checksumSize]))
				}
				e := d.copied()
				e.names[name].now = bad
				err := judged(e, a, nil)
				if !finding(err) || !whole && !errors.Is(err, ErrDamaged) || whole && i >= 10 && i < len(bad)-checksumSize && errors.Is(err, ErrDamaged) {
					t.Fatalf("%s, byte %d, checksum made anew %v: %v", name, i, whole, err)
				}
			}
		}
		for n := range good {
			e := d.copied()
			e.names[name].now = good[:n]
			if err := judged(e, a, nil); !errors.Is(err, ErrTruncated) {
				t.Fatalf("%s, %d bytes: %v", name, n, err)
			}
		}
	}
}

// A change that a power cut undid was sealed for the version that came instead;
// put back, it is an older copy.
func TestWhatAPowerCutUndidCannotBePutBack(t *testing.T) {
	d, a := shop(t)
	undone := d.copied()
	s := opened(t, undone, &anchor{n: a.n})
	put(t, space(t, s, "kernel/keystore"), "host", "undone")
	s = opened(t, d, a)
	put(t, space(t, s, "kernel/keystore"), "host", "done")
	d.from(undone, slots(hostFile)...)
	if err := judged(d, a, nil); !errors.Is(err, ErrObjectOld) {
		t.Errorf("the object: %v", err)
	}
	d.from(undone, slots(indexFile)...)
	if err := judged(d, a, nil); !errors.Is(err, ErrSpaceOld) {
		t.Errorf("the index: %v", err)
	}
}

func TestWhatIsFoundIsToldOnceForEachKind(t *testing.T) {
	_, now, a := moment(t)
	cfg := config(now, a)
	var told []error
	cfg.Found = func(err error) { told = append(told, err) }
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	keys := space(t, s, "kernel/keystore")
	for _, f := range slices.Sorted(maps.Keys(now.names)) {
		if strings.HasPrefix(f, hostFile) {
			now.flip(f)
		}
		if strings.HasPrefix(f, tokenFile) {
			delete(now.names, f)
		}
	}
	for range 3 {
		for name, want := range map[string]error{"host": ErrDamaged, "token": ErrMissing} {
			if _, err := get(keys, name); !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if len(told) != 2 || !slices.Contains(told, ErrDamaged) || !slices.Contains(told, ErrMissing) {
		t.Errorf("told %v", told)
	}
}

// One space that is not as it was costs the others nothing.
func TestADamagedSpaceLeavesTheOthersUsable(t *testing.T) {
	_, now, a := moment(t)
	for _, n := range slots(indexFile) {
		now.flip(n)
	}
	s := opened(t, now, a)
	if _, err := s.Space("kernel/keystore", enough()); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
	p := space(t, s, "app/loyalty")
	put(t, p, "points", "4")
	holds(t, space(t, opened(t, now, a), "app/loyalty"), "points", "4")
	if err := s.Remove("kernel/keystore"); err != nil {
		t.Error(err)
	}
	if names := s.Spaces(); !slices.Equal(names, []string{"app/loyalty"}) {
		t.Errorf("%q", names)
	}
}

func TestAResetMustBeForThisMomentAndLeadsToAnEmptyAnchoredStore(t *testing.T) {
	for name, damage := range map[string]func(*disk){
		"deleted": func(d *disk) { clear(d.names) },
		"foreign": func(d *disk) { d.forge("root.0"); d.forge("root.1") },
		"whole":   func(*disk) {},
	} {
		then, d, a := moment(t)
		damage(d)
		cfg := config(d, a)
		cfg.Reset = a.n - 1
		if s, err := Open(cfg); name != "whole" && err == nil || err == nil && len(s.Spaces()) == 0 {
			t.Errorf("%s: an authorisation for another moment was good", name)
		}
		before := a.n
		cfg.Reset = a.n
		s, err := Open(cfg)
		if err != nil || len(s.Spaces()) != 0 || a.n <= before {
			t.Fatalf("%s: %v, anchor %d after %d", name, err, a.n, before)
		}
		put(t, space(t, s, "kernel/keystore"), "host", "new")
		if s, err = Open(cfg); err != nil || len(s.Spaces()) != 1 { // the same paper again
			t.Errorf("%s: used twice: %v", name, err)
		}
		for n := range d.names {
			if !strings.HasPrefix(n, "root") && !strings.HasPrefix(n, "00000000") {
				t.Errorf("%s: left over: %s", name, n)
			}
		}
		if err := judged(then, a, nil); !errors.Is(err, ErrStoreOld) {
			t.Errorf("%s: the store before the reset: %v", name, err)
		}
	}
}

func TestAResetThatWasCutIsBegunAnew(t *testing.T) {
	_, whole, first := moment(t)
	cfg := config(whole.copied(), &anchor{n: first.n})
	cfg.Anchor.(*anchor).disk = cfg.Disk.(*disk)
	cfg.Reset = first.n
	if _, err := Open(cfg); err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut <= cfg.Disk.(*disk).operations; cut++ {
		for outcome := range outcomes {
			d := whole.copied()
			d.cutAt = cut
			a := &anchor{n: first.n, disk: d}
			again := config(d, a)
			again.Reset = first.n
			_, _ = Open(again)
			e := d.after(outcome)
			a.disk = nil
			again = config(e, a)
			again.Reset = first.n
			if s, err := Open(again); err != nil || len(s.Spaces()) != 0 {
				t.Fatalf("cut %d, outcome %d: %v", cut, outcome, err)
			}
		}
	}
}

func TestALostFirstStartBeginsAnew(t *testing.T) {
	d := newDisk()
	d.names["root.1"] = &file{now: make([]byte, 40)}
	if err := judged(d, &anchor{}, nil); err != nil {
		t.Error(err)
	}
	if err := judged(d, &anchor{n: 1}, nil); err != nil {
		t.Error(err)
	}
	d = newDisk()
	d.names["root.1"] = &file{now: make([]byte, 40)}
	if err := judged(d, &anchor{n: 1}, nil); !errors.Is(err, ErrTruncated) {
		t.Errorf("what was acknowledged is cut off: %v", err)
	}
	d = newDisk()
	d.names["00000000.1"] = &file{}
	if err := judged(d, &anchor{}, nil); !errors.Is(err, ErrStoreMissing) {
		t.Errorf("an index without a root record: %v", err)
	}
	if _, err := d.Read("root.0", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Error("something was written over it")
	}
}
