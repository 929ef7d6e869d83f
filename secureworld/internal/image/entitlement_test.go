package image

import (
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
)

// asking signs a manifest that asks for these permissions.
func (f *factory) asking(words ...string) []byte {
	s := Statement{Name: "payment", Version: 2, SHA256: Digest(f.module), Permissions: words}
	statement, err := SignApplication(s, f.developer.key, f.developer.cert)
	if err != nil {
		f.t.Fatal(err)
	}
	return statement
}

func (f *factory) countersign(statement []byte, by signer) []byte {
	c, err := Countersign(statement, by.key, by.cert)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func TestWhatIsNotAskedForIsDenied(t *testing.T) {
	f := newFactory(t)
	a, err := OpenApplication(f.root, f.module, f.asking(), nil, now)
	if err != nil || a.Grant != (entitlement.Grant{Version: 2}) {
		t.Errorf("%+v, %v", a.Grant, err)
	}
	a, err = OpenApplication(f.root, f.module, f.asking("card-identifier", "storage"), nil, now)
	if err != nil || a.Grant.Permissions != entitlement.CardIdentifier|entitlement.Storage {
		t.Errorf("%+v, %v", a.Grant, err)
	}
}

func TestAccountDataAreGrantedWithTheCustomersCountersignatureOnly(t *testing.T) {
	f := newFactory(t)
	customer := f.newSigner(certificate.RoleCountersignature)
	statement := f.asking("account-data")
	if _, err := OpenApplication(f.root, f.module, statement, nil, now); !errors.Is(err, ErrCountersignature) {
		t.Errorf("without: %v", err)
	}
	a, err := OpenApplication(f.root, f.module, statement, f.countersign(statement, customer), now)
	if err != nil || !a.Grant.Countersigned || !a.Grant.Permissions.Has(entitlement.AccountData) || a.Grant.Image {
		t.Errorf("with: %+v, %v", a.Grant, err)
	}
	for name, c := range map[string][]byte{
		"by the developer himself":       f.countersign(statement, f.developer),
		"by the key for parameters":      f.countersign(statement, f.newSigner(certificate.RoleConfiguration)),
		"for another statement":          f.countersign(f.asking("storage"), customer),
		"by a customer nobody certified": f.countersign(statement, newFactory(t).newSigner(certificate.RoleCountersignature)),
	} {
		if _, err := OpenApplication(f.root, f.module, statement, c, now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestImageTellsItsApplicationsGrants(t *testing.T) {
	f := newFactory(t)
	files := f.build()
	customer := f.newSigner(certificate.RoleCountersignature)
	statement := f.asking("account-data")
	files.Applications[0].Statement = f.write("payment.statement", statement)
	files.Applications[0].Countersignature = f.dir + "/payment.countersignature"
	if _, err := Verify(f.root, files, 5, now); !errors.Is(err, ErrCountersignature) {
		t.Errorf("without: %v", err)
	}
	f.write("payment.countersignature", f.countersign(statement, customer))
	v, err := Verify(f.root, files, 5, now)
	if err != nil {
		t.Fatal(err)
	}
	want := entitlement.Grant{Version: 2, Permissions: entitlement.AccountData, Countersigned: true, Image: true}
	if v.Applications[0].Grant != want {
		t.Errorf("%+v", v.Applications[0].Grant)
	}
}

func TestMalformedManifestsAreNotSigned(t *testing.T) {
	f := newFactory(t)
	for _, s := range []Statement{
		{Permissions: []string{"everything"}}, {Permissions: []string{"storage", "clock"}},
		{Quotas: entitlement.Quotas{MemoryPages: entitlement.MaxPages + 1}},
	} {
		s.Name, s.Version, s.SHA256 = "payment", 2, Digest(f.module)
		if _, err := SignApplication(s, f.developer.key, f.developer.cert); err == nil {
			t.Errorf("%+v: signed", s)
		}
	}
}
