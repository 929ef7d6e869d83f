package hostspec_test

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

func TestAmountsOfDE54AreReadBack(t *testing.T) {
	in := []hostspec.Additional{
		{Account: "00", Type: hostspec.AmountCashback, Currency: "978", Debit: true, Amount: 2000},
		{Account: "00", Type: hostspec.AmountTip, Currency: "978", Debit: true, Amount: 150},
	}
	b := hostspec.AppendAdditional(nil, in...)
	if string(b) != "0040978D0000000020000090978D000000000150" {
		t.Fatalf("%s", b)
	}
	out, err := hostspec.ParseAdditional(b)
	if err != nil || len(out) != 2 || out[0] != in[0] || out[1] != in[1] || hostspec.FindAdditional(out, hostspec.AmountTip) != 150 {
		t.Errorf("%v, %v", out, err)
	}
	for _, bad := range []string{"", "0040978D00000000200", "0040978X000000002000", "0040978D00000000200A", "A040978D000000002000",
		"0090978D0000000001500040978D000000002000", string(b) + string(b)} {
		if _, err := hostspec.ParseAdditional([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := hostspec.ParseAdditional(hostspec.AppendAdditional(nil, hostspec.Additional{Account: "00", Type: "40", Currency: "978", Amount: 1e12})); err == nil {
		t.Error("thirteen digits are taken")
	}
}

func TestItemsOfABatchAreReadBack(t *testing.T) {
	in := []hostspec.Item{{hostspec.ItemSale, 7, 1234}, {hostspec.ItemRefund, 9, 200}}
	var b []byte
	for _, i := range in {
		b = hostspec.AppendItem(b, i)
	}
	out, err := hostspec.ParseItems(b)
	if err != nil || len(out) != 2 || out[0] != in[0] || out[1] != in[1] {
		t.Fatalf("%v, %v", out, err)
	}
	twice := hostspec.AppendItem(hostspec.AppendItem(nil, in[1]), in[1])
	for _, bad := range [][]byte{b[1:], twice, hostspec.AppendItem(nil, hostspec.Item{Kind: 4, RRN: 1, Amount: 1}),
		hostspec.AppendItem(nil, hostspec.Item{Kind: 1, RRN: 1e12, Amount: 1})} {
		if _, err := hostspec.ParseItems(bad); err == nil {
			t.Errorf("%x is taken", bad)
		}
	}
}

func TestOriginalDataAreReadBack(t *testing.T) {
	o := hostspec.Original{MTI: "0200", STAN: "000017", Transmission: "1121193000"}
	if again, err := hostspec.ParseOriginal(o.Field()); err != nil || again != o {
		t.Errorf("%v, %v", again, err)
	}
	for _, bad := range []string{"", o.Field()[1:], o.Field()[:41] + "1", "A" + o.Field()[1:]} {
		if _, err := hostspec.ParseOriginal(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzCanonicalAdditional(f *testing.F) {
	f.Add([]byte("0040978D000000002000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := hostspec.ParseAdditional(b); err == nil && !bytes.Equal(hostspec.AppendAdditional(nil, a...), b) {
			t.Fatalf("%q became %v", b, a)
		}
	})
}

func FuzzCanonicalItems(f *testing.F) {
	f.Add(hostspec.AppendItem(nil, hostspec.Item{Kind: hostspec.ItemSale, RRN: 7, Amount: 1234}))
	f.Fuzz(func(t *testing.T, b []byte) {
		items, err := hostspec.ParseItems(b)
		if err != nil {
			return
		}
		var again []byte
		for _, i := range items {
			again = hostspec.AppendItem(again, i)
		}
		if !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
	})
}

func FuzzCanonicalOriginal(f *testing.F) {
	f.Add(hostspec.Original{MTI: "0200", STAN: "000017", Transmission: "1121193000"}.Field())
	f.Fuzz(func(t *testing.T, s string) {
		if o, err := hostspec.ParseOriginal(s); err == nil && o.Field() != s {
			t.Fatalf("%q became %q", s, o.Field())
		}
	})
}
