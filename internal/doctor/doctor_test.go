package doctor

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

var errNot = errors.New("not")

// sound is a machine and a lane at which nothing is wrong.
func sound() (Machine, Lane) {
	now := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	m := Machine{
		Now: func() time.Time { return now }, Root: true,
		Find: func(string) bool { return true }, Match: func(p string) []string { return []string{p} },
		SecretMemory: func() error { return nil }, UserNamespaces: func() error { return nil },
		LockedMemory: func() uint64 { return 1 << 30 }, Swap: func() int { return 0 }, Listen: func(string) error { return nil },
		Synchronised: func() (bool, error) { return true, nil }, Free: func(string) (uint64, error) { return 50 << 30, nil },
		Programs: "bin", Home: "var", Pages: map[string]string{"page": "127.0.0.1:8420"},
		Files:        func() []File { return []File{{"a.key", false}} },
		Certificates: func() []Certificate { return []Certificate{{"c.pem", now.AddDate(1, 0, 0), false}} },
		Homed:        func() Home { return Home{There: true} },
	}
	l := Lane{Running: true, Answers: true, Slot: true,
		Terminal: till.Terminal{State: "ready", ReaderConnected: true, PINPadConnected: true, HostSignedOn: true, HostRefusal: "none"},
		Security: till.Security{Isolation: "process", MemoryProtection: "memfd_secret", Notes: []string{"not_pci_listed", "test_keys"}},
		Ready:    till.Readiness{Status: "ready", Checks: map[string]bool{"secure_world": true, "journal": true}},
		Keys:     []till.Key{{Name: "host key", State: "active", Counted: true, Left: 1000}},
		Batch:    Batch{Number: 3, State: "open", Since: now.Add(-time.Hour)}, Acquirer: &Acquirer{Elements: true, Balanced: true}}
	return m, l
}

func codes(r Report) (out []string) {
	for _, f := range r.Findings {
		if f.Result != OK {
			out = append(out, f.Code)
		}
	}
	return out
}

func TestASoundLaneHasNothingWrong(t *testing.T) {
	r := Examine(sound())
	if r.Result != OK || r.ExitCode() != 0 || len(r.Findings) != len(checks()) {
		t.Errorf("%+v", r)
	}
	m, _ := sound()
	if r := Examine(m, Lane{}); r.Result != OK {
		t.Errorf("without a lane: %v", codes(r))
	}
}

