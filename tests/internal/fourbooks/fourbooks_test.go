package fourbooks

import "testing"

// sound are books that agree: an approval, a decline and a payment taken back.
func sound() ([]Row, Totals) {
	ok, no, void := Entry{"approved", 500}, Entry{"declined", 0}, Entry{"failed", 0}
	never := Entry{"not_charged", 0}
	return []Row{
		{Key: "a", Amount: 500, Till: ok, App: ok, Secure: ok, Payment: 1, Acquirer: 500, Issuer: 500},
		{Key: "b", Amount: 600, Till: no, App: no, Secure: no, Payment: 1},
		{Key: "c", Amount: 700, Till: void, App: void, Secure: void, Payment: 1},
		{Key: "d", Amount: 800, Till: never, App: never},
	}, Totals{IssuerDebits: 500, Merchant: 500}
}

func TestBooksThatAgreeHaveNoDifference(t *testing.T) {
	if all := Compare(sound()); len(all) != 0 {
		t.Error(all)
	}
}

func TestOneWrongRowIsFoundWhereverItStands(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(rows []Row, t *Totals)
		kind  Kind
	}{
		{"the issuer took it twice", func(r []Row, t *Totals) { r[0].Issuer, t.IssuerDebits = 1000, 1000 }, Double},
		{"the issuer took a cent too much", func(r []Row, t *Totals) { r[0].Issuer++; t.IssuerDebits++ }, Double},
		{"the issuer took what was declined", func(r []Row, t *Totals) { r[1].Issuer, t.IssuerDebits = 600, 1100 }, Double},
		{"what failed was not taken back", func(r []Row, t *Totals) { r[2].Acquirer, t.Merchant = 700, 1200 }, Double},
		{"the ledger has lost an approval", func(r []Row, t *Totals) { r[0].Acquirer, t.Merchant = 0, 0 }, Lost},
		{"the issuer has lost an approval", func(r []Row, t *Totals) { r[0].Issuer, t.IssuerDebits = 0, 0 }, Lost},
		{"the secure world has not heard of it", func(r []Row, _ *Totals) { r[1].Payment, r[1].Secure = 0, Entry{} }, Lost},
		{"the secure world says less", func(r []Row, _ *Totals) { r[0].Secure.Net = 499 }, Lost},
		{"the secure world says otherwise", func(r []Row, _ *Totals) { r[1].Secure.Outcome = "failed" }, Unequal},
		{"the secure world began it twice", func(r []Row, _ *Totals) { r[0].Payment = 2 }, Double},
		{"the secure world has not ended it", func(r []Row, _ *Totals) { r[2].Secure.Outcome = "" }, Unknown},
		{"the terminal has not ended it", func(r []Row, _ *Totals) { r[2].App.Outcome = "" }, Unknown},
		{"the terminal says otherwise now", func(r []Row, _ *Totals) { r[0].App = Entry{"declined", 0} }, Unequal},
		{"money moved under an amount that no key has", func(_ []Row, t *Totals) { t.IssuerDebits++ }, Sums},
		{"the merchant is owed by a payment of nobody", func(_ []Row, t *Totals) { t.Merchant++ }, Sums},
		{"an entry does not balance", func(_ []Row, t *Totals) { t.Unbalanced = 1 }, Sums},
		{"the ledger's sum is not zero", func(_ []Row, t *Totals) { t.TrialBalance = 1 }, Sums},
		{"the secure world has a payment of nobody", func(_ []Row, t *Totals) { t.Strangers = 1 }, Sums},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, totals := sound()
			c.spoil(rows, &totals)
			for _, d := range Compare(rows, totals) {
				if d.Kind == c.kind {
					return
				}
			}
			t.Errorf("not found: %v", Compare(rows, totals))
		})
	}
}
