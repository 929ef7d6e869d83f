package entitlement

import (
	"bytes"
	"slices"
	"testing"
)

func TestPermissionsHaveOneForm(t *testing.T) {
	for p := range all + 1 {
		if got, ok := ParseWords(p.Words()); !ok || got != p {
			t.Errorf("%v became %v", p.Words(), got)
		}
	}
	for _, list := range [][]string{{"everything"}, {"storage", "clock"}, {"clock", "clock"}, {""}, {"clock", "storage", "x"}} {
		if _, ok := ParseWords(list); ok {
			t.Errorf("%v was read", list)
		}
	}
}

func TestAccountDataNeedTheCountersignature(t *testing.T) {
	g := Grant{Version: 1, Permissions: AccountData}
	if _, ok := Parse(g.Append(nil)); ok {
		t.Error("granted without")
	}
	g.Countersigned = true
	if got, ok := Parse(g.Append(nil)); !ok || got != g {
		t.Error("refused with it")
	}
}

func TestUsualQuotasAreWithinTheLimits(t *testing.T) {
	if q := (Quotas{}).Effective(); !q.Valid() || q.Effective() != q {
		t.Errorf("%+v", q)
	}
	for _, q := range []Quotas{{MemoryPages: MaxPages + 1}, {StorageBytes: MaxStorage + 1}, {DeadlineMillis: MaxDeadline + 1},
		{CallsPerSecond: MaxCalls + 1}, {CPUMillis: MaxCPU + 1}, {Keys: MaxKeys + 1}} {
		if q.Valid() {
			t.Errorf("%+v is granted", q)
		}
	}
}

func FuzzCanonicalGrant(f *testing.F) {
	f.Add(Grant{}.Append(nil))
	f.Add(Grant{3, Storage | CardIdentifier, true, true, true, Quotas{1, 2, 3, 4, 5, 6}}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, ok := Parse(b); ok && !bytes.Equal(g.Append(nil), b) {
			t.Fatalf("%x became %x", b, g.Append(nil))
		}
	})
}

func TestWordsAreInOrder(t *testing.T) {
	if w := Permissions(all).Words(); !slices.IsSorted(w) {
		t.Errorf("%v", w)
	}
}