func TestEveryFaultIsFoundNamedAndHasARemedy(t *testing.T) {
	planted := map[string]struct {
		result Result
		plant  func(*Machine, *Lane)
	}{
		"packages_missing": {Fail, func(m *Machine, _ *Lane) { m.Find = func(p string) bool { return p != "pcscd" } }},
		"vm_missing":       {Warn, func(m *Machine, _ *Lane) { m.Find = func(p string) bool { return p == "pcscd" } }},
		"programs_missing": {Fail, func(m *Machine, _ *Lane) {
			m.Match = func(p string) []string { return ending(p, "/bin/kernel", "bin/kernel") }
		}},
		"memfd_secret_missing":      {Warn, func(m *Machine, _ *Lane) { m.SecretMemory = func() error { return errNot } }},
		"user_namespaces_forbidden": {Fail, func(m *Machine, _ *Lane) { m.Root, m.UserNamespaces = false, func() error { return errNot } }},
		"locked_memory_low":         {Warn, func(m *Machine, _ *Lane) { m.Root, m.LockedMemory = false, func() uint64 { return 8 << 20 } }},
		"swap_on":                   {Warn, func(m *Machine, _ *Lane) { m.Swap = func() int { return 1 } }},
		"port_taken":                {Fail, func(m *Machine, l *Lane) { *l = Lane{}; m.Listen = func(string) error { return errNot } }},
		"clock_wrong":               {Fail, func(m *Machine, _ *Lane) { m.Now = func() time.Time { return time.Unix(0, 0) } }},
		"clock_free":                {Warn, func(m *Machine, _ *Lane) { m.Synchronised = func() (bool, error) { return false, nil } }},
		"disk_low":                  {Warn, func(m *Machine, _ *Lane) { m.Free = func(string) (uint64, error) { return 1 << 30, nil } }},
		"disk_full":                 {Fail, func(m *Machine, _ *Lane) { m.Free = func(string) (uint64, error) { return 1 << 20, nil } }},
		"disk_unknown":              {Warn, func(m *Machine, _ *Lane) { m.Free = func(string) (uint64, error) { return 0, errNot } }},
		"home_unreadable":           {Fail, func(m *Machine, _ *Lane) { m.Homed = func() Home { return Home{There: true, Bad: true} } }},
		"home_of_another":           {Fail, func(m *Machine, _ *Lane) { m.Homed = func() Home { return Home{There: true, Other: true} } }},
		"home_old":                  {Warn, func(m *Machine, _ *Lane) { m.Homed = func() Home { return Home{There: true, Old: true} } }},
		"lane_died":                 {Warn, func(m *Machine, _ *Lane) { m.Homed = func() Home { return Home{There: true, Dead: true} } }},
		"files_open":                {Fail, func(m *Machine, _ *Lane) { m.Files = func() []File { return []File{{"a.key", true}} } }},
		"certificate_expires":       {Warn, func(m *Machine, _ *Lane) { until(m, Certificate{"c.pem", m.Now().Add(48 * time.Hour), false}) }},
		"certificate_expired":       {Fail, func(m *Machine, _ *Lane) { until(m, Certificate{"c.pem", m.Now().Add(-time.Hour), false}) }},
		"certificate_unreadable":    {Fail, func(m *Machine, _ *Lane) { until(m, Certificate{Name: "c.pem", Bad: true}) }},
		"terminal_silent":           {Fail, func(_ *Machine, l *Lane) { l.Answers = false }},
		"secure_world_down":         {Fail, func(_ *Machine, l *Lane) { l.Ready.Checks["secure_world"] = false }},
		"tampered":                  {Fail, func(_ *Machine, l *Lane) { l.Terminal.State = "tampered" }},
		"key_exhausted":             {Fail, func(_ *Machine, l *Lane) { l.Terminal.State = "key_exhausted" }},
		"reader_away":               {Fail, func(_ *Machine, l *Lane) { l.Terminal.ReaderConnected = false }},
		"pinpad_away":               {Fail, func(_ *Machine, l *Lane) { l.Terminal.PINPadConnected = false }},
		"pcscd_silent":              {Fail, func(_ *Machine, l *Lane) { l.Slot = false }},
		"acquirer_away":             {Warn, func(_ *Machine, l *Lane) { l.Terminal.HostSignedOn = false }},
		"sign_on_refused":           {Fail, func(_ *Machine, l *Lane) { l.Terminal.HostRefusal = "not_attested" }},
		"elements_silent":           {Fail, func(_ *Machine, l *Lane) { l.Acquirer.Elements = false }},
		"books_unbalanced":          {Fail, func(_ *Machine, l *Lane) { l.Acquirer.Balanced = false }},
		"key_low":                   {Warn, func(_ *Machine, l *Lane) { l.Keys[0].Low = true }},
		"key_used_up":               {Fail, func(_ *Machine, l *Lane) { l.Keys[0].State = "exhausted" }},
		"keys_unknown":              {Warn, func(_ *Machine, l *Lane) { l.Keys = nil }},
		"reversal_stuck":            {Fail, func(_ *Machine, l *Lane) { l.Queue = Queue{1, 1, 60, true} }},
		"queue_old":                 {Warn, func(_ *Machine, l *Lane) { l.Queue = Queue{1, 1, 3600, false} }},
		"batch_old":                 {Warn, func(m *Machine, l *Lane) { l.Batch.Since = m.Now().Add(-48 * time.Hour) }},
		"batch_differs":             {Fail, func(_ *Machine, l *Lane) { l.Batch.State = "differs" }},
		"journal_broken":            {Fail, func(_ *Machine, l *Lane) { l.Ready.Checks["journal"] = false }},
		"not_isolated":              {Fail, func(_ *Machine, l *Lane) { l.Security.Isolation = "none" }},
		"weaker_than_possible":      {Warn, func(_ *Machine, l *Lane) { l.Security.Notes = append(l.Security.Notes, "storage_opens_to_root") }},
	}
	for code, p := range planted {
		m, l := sound()
		p.plant(&m, &l)
		r := Examine(m, l)
		i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == code })
		if i < 0 || r.Findings[i].Result != p.result || r.Result != p.result || r.ExitCode() != p.result.severity() {
			t.Errorf("%s: found %v, %s", code, codes(r), r.Result)
			continue
		}
		if f := r.Findings[i]; f.What == "" || f.Do == "" || f.Check == "" {
			t.Errorf("%s: %+v", code, f)
		}
		if got := codes(r); len(got) != 1 {
			t.Errorf("%s: one fault is told as %v", code, got)
		}
	}
}

func until(m *Machine, c Certificate) {
	m.Certificates = func() []Certificate { return []Certificate{c} }
}

// ending matches every pattern but those.
func ending(p string, not ...string) []string {
	for _, n := range not {
		if strings.HasSuffix(p, n) {
			return nil
		}
	}
	return []string{p}
}

func TestAReportIsOneObjectForPrograms(t *testing.T) {
	b, err := json.Marshal(Examine(sound()))
	if err != nil || !strings.HasPrefix(string(b), `{"result":"ok","at":"2026-11-22T07:00:00Z","findings":[{"check":"packages","result":"ok","code":"ok"`) {
		t.Errorf("%v %s", err, b)
	}
}
