package overseer

import (
	"crypto/ed25519"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

func certifiedKey(i *door.Identity) (ed25519.PublicKey, error) {
	c, err := x509.ParseCertificate(i.Manufacturer)
	if err != nil {
		return nil, err
	}
	key, _ := c.PublicKey.(ed25519.PublicKey)
	return key, nil
}

func TestWhateverHappensTheInvariantsHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		members int
		mode    door.Mode
		seeds   uint64
		must    []string // what has to happen for the test to mean something
	}{
		"quorum of three": {3, door.ModeQuorum, 8, []string{"quarantined", "readmitted", "probation", "gone"}},
		"two":             {2, door.ModeDual, 5, []string{"quarantined", "stopped"}},
		"two of three":    {3, door.ModeDual, 5, []string{"quarantined"}},
	} {
		seen := map[string]int{}
		for seed := range c.seeds {
			broken, exercised := run(t, seed, c.members, c.mode, 120, nil)
			for _, b := range broken {
				t.Errorf("%s, seed %d: %s", name, seed, b)
			}
			for what, n := range exercised {
				seen[what] += n
			}
		}
		for _, what := range c.must {
			if seen[what] == 0 {
				t.Errorf("%s: nobody was ever %s: %v", name, what, seen)
			}
		}
	}
}

func TestAPlantedFaultBreaksAnInvariant(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant func(*model)
		want  string
	}{
		"one vote is enough": {func(m *model) {
			if e := m.overseer.epoch; e != nil {
				e.need = 1
			}
		}, "votes in mode quorum"},
		"an accuser is believed": {func(m *model) {
			for _, a := range m.overseer.accusations {
				m.overseer.step(a.accused, Blamed, "accused")
				m.overseer.step(a.accuser, Blamed, "accused")
			}
		}, "an honest element is quarantined"},
		"who differs is taken for wrong": {func(m *model) {
			for _, member := range m.overseer.members {
				if member.record.Health == Suspect {
					m.overseer.step(member, Confirmed, "is suspect")
				}
			}
		}, "an honest element is quarantined"},
		"evidence is not kept": {func(m *model) {
			files, _ := filepath.Glob(filepath.Join(m.overseer.config.Evidence, "*.json"))
			for _, f := range files {
				_ = os.Remove(f)
			}
		}, "quarantined without evidence"},
		"both who accuse each other are left aside": {func(m *model) {
			for _, a := range m.overseer.accusations {
				a.accused.aside, a.accuser.aside = a.until.Add(time.Hour), a.until.Add(time.Hour)
				a.accused.absent, a.accuser.absent = true, true
			}
		}, "fewer than two are active|not all are healthy again"},
		"the operator is not heard": {func(m *model) { m.deaf = true }, "not all are healthy again"},
	} {
		found := ""
		noticed := func() bool {
			return slices.ContainsFunc(strings.Split(c.want, "|"), func(what string) bool { return strings.Contains(found, what) })
		}
		for seed := uint64(0); seed < 40 && !noticed(); seed++ {
			broken, _ := run(t, seed, 3, door.ModeQuorum, 120, func(m *model) {
				m.overseer.mu.Lock()
				defer m.overseer.mu.Unlock()
				c.plant(m)
			})
			found = strings.Join(broken, "; ")
		}
		if !noticed() {
			t.Errorf("%s: nothing noticed: %q", name, found)
		}
	}
}
